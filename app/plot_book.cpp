#include "app/plot_book.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace draftstream {
namespace {

constexpr std::uint64_t remembered_blocks = 1000;  // far more than a candidate may be late

// The less, the more it matters.
std::tuple<int, double> rank_of(const PlottedCandidate& candidate) {
  const std::string& label = candidate.event.classifier.label;
  const int kind = label == "burst" ? 0 : label == "interference" ? 2 : 1;
  return {kind, -candidate.event.signal.snr};
}

bool same(const SliceStretch& a, const SliceStretch& b) {
  return a.first == b.first && a.samples == b.samples && a.dm_pc_cm3.low == b.dm_pc_cm3.low;
}

auto time_order(const PlotSlice& slice) {
  return std::tuple{slice.stretch.first, slice.stretch.dm_pc_cm3.low, slice.stretch.samples};
}

}  // namespace

void SliceBook::take(std::size_t beam, std::uint64_t chunk, const SliceStretch& stretch,
                     PlottedCandidate candidate) {
  std::vector<PlotSlice>& slices = open_[{beam, chunk}];
  auto slice = std::ranges::find_if(
      slices, [&stretch](const PlotSlice& one) { return same(one.stretch, stretch); });
  if (slice == slices.end()) {
    slices.push_back({beam, chunk, 0, stretch, {}, 0});
    slice = std::prev(slices.end());
  }
  auto& candidates = slice->candidates;
  const auto place =
      std::ranges::upper_bound(candidates, rank_of(candidate), std::ranges::less{}, rank_of);
  candidates.insert(place, std::move(candidate));
  if (candidates.size() > most_candidates_) {
    candidates.pop_back();
    ++slice->more;
  }
  leave_out_the_least(slices);
}

// Only what is drawn is kept of a slice: its looks take memory.
void SliceBook::leave_out_the_least(std::vector<PlotSlice>& slices) const {
  const auto is_kept = [](const PlotSlice& slice) { return !slice.candidates.empty(); };
  if (static_cast<std::size_t>(std::ranges::count_if(slices, is_kept)) <= most_slices_) return;
  auto least = slices.end();
  for (auto slice = slices.begin(); slice != slices.end(); ++slice) {
    if (!is_kept(*slice)) continue;
    if (least == slices.end() ||
        rank_of(slice->candidates.front()) >= rank_of(least->candidates.front())) {
      least = slice;
    }
  }
  least->more += least->candidates.size();
  least->candidates.clear();
}

SliceBook::Completed SliceBook::complete(std::size_t beam, std::uint64_t chunk_end) {
  Completed completed;
  const auto begin = open_.lower_bound({beam, 0});
  const auto end = open_.lower_bound({beam, chunk_end});
  for (auto block = begin; block != end; ++block) {
    std::ranges::sort(block->second, {}, time_order);
    unsigned& number = numbered_[block->first];
    for (PlotSlice& slice : block->second) {
      slice.number = number++;
      if (slice.candidates.empty()) {
        ++completed.left_out;
      } else {
        completed.slices.push_back(std::move(slice));
      }
    }
  }
  open_.erase(begin, end);
  if (chunk_end > remembered_blocks) {
    numbered_.erase(numbered_.lower_bound({beam, 0}),
                    numbered_.lower_bound({beam, chunk_end - remembered_blocks}));
  }
  return completed;
}

bool SliceBook::has(std::size_t beam, std::uint64_t chunk) const {
  return open_.contains({beam, chunk}) || numbered_.contains({beam, chunk});
}

}  // namespace draftstream
