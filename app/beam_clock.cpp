#include "app/beam_clock.hpp"

#include "engine/search_limits.hpp"

namespace draftstream {

Seconds time_of(const BeamSearch& beam, BeamSearches beams, std::uint64_t index) {
  const TimeAxis& time = beam.observation().time;
  return (time.start - beams.front()->observation().time.start) +
         time.since_start(static_cast<double>(index));
}

std::vector<SearchedBeam> searched_beams(BeamSearches beams, const SearchConfig& config) {
  std::vector<SearchedBeam> all;
  for (const auto& beam : beams) {
    const Observation& seen = beam->observation();
    const double widest = search_limits(seen, config).widest;
    all.push_back({time_of(*beam, beams, 0), seen.frequency.highest(), seen.frequency.lowest(),
                   widest * seen.time.sample_time, seen.time.sample_time});
  }
  return all;
}

}  // namespace draftstream
