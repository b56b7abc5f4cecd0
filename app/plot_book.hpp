// Candidates of the blocks that a search has not come to the end of, slice by slice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "publishers/plots/slice_view.hpp"

namespace draftstream {

/// A slice of a block, with its candidates.
struct PlotSlice {
  std::size_t beam = 0;
  std::uint64_t chunk = 0;
  unsigned number = 0;  ///< In its block, by time.
  SliceStretch stretch;
  std::vector<PlottedCandidate> candidates;  ///< The one that matters most first.
  std::size_t more = 0;                      ///< That are not kept.
};

/// Bursts matter more than what nobody judged, and that more than interference; then the S/N says.
///
/// Threads: one at a time per object.
class SliceBook {
 public:
  /// @param most_slices  Of a block that are kept, > 0: those whose best candidate matters most.
  /// @param most_candidates  Of a slice that are kept, > 0; the others are counted.
  explicit SliceBook(std::size_t most_slices, std::size_t most_candidates = 8)
      : most_slices_{most_slices}, most_candidates_{most_candidates} {}

  void take(std::size_t beam, std::uint64_t chunk, const SliceStretch& stretch,
            PlottedCandidate candidate);

  struct Completed {
    std::vector<PlotSlice> slices;  ///< By block and time.
    std::uint64_t left_out = 0;     ///< Slices beyond the most of their blocks.
  };
  /// Ends the blocks of a beam that begin before `chunk_end`. What is taken of one of them later is
  /// another block of the same name, whose slices are numbered on.
  [[nodiscard]] Completed complete(std::size_t beam, std::uint64_t chunk_end);

  /// Whether something was taken of a block, ended or not.
  [[nodiscard]] bool has(std::size_t beam, std::uint64_t chunk) const;

 private:
  using Place = std::pair<std::size_t, std::uint64_t>;  // beam, chunk

  void leave_out_the_least(std::vector<PlotSlice>& slices) const;

  std::size_t most_slices_;
  std::size_t most_candidates_;
  std::map<Place, std::vector<PlotSlice>> open_;  // slices without candidates are left out
  std::map<Place, unsigned> numbered_;            // slices of ended blocks
};

}  // namespace draftstream
