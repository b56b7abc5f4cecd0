// Puts pieces of spectra, which come in any order, into their places.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "ingest/hole.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

/// How a stream is cut up. A *cell* is what one beam has in one time block and one channel group:
/// block_samples spectra of group_channels channels. It arrives as a whole or not at all.
struct CellGrid {
  std::size_t beams = 1;
  std::size_t groups = 1;          ///< Channel groups of the band.
  std::size_t group_channels = 1;  ///< Channels in each.
  std::size_t block_samples = 1;   ///< Spectra in a time block.
  SampleFormat format;             ///< Of the assembled spectra; 8 bits or more.

  [[nodiscard]] std::size_t channels() const noexcept { return groups * group_channels; }
  [[nodiscard]] std::size_t spectrum_bytes() const noexcept {
    return format.spectrum_bytes(channels());
  }
  friend bool operator==(const CellGrid&, const CellGrid&) = default;
};

/// What a slot holds of one beam.
struct BeamSlot {
  /// Shape [time, channel], channel fastest, in the grid's format; samples in holes are NaN, or 0
  /// in formats without it. Empty if nothing of the slot arrived.
  std::span<const std::byte> spectra;
  /// In order of time, then of channel; disjoint; neighbours merged along channels, and then along
  /// time where all of a block's holes go on.
  std::span<const Hole> holes;
};

/// A run of spectra that is passed on. A view: valid during the call that brings it.
struct FinishedSlot {
  std::uint64_t first = 0;  ///< Sample index since the start of the observation.
  std::uint64_t samples = 0;
  std::span<const BeamSlot> beams;
};

/// Where the cells and spectra went. What holds when the window is finished:
/// expected = placed + missing, and spectra = whole + partial + lost.
struct AssemblyCounts {
  std::uint64_t cells_expected = 0;
  std::uint64_t cells_placed = 0;
  std::uint64_t cells_missing = 0;
  std::uint64_t cells_duplicate = 0;  ///< Came again; the first one stays.
  std::uint64_t spectra = 0;          ///< Of all beams.
  std::uint64_t spectra_whole = 0;
  std::uint64_t spectra_partial = 0;  ///< Lack some channels.
  std::uint64_t spectra_lost = 0;     ///< Lack all channels.

  AssemblyCounts& operator+=(const AssemblyCounts& other) noexcept;
  AssemblyCounts& operator-=(const AssemblyCounts& other) noexcept;
  friend bool operator==(const AssemblyCounts&, const AssemblyCounts&) = default;
};

/// Where a time block lies as seen from the window.
enum class Arrival {
  in_window,   ///< Its cells can be placed.
  late,        ///< Its slot, one of the last three, has been passed on.
  far_future,  ///< Ahead, though the window was moved on by a slot for it.
  stray,       ///< Off by more than the window's length; nothing was moved.
  resynced,    ///< Enough strays agree: the window is where they are. Ask again for each of them.
  restarted,   ///< Enough strays agree on the past, or on a far future: another observation.
};

/// Three slots of spectra, moving along an observation. A slot is passed on, in order, as soon as
/// it is whole; else when a block of the fourth arrives, with what is missing of it. Where the
/// window is, and so what is late or a duplicate, does not depend on that.
///
/// A block that lies one to three slots ahead of the window moves it by one slot only. Blocks
/// farther off, in either direction, move nothing, so a sender whose clock is wrong does no harm,
/// until `agreeing_strays` of them have come in a row that lie within three slots of each other.
///
/// All memory is taken by the constructor. Threads: one at a time per object.
class AssemblyWindow {
 public:
  static constexpr std::size_t slots = 3;

  struct Options {
    std::size_t slot_blocks = 1;       ///< Time blocks in a slot.
    std::uint64_t first_block = 0;     ///< The block, on the sender's clock, of sample 0.
    unsigned agreeing_strays = 8;      ///< > 0.
    std::uint64_t longest_gap = 6000;  ///< Slots ahead that are a gap; more is a new observation.
  };
  using Sink = std::function<void(const FinishedSlot&)>;

  /// @throws std::invalid_argument on a grid with a count of 0 or samples of less than 8 bits.
  AssemblyWindow(const CellGrid& grid, const Options& options, Sink sink);

  /// Says that something of this time block has come; may pass slots on. Call once a packet.
  Arrival arrive(std::uint64_t block);

  /// The place of a cell of the block that last arrived in the window. Who asks must fill it.
  /// @param beam, group  Below the grid's.
  /// @return Its first sample; rows are spectrum_bytes apart. Null: it has been there (counted).
  [[nodiscard]] std::byte* place(std::size_t beam, std::size_t group) noexcept;

  /// Passes on what is whole now, and was filled. Call when the cells of a packet are.
  void pass_whole();

  /// The observation has ended: passes on what there is, up to the last block that came.
  void finish();

  /// Strays in a row that agree, the last one included: 1 says that it agrees with none before.
  [[nodiscard]] unsigned agreeing_strays() const noexcept { return strays_; }
  [[nodiscard]] const CellGrid& grid() const noexcept { return grid_; }
  [[nodiscard]] const AssemblyCounts& counts() const noexcept { return counts_; }

 private:
  Arrival stray(std::int64_t slot);
  void pass_on(std::size_t blocks);
  void hand_over(std::size_t blocks);
  void forget(std::int64_t slot) noexcept;
  void pass_gap(std::uint64_t gap_slots);
  void find_holes(std::size_t beam, std::size_t blocks, std::vector<Hole>& holes);
  void blank(std::size_t beam, std::size_t block, std::size_t group);
  std::size_t& placed(std::int64_t slot) noexcept;
  std::uint8_t* present(std::size_t beam, std::size_t block) noexcept;
  std::byte* spectra(std::size_t beam) noexcept;

  CellGrid grid_;
  Options options_;
  Sink sink_;
  std::int64_t base_ = 0;         // first slot of the window
  std::int64_t next_ = 0;         // slot that is passed on next; those before it were whole
  std::int64_t last_block_ = -1;  // highest that came, counted from first_block
  std::size_t block_row_ = 0;    // [slot, beam 0, block] of the one that last arrived, as one index
  std::size_t block_bytes_ = 0;  // of one beam
  unsigned strays_ = 0;          // in a row that agree
  std::int64_t first_stray_ = 0;   // slot of the first of them
  std::int64_t lowest_stray_ = 0;  // slot of the earliest of them
  AssemblyCounts counts_;
  std::vector<std::byte> samples_;           // [slot, beam, block, sample, channel]
  std::vector<std::uint8_t> present_;        // [slot, beam, block, group]
  std::array<std::size_t, slots> placed_{};  // cells of each slot
  std::vector<std::vector<Hole>> holes_;     // [beam]
  std::vector<BeamSlot> beam_slots_;
};

}  // namespace draftstream
