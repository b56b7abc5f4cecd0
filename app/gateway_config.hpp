// The file of --gateways: who outside is told, of what.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "publishers/gateways/gateway_options.hpp"

namespace draftstream {

/// docs/interfaces/gateways.md describes the file.
/// @param text  YAML 1.2.
/// @param name  Of the file, for messages.
/// @throws ConfigError  "NAME:LINE: KEY: found X, expected Y"; also of files of secrets that others
///                      may read.
/// @throws MissingInput if a file of a secret cannot be read.
[[nodiscard]] std::vector<GatewayOptions> read_gateways(std::string_view text,
                                                        const std::string& name);

/// The same, from a file; none for "".
/// @throws MissingInput if it cannot be read.
[[nodiscard]] std::vector<GatewayOptions> read_gateways_file(const std::string& path);

}  // namespace draftstream
