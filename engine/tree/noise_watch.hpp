// How much more than white noise the series of a tree scatter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/tree/boxcar_pyramid.hpp"
#include "engine/tree/tree_dedisperser.hpp"
#include "engine/zeroed_memory.hpp"

namespace draftstream {

/// A stretch of a trial's series that noise is measured over: a tile, or some, as the tree counts
/// time.
struct WatchedTile {
  std::size_t trial = 0;
  std::uint64_t first = 0;  ///< Sample of the series, which is still kept, like the last one.
  /// Shape [stretch of NoiseWatch::stretch samples]: how large a part of the samples is good, 0
  /// where too few are to count.
  std::span<const float> goods;
};

/// Keeps the newest blocks of every trial's series as sums of four samples, and measures, when
/// asked, by how much boxes of a width scatter more than they should. Boxes of less than eight
/// samples are taken to scatter as those of four do: what makes noise red does not come and go
/// faster.
///
/// Threads: one at a time per object.
class NoiseWatch {
 public:
  static constexpr std::size_t stretch = 64;  ///< [samples]

  /// @param trials   Of the tree.
  /// @param samples  Of a block, at the tree's time resolution; a multiple of 4.
  /// @param blocks   That are kept.
  NoiseWatch(std::size_t trials, std::size_t samples, std::size_t blocks = 2);

  void keep(const TreePiece& piece);

  /// Measured sigma over expected, at least 1, less what white noise may show with so few boxes.
  /// @param width  Index of pyramid_widths.
  /// @param sigma  Expected of a box of that width whose samples are all good.
  [[nodiscard]] double excess(const WatchedTile& tile, std::size_t width, double sigma);

  /// What it takes, before there is one.
  [[nodiscard]] static std::size_t bytes_of(std::size_t trials, std::size_t samples) noexcept {
    return ZeroedMemory::room_for(trials * samples / 2 * sizeof(std::int16_t)) +
           trials * sizeof(Scatters);
  }

 private:
  /// Of one trial's boxes of one width, in one stretch.
  struct Scatter {
    std::uint64_t first = 0;  // of what it was measured over
    float measured = -1.0F;   // -1: nothing yet
    float error = 0.0F;       // relative
  };
  using Scatters = std::array<Scatter, pyramid_widths.size()>;

  [[nodiscard]] Scatter measure(const WatchedTile& tile, std::size_t width);
  [[nodiscard]] std::int16_t* ring(std::size_t trial) noexcept {
    return reinterpret_cast<std::int16_t*>(series_.data()) + trial * fours_;
  }

  std::size_t fours_;               // in the blocks that are kept
  ZeroedMemory series_;             // [trial][(sample / 4) mod fours_]
  std::vector<Scatters> scatters_;  // [trial]
  std::vector<float> boxes_;
  std::vector<float> work_;
};

}  // namespace draftstream
