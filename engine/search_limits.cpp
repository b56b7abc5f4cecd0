#include "engine/search_limits.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/boxcar.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

void check(const SearchConfig& config) {
  if (!(config.threshold_snr >= 3.0) || !std::isfinite(config.threshold_snr)) {
    throw ConfigError(
        fmt::format("threshold: found S/N {}, expected at least 3: below that, noise "
                    "alone fills the list",
                    config.threshold_snr));
  }
  if (!(config.max_frac_missing >= 0.0 && config.max_frac_missing < 1.0)) {
    throw ConfigError(fmt::format("largest missing fraction: found {}, expected 0 to below 1",
                                  config.max_frac_missing));
  }
  if (!(config.max_candidates_per_s > 0.0)) {
    throw ConfigError(fmt::format("candidates per second: found {}, expected more than 0",
                                  config.max_candidates_per_s));
  }
}

std::uint32_t widest_box(const Observation& observation, const SearchConfig& config) {
  if (!config.widest) return widest_boxcar;
  const double samples = std::floor(*config.widest / observation.time.sample_time);
  if (!(config.widest->value() > 0.0)) {
    throw ConfigError(
        fmt::format("widest boxcar: found {} s, expected more than 0 s", config.widest->value()));
  }
  return static_cast<std::uint32_t>(std::clamp(samples, 1.0, double{widest_boxcar}));
}

std::size_t samples_a_block(const Observation& observation, const SearchConfig& config) {
  const double wanted =
      std::max(config.condition.block / observation.time.sample_time,
               static_cast<double>(boxes_a_block * widest_box(observation, config)));
  if (!(config.condition.block.value() > 0.0) || !(wanted < 1e9)) {
    throw ConfigError(
        fmt::format("block for statistics: found {} s, expected more than 0 s and "
                    "less than 1e9 samples",
                    config.condition.block.value()));
  }
  return (static_cast<std::size_t>(wanted) + block_granule - 1) / block_granule * block_granule;
}

std::vector<std::uint32_t> live_channels(const Observation& observation,
                                         const SearchConfig& config) {
  const auto& masked = config.condition.masked_channels;
  if (observation.frequency.channels() > most_searched_channels) {
    throw ConfigError(fmt::format("channels: found {}, expected at most {}",
                                  observation.frequency.channels(), most_searched_channels));
  }
  std::vector<std::uint32_t> channels;
  for (std::uint32_t c = 0; c < observation.frequency.channels(); ++c) {
    if (c >= masked.size() || !masked[c]) channels.push_back(c);
  }
  return channels;
}

}  // namespace

SearchLimits search_limits(const Observation& observation, const SearchConfig& config) {
  check(config);
  SearchLimits limits;
  limits.widest = widest_box(observation, config);
  limits.block = samples_a_block(observation, config);
  const Seconds tile = static_cast<double>(limits.block) * observation.time.sample_time;
  limits.most_peaks = static_cast<std::size_t>(
      std::ceil(config.max_candidates_per_s * std::max(1.0, tile.value())));
  limits.live_channels = live_channels(observation, config);
  return limits;
}

}  // namespace draftstream
