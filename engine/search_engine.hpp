// What a way of searching has to offer; search.hpp runs one of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/candidate_finisher.hpp"
#include "engine/raw_history.hpp"
#include "engine/search_counts.hpp"
#include "engine/shedding.hpp"

namespace draftstream {

/// Takes an observation block by block, and hands out candidates.
///
/// Threads: one at a time per object.
class SearchEngine {
 public:
  virtual ~SearchEngine() = default;

  /// Samples that it wants to find in the raw history when it is given the next block.
  [[nodiscard]] virtual std::size_t raw_samples() const noexcept = 0;

  /// @param raw      Its newest samples are new.
  /// @param window   So many of them are to be conditioned together: one block, or where the
  ///                 observation ends inside it, what there is up to a block's length.
  /// @param samples  How many of those are new: a whole block but for the last one.
  /// @param shed     What is left out of a whole block, if sheds().
  virtual void take(RawHistory& raw, std::size_t window, std::size_t samples, const Shed& shed,
                    const CandidateSink& sink) = 0;
  /// Whether it can leave anything out.
  [[nodiscard]] virtual bool sheds() const noexcept { return false; }
  /// Says that the observation ended; searches what is left.
  virtual void finish(const RawHistory& raw, const CandidateSink& sink) = 0;

  [[nodiscard]] virtual const SearchCounts& counts() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t samples_searched() const noexcept = 0;
  [[nodiscard]] virtual std::size_t trials() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t longest_delay() const noexcept = 0;  ///< [samples]
};

}  // namespace draftstream
