#include "training/scene_search.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/search.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

void search_scene(const Sky& sky, const Scene& scene, double threshold, LookSettings looks,
                  const CandidateSink& sink) {
  const Observation& observation = sky.observation();
  SearchConfig config;
  config.dm_max = scene.dm_max;
  config.threshold_snr = threshold;
  config.threads = 1;
  config.condition.zero_dm = scene.zero_dm;
  Search search{observation, config, std::move(looks)};

  const std::size_t spectrum = observation.spectrum_bytes();
  const std::size_t channels = observation.frequency.channels();
  std::vector<float> values(sky.block_samples() * channels);
  std::vector<std::byte> stored(sky.block_samples() * spectrum);
  const std::uint64_t samples = observation.samples.value_or(0);
  for (std::uint64_t first = 0; first < samples;) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(sky.block_samples(), samples - first));
    sky.render(first, std::span{values}.first(count * channels));
    const auto bytes = std::span{stored}.first(count * spectrum);
    for (std::size_t t = 0; t < count; ++t) {
      pack_spectrum(std::span{values}.subspan(t * channels, channels), observation.format,
                    bytes.subspan(t * spectrum, spectrum));
    }
    search.push(FilterbankChunk{first, count, channels, observation.format, bytes, {}}, sink);
    first += count;
  }
  search.finish(sink);
}

}  // namespace draftstream
