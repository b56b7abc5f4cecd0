#include "engine/tree/search_trials.hpp"

#include <utility>

#include "engine/tree/octave_search.hpp"
#include "engine/tree/search_octaves.hpp"

namespace draftstream {

SearchTrials plan_trials(const Observation& observation, const SearchConfig& config,
                         std::size_t block, std::size_t threads) {
  std::vector<Octave> octaves = octaves_of_search(observation, config, block);
  std::vector<std::size_t> firsts;
  std::vector<DispersionMeasure> all;
  for (const Octave& octave : octaves) {
    firsts.push_back(all.size());
    for (const double trial : octave.trials) all.emplace_back(trial);
  }
  octaves = split_for_threads(observation, std::move(octaves),
                              config.backend == BackEnd::cpu ? threads : 1);
  return {std::move(firsts),
          std::move(octaves),
          {observation.frequency, observation.time.sample_time, all}};
}

}  // namespace draftstream
