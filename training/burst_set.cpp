#include "training/burst_set.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {

BurstSet::BurstSet(std::vector<Burst> bursts, const Observation& observation,
                   const RecordedParts& recorded)
    : live_{recorded.live} {
  std::stable_sort(bursts.begin(), bursts.end(),
                   [](const Burst& a, const Burst& b) { return a.toa < b.toa; });
  for (const Burst& burst : bursts) {
    const BurstTemplate shape{burst, observation.frequency, observation.time.sample_time};
    const auto samples = static_cast<double>(observation.samples.value());
    if (shape.range().end <= 0 || static_cast<double>(shape.range().first) >= samples) {
      throw ConfigError(
          fmt::format("burst: key 't': found {} s, expected a sweep that meets the recording of "
                      "{} s",
                      burst.toa.value(), observation.time.since_start(samples).value()));
    }
    const MeasuredBurst measured = measure(burst, shape, observation, recorded);
    pulses_.push_back({shape, static_cast<float>(measured.amplitude)});
    truth_.push_back(measured.truth);
  }
}

bool BurstSet::meets(std::uint64_t first, std::uint64_t end) const noexcept {
  return std::any_of(pulses_.begin(), pulses_.end(), [&](const Pulse& pulse) {
    const SampleRange range = pulse.shape.range();
    return range.first < static_cast<std::int64_t>(end) &&
           range.end > static_cast<std::int64_t>(first);
  });
}

void BurstSet::add(const SkyBlock& sigmas) const {
  for (const Pulse& pulse : pulses_) add(pulse, sigmas);
}

void BurstSet::add(const Pulse& pulse, const SkyBlock& sigmas) const {
  const auto first = static_cast<std::int64_t>(sigmas.first);
  const auto end = static_cast<std::int64_t>(sigmas.end());
  if (pulse.shape.range().first >= end || pulse.shape.range().end <= first) return;
  std::vector<float> profile;
  for (std::size_t c = 0; c < sigmas.channels; ++c) {
    if (!live_.empty() && !live_[c]) continue;
    const SampleRange range = pulse.shape.range(c);
    const std::int64_t from = std::max(range.first, first);
    const std::int64_t to = std::min(range.end, end);
    if (from >= to) continue;
    profile.resize(static_cast<std::size_t>(to - from));
    pulse.shape.fill(c, from, profile);
    float* value = &sigmas.spectrum(static_cast<std::size_t>(from - first))[c];
    for (const float part : profile) {
      *value += pulse.amplitude * part;
      value += sigmas.channels;
    }
  }
}

}  // namespace draftstream
