// A message in words, for people.
#pragma once

#include <string>

#include "publishers/gateways/gateway.hpp"

namespace draftstream {

/// One line: what sort of message it is, S/N, DM, width, when and where, how sure, its name.
[[nodiscard]] std::string describe(const OutgoingEvent& outgoing);

}  // namespace draftstream
