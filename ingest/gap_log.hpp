// Which spectra of a ring's content are no data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/ledger.hpp"

namespace draftstream {

/// Gaps in order of time, disjoint, touching ones of equal fate merged. As each holds at least one
/// spectrum, there are never more than the spectra it has to remember. It allocates only when it
/// has to hold more gaps at once than ever before.
///
/// Threads: one at a time per object.
class GapLog {
 public:
  GapLog();

  /// @param gap  Not empty; begins at or after the end of the last one.
  /// @throws std::logic_error if not.
  void add(const Gap& gap);

  /// Drops gaps that end at or before `sample`. One that reaches beyond it stays whole.
  void forget_before(std::uint64_t sample);

  /// Appends what lies in [first, end), cut to it.
  void append_to(std::vector<Gap>& out, std::uint64_t first, std::uint64_t end) const;

  [[nodiscard]] std::size_t size() const noexcept { return gaps_.size() - oldest_; }

 private:
  std::vector<Gap> gaps_;
  std::size_t oldest_ = 0;  // those before it are forgotten
};

}  // namespace draftstream
