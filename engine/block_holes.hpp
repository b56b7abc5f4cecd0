// The holes of a block, channel by channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ingest/filterbank_chunk.hpp"

namespace draftstream {

/// What a block lacks in each of its channels: in order, disjoint, as long as can be, so that it is
/// the same however chunks had cut the holes. Buffers are kept from block to block.
///
/// Threads: find() alone; then any number of readers.
class BlockHoles {
 public:
  /// Rows [first, end) of a block.
  struct Run {
    std::uint32_t first = 0;
    std::uint32_t end = 0;

    friend bool operator==(const Run&, const Run&) = default;
  };

  /// @param chunk   The block.
  /// @param places  Shape [channel]: the number that a channel has in of(); empty: its own.
  void find(const FilterbankChunk& chunk, std::span<const std::uint32_t> places = {});

  /// Is there any hole at all?
  [[nodiscard]] bool any() const noexcept { return any_; }
  [[nodiscard]] std::span<const Run> of(std::size_t place) const noexcept {
    if (!any_) return {};
    return std::span{runs_}.subspan(begins_[place], counts_[place]);
  }

 private:
  bool any_ = false;
  std::vector<std::size_t> begins_;  // [place]: in runs_
  std::vector<std::size_t> counts_;  // [place]
  std::vector<Run> runs_;
};

}  // namespace draftstream
