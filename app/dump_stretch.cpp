#include "app/dump_stretch.hpp"

#include <algorithm>
#include <cmath>

#include "engine/dispersion.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t blocks_of_search = 8;  // that a candidate may wait in, generously
constexpr double slowness_s = 2.0;             // of whoever searches, and of the disk

std::uint64_t samples_of(Seconds time, Seconds sample_time) {
  return static_cast<std::uint64_t>(std::ceil(time / sample_time));
}

}  // namespace

DumpStretch stretch_of(const Candidate& candidate, const Observation& observation,
                       std::uint64_t block_samples, Seconds pad) {
  const FrequencyAxis& band = observation.frequency;
  const Seconds sample_time = observation.time.sample_time;
  const std::uint64_t delay =
      samples_of(dispersion_delay(candidate.dm, band.lowest(), band.highest()), sample_time);
  const std::uint64_t around = samples_of(pad, sample_time);
  const auto whole_blocks = [block_samples](std::uint64_t sample) {
    return sample / block_samples * block_samples;
  };
  DumpStretch stretch;
  stretch.sweep = {candidate.first_sample,
                   candidate.first_sample + candidate.boxcar_samples + delay};
  stretch.wanted = {whole_blocks(stretch.sweep.first - std::min(around, stretch.sweep.first)),
                    whole_blocks(stretch.sweep.end + around + block_samples - 1)};
  return stretch;
}

std::uint64_t dump_history(std::uint64_t longest_delay, std::uint64_t block_samples, Seconds pad,
                           Seconds sample_time) {
  return longest_delay + blocks_of_search * block_samples +
         samples_of(2.0 * pad + Seconds{slowness_s}, sample_time);
}

}  // namespace draftstream
