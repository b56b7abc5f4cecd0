#include "engine/infer/judging_policy.hpp"

#include <algorithm>
#include <numeric>

namespace draftstream {

std::vector<std::size_t> JudgingPolicy::choose(std::span<const double> snr) const {
  std::vector<std::size_t> places(snr.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  if (places.size() <= most) return places;
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return snr[a] > snr[b]; });
  places.resize(most);
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace draftstream
