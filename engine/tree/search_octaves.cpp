#include "engine/tree/search_octaves.hpp"

#include "engine/tree/box_search.hpp"

namespace draftstream {

std::vector<Octave> octaves_of_search(const Observation& observation, const SearchConfig& config,
                                      std::size_t block) {
  OctaveOptions options;
  options.shift = config.octave_shift;
  while (options.most_downsample > 1 && block % (options.most_downsample * segment_samples) != 0) {
    options.most_downsample /= 2;
  }
  return plan_octaves(observation.frequency, observation.time.sample_time,
                      DmRange{config.dm_min, config.dm_max, config.dm_tolerance}, options);
}

}  // namespace draftstream
