#include "training/interference_source.hpp"

namespace draftstream {

std::unique_ptr<InterferenceSource> make_interference(const Interference& interference,
                                                      const Observation& observation,
                                                      std::uint64_t seed) {
  check(interference);
  switch (interference.kind) {
    case InterferenceKind::narrowband:
      return make_narrowband(interference, observation, seed);
    case InterferenceKind::impulses:
      return make_impulses(interference, observation, seed);
    case InterferenceKind::radar:
      return make_radar(interference, observation, seed);
    case InterferenceKind::chirps:
      return make_chirps(interference, observation, seed);
    case InterferenceKind::perytons:
      return make_perytons(interference, observation, seed);
    case InterferenceKind::blips:
      return make_blips(interference, observation, seed);
    case InterferenceKind::red_noise:
      return make_red_noise(interference, observation, seed);
    case InterferenceKind::dropouts:
      return make_dropouts(interference, observation, seed);
    case InterferenceKind::gains:
      return make_gains(interference, observation, seed);
    case InterferenceKind::dead:
    case InterferenceKind::saturated:
      break;
  }
  return make_stuck_channels(interference, observation, seed);
}

}  // namespace draftstream
