// Streaming dedispersion by a tree: int8 channels in, the int16 series of all trials out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/tree/tree_plan.hpp"

namespace draftstream {

/// Samples are processed in multiples of this.
inline constexpr std::size_t tree_grid = 64;
/// Samples of a series that are handed out again in front of its next piece.
inline constexpr std::size_t tree_lookback = 512;

/// A piece of a trial's series. Sample t of it is the sum along the trial's track that ends at
/// sample t of the lowest channel.
struct TreePiece {
  std::size_t trial = 0;
  /// Its first sample; tree_lookback samples before it are readable, 0 before the first of all.
  const std::int16_t* sums = nullptr;
  std::size_t samples = 0;  ///< A multiple of tree_grid.
  std::uint64_t first = 0;  ///< Sample index of sums[0]; 0 is the first one, but see restart().
};

/// Where the time went [s].
struct TreeSeconds {
  double sub_bands = 0.0;  ///< All stages but the last.
  double trials = 0.0;     ///< The last stage, with what is done to its pieces.
};

/// Makes the sums of a TreePlan in the arithmetic of tree_arithmetic.hpp, tile by tile:
///
///     channels --> rows of the lower stages   one sub-band after the other, in a work space that
///                            |                stays in the cache; only histories are kept
///                            v
///                  rows of the sub-bands      in rings, each with the history that the trials need
///                            |
///                            v
///                  trials, in order, each handed out while it is in the cache
///
/// What came before the first sample is 0. The results are the same bits for every tile length, cut
/// of the input and machine. Nothing is allocated after construction.
///
/// Threads: one at a time per object. Objects share nothing; many may run side by side.
class TreeDedisperser {
 public:
  using Visit = std::function<void(const TreePiece&)>;

  /// @param tile  Samples done at a time: the longest piece; a multiple of tree_grid.
  /// @throws std::invalid_argument if it is not, or if the plan sums more than most_rows_in_a_sum
  ///     rows at once.
  explicit TreeDedisperser(TreePlan plan, std::size_t tile = 2048);
  TreeDedisperser(TreeDedisperser&&) noexcept;
  TreeDedisperser& operator=(TreeDedisperser&&) noexcept;
  ~TreeDedisperser();

  /// Processes the next samples of all channels, and calls `visit` for each tile and trial; in a
  /// tile, trials come in order.
  /// @param rows     Channel c's sample t is rows[c * stride + t]; channel 0 is the highest. Each
  ///                 row is readable `history()` samples before its first one: what was processed
  ///                 last, or 0.
  /// @param samples  A multiple of tree_grid.
  /// @throws std::invalid_argument if it is not.
  void process(const std::int8_t* rows, std::size_t stride, std::size_t samples,
               const Visit& visit);

  /// Forgets all samples: what comes before the next one, which is sample `first`, is 0.
  void restart(std::uint64_t first);

  [[nodiscard]] const TreePlan& plan() const noexcept;
  /// Samples that process() reads before those that it is given.
  [[nodiscard]] std::size_t history() const noexcept;
  [[nodiscard]] std::size_t state_bytes() const noexcept;
  /// The same before there is one. @throws std::invalid_argument as the constructor does.
  [[nodiscard]] static std::size_t state_bytes_of(TreePlan plan, std::size_t tile = 2048);
  [[nodiscard]] const TreeSeconds& seconds() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
