#include "training/scene_search.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/search.hpp"

namespace draftstream {
namespace {

constexpr std::size_t block_values = std::size_t{1} << 18U;

}  // namespace

void search_scene(const SceneRecording& scene, double threshold, LookSettings looks,
                  const CandidateSink& sink) {
  const Observation& observation = scene.samples->observation();
  SearchConfig config;
  config.dm_max = scene.dm_max;
  config.threshold_snr = threshold;
  config.threads = 1;
  config.condition.zero_dm = scene.zero_dm;
  Search search{observation, config, std::move(looks)};

  const std::size_t channels = observation.frequency.channels();
  const std::size_t block = std::max<std::size_t>(1, std::bit_floor(block_values / channels));
  std::vector<std::byte> stored(block * observation.spectrum_bytes());
  const std::uint64_t samples = observation.samples.value();
  for (std::uint64_t first = 0; first < samples;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(block, samples - first));
    const auto bytes = std::span{stored}.first(count * observation.spectrum_bytes());
    scene.samples->read(first, bytes);
    search.push(FilterbankChunk{first, count, channels, observation.format, bytes, {}}, sink);
    first += count;
  }
  search.finish(sink);
}

}  // namespace draftstream
