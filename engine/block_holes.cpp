#include "engine/block_holes.hpp"

#include <algorithm>
#include <cassert>

namespace draftstream {

void BlockHoles::find(const FilterbankChunk& chunk, std::span<const std::uint32_t> places) {
  assert(places.empty() || places.size() == chunk.channels());
  any_ = !chunk.holes().empty();
  if (!any_) return;
  const auto place_of = [&](std::size_t channel) {
    return places.empty() ? channel : std::size_t{places[channel]};
  };
  counts_.assign(chunk.channels(), 0);
  for (const Hole& hole : chunk.holes()) {
    for (std::size_t c = hole.first_channel; c < hole.end_channel(); ++c) ++counts_[place_of(c)];
  }
  begins_.resize(chunk.channels());
  std::size_t all = 0;
  for (std::size_t place = 0; place < chunk.channels(); ++place) {
    begins_[place] = all;
    all += counts_[place];
  }
  runs_.resize(all);
  std::fill(counts_.begin(), counts_.end(), std::size_t{0});
  for (const Hole& hole : chunk.holes()) {  // in order of their first sample
    const auto first = static_cast<std::uint32_t>(hole.first - chunk.first());
    const auto end = static_cast<std::uint32_t>(hole.end() - chunk.first());
    for (std::size_t c = hole.first_channel; c < hole.end_channel(); ++c) {
      const std::size_t place = place_of(c);
      Run* const next = runs_.data() + begins_[place] + counts_[place];
      if (counts_[place] != 0 && first <= next[-1].end) {
        next[-1].end = std::max(next[-1].end, end);
      } else {
        *next = {first, end};
        ++counts_[place];
      }
    }
  }
}

}  // namespace draftstream
