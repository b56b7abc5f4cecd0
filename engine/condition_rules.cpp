#include "engine/condition_rules.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr double dropout_fraction = 0.9;     // of the live channels at rest: no sky does that
constexpr int dropout_bits = 64;             // live channels of fewer bits in all cannot tell
constexpr std::size_t dropout_channels = 8;  // nor can fewer channels than this

}  // namespace

std::vector<bool> checked_mask(std::vector<bool> mask, std::size_t channels) {
  if (mask.empty()) mask.assign(channels, false);
  if (mask.size() != channels) {
    throw ConfigError(
        fmt::format("channel mask: found {} channels, expected {}", mask.size(), channels));
  }
  if (std::find(mask.begin(), mask.end(), false) == mask.end()) {
    throw ConfigError(
        fmt::format("channel mask: found all {} channels masked, expected some left", channels));
  }
  return mask;
}

std::optional<std::uint32_t> channels_of_a_dropout(const SampleFormat& format, std::size_t channels,
                                                   std::size_t live) {
  // Too few live channels: either the whole block is at rest, or there are too few to tell.
  const auto needed = static_cast<std::size_t>(dropout_bits / format.bits);
  if (live != 0 && live < std::max(needed, dropout_channels)) return std::nullopt;
  return static_cast<std::uint32_t>(
      std::ceil(dropout_fraction * static_cast<double>(live == 0 ? channels : live)));
}

}  // namespace draftstream
