// Conditioned rows at every time resolution that trees need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/tree/quantised_block.hpp"
#include "engine/worker_pool.hpp"
#include "engine/zeroed_memory.hpp"

namespace draftstream {

/// Level l has a row for each channel, the highest frequency first, of one block at 2^l samples a
/// sample, and in front of it what the trees of that level still read of the block before.
class RowLevels {
 public:
  /// @param block      Samples of a block; a multiple of 2^levels.
  /// @param histories  Shape [level]: samples kept in front, at the level's resolution.
  RowLevels(std::size_t channels, std::size_t block, const std::vector<std::size_t>& histories);

  /// Moves on by one block. @return Where level 0 of the new block goes.
  [[nodiscard]] QuantisedRows begin_block(WorkerPool& pool);
  /// What trees still read of the newest block is 0 from now on. Before begin_block().
  void forget(WorkerPool& pool);
  /// Completes rows [begin, end) of the new block, of which `samples` were written: no data behind
  /// them, and the higher levels. Other rows may be completed at the same time.
  void complete(std::size_t begin, std::size_t end, std::size_t samples);
  /// The same for all of them.
  void complete(std::size_t samples, WorkerPool& pool);

  [[nodiscard]] const std::int8_t* first(std::size_t level) const noexcept {
    return levels_[level].memory.data() + levels_[level].history;
  }
  [[nodiscard]] std::size_t stride(std::size_t level) const noexcept {
    return levels_[level].stride;
  }
  [[nodiscard]] std::size_t samples(std::size_t level) const noexcept { return block_ >> level; }
  /// What it takes, before there is one.
  [[nodiscard]] static std::size_t bytes_of(std::size_t channels, std::size_t block,
                                            const std::vector<std::size_t>& histories) noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct Level {
    std::size_t history;
    std::size_t stride;
    ZeroedMemory memory;
  };

  std::size_t channels_;
  std::size_t block_;
  std::vector<Level> levels_;
};

}  // namespace draftstream
