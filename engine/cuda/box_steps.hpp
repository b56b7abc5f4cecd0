// What one thread of a device does to find boxes in series: as boxcar_pyramid.hpp and
// box_search.hpp define them. Between two steps, the threads of a block wait for each other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/cuda/tree_steps.hpp"
#include "engine/tree/box_search.hpp"

namespace draftstream {

/// A cell of CellBoxes, and whose.
struct FoundCell {
  std::uint32_t beam = 0;
  CellBoxes cell;
};

/// Series, and what their boxes are compared with.
struct BoxWork {
  const TreeState* state;
  const std::int16_t* series;  ///< Shape [beam][trial][series_mask + 1].
  std::uint32_t series_mask;
  std::uint32_t trials;
  std::uint32_t samples;
  const BoxThresholds* thresholds;  ///< Shape [beam][trial].
  std::uint32_t* seen;              ///< Shape [beam][trial][1 + segment]: bits of pyramid_widths.
};

inline constexpr auto box_segment = static_cast<std::uint32_t>(segment_samples);
inline constexpr auto box_front = static_cast<std::int32_t>(pyramid_lookback);
inline constexpr auto box_widths = static_cast<std::uint32_t>(pyramid_widths.size());

/// pyramid_widths[i]. Computed: in device code there is no such array, and nvcc puts a trap where
/// one of its elements is asked for by an index.
constexpr std::uint32_t box_width(std::uint32_t i) noexcept {
  if (i == 0) return 1;
  return i % 2 != 0 ? 2U << (i - 1) / 2 : 3U << (i - 2) / 2;
}
constexpr bool box_widths_agree() noexcept {
  for (std::uint32_t i = 0; i < box_widths; ++i) {
    if (box_width(i) != pyramid_widths[i]) return false;
  }
  return true;
}
static_assert(box_widths_agree());

constexpr std::int16_t clipped_to_int16(int sum) noexcept {
  return static_cast<std::int16_t>(sum < -32768 ? -32768 : sum > 32767 ? 32767 : sum);
}

constexpr const std::int16_t* series_ring(const BoxWork& work, std::uint32_t beam,
                                          std::uint32_t trial) noexcept {
  return work.series +
         (std::uint64_t{beam} * work.trials + trial) * (std::uint64_t{work.series_mask} + 1);
}

constexpr std::uint32_t* seen_of(const BoxWork& work, std::uint32_t beam,
                                 std::uint32_t trial) noexcept {
  const std::uint64_t series = std::uint64_t{beam} * work.trials + trial;
  return work.seen + series * (work.samples / box_segment + 1);
}

/// Copies the series from box_front samples before sample `first` of the chunk on.
constexpr void load_series(const BoxWork& work, std::uint32_t beam, std::uint32_t trial,
                           std::uint32_t first, std::uint32_t samples, std::uint32_t thread,
                           std::int16_t* to) noexcept {
  const std::int16_t* const ring = series_ring(work, beam, trial);
  for (std::uint32_t i = thread; i < samples + box_front; i += threads_a_block) {
    to[i] = ring[ring_place(work.state->now, first + i, box_front, work.series_mask)];
  }
}

// The first look: the pyramid. Blocks are trials, pieces of look_samples, beams.

inline constexpr std::uint32_t look_samples = 1024;
inline constexpr std::uint32_t look_segments = look_samples / box_segment;
inline constexpr std::uint32_t look_levels = 7;  ///< Steps of look_level().

/// What the threads of a block share: the series, and two levels v of the pyramid in turn. Sample 0
/// of the piece is at box_front.
struct LookMemory {
  std::int16_t series[box_front + look_samples];
  std::int16_t levels[2][box_front + look_samples];
};

/// What one thread saw, by segment of its piece: bits of pyramid_widths.
struct LookBits {
  std::uint32_t of[look_segments] = {};
};

constexpr Blocks look_blocks(std::uint32_t trials, std::uint32_t samples,
                             std::uint32_t beams) noexcept {
  return {trials, blocks_for(samples, look_samples), beams};
}

/// Samples of the block's piece: the last one may be shorter, of whole segments.
constexpr std::int32_t look_length(const BoxWork& work, const ThreadPlace& at) noexcept {
  const std::uint32_t left = work.samples - at.y * look_samples;
  return static_cast<std::int32_t>(left < look_samples ? left : look_samples);
}

constexpr void look_load(const BoxWork& work, const ThreadPlace& at, LookMemory& memory) noexcept {
  const auto length = static_cast<std::uint32_t>(look_length(work, at));
  load_series(work, at.z, at.x, at.y * look_samples, length, at.thread, memory.series);
}

/// v_0 = y4, and the widths 1, 2, 3, 4, 6.
constexpr void look_fours(const BoxWork& work, const ThreadPlace& at, LookMemory& memory,
                          LookBits& bits) noexcept {
  const PyramidValues& above = work.thresholds[std::uint64_t{at.z} * work.trials + at.x].first_look;
  const std::int32_t length = look_length(work, at);
  const std::int32_t thread = static_cast<std::int32_t>(at.thread);
  for (std::int32_t t = -508 + thread; t < length; t += threads_a_block) {
    const std::int16_t* const x = memory.series + box_front + t;
    const int y2 = clipped_to_int16(x[0] + x[-1]);
    const int y2_2 = clipped_to_int16(x[-2] + x[-3]);
    const int y4 = clipped_to_int16(y2 + y2_2);
    memory.levels[0][box_front + t] = static_cast<std::int16_t>(y4);
    if (t < 0) continue;
    const int y2_4 = clipped_to_int16(x[-4] + x[-5]);
    std::uint32_t& seen = bits.of[static_cast<std::uint32_t>(t) / box_segment];
    seen |= x[0] > above[0] ? 1U : 0U;
    seen |= y2 > above[1] ? 2U : 0U;
    seen |= clipped_to_int16(y2 + x[-2]) > above[2] ? 4U : 0U;
    seen |= y4 > above[3] ? 8U : 0U;
    seen |= clipped_to_int16(y4 + y2_4) > above[4] ? 16U : 0U;
  }
}

/// Places of level `level` before the piece that wider boxes reach back to: 508, 252, 124, ...
constexpr std::int32_t look_reach(std::uint32_t level) noexcept {
  return (512 >> level) - 4;
}

/// From level to level + 1, and the widths 8 * 2^level and 12 * 2^level.
constexpr void look_level(const BoxWork& work, const ThreadPlace& at, std::uint32_t level,
                          LookMemory& memory, LookBits& bits) noexcept {
  const PyramidValues& above = work.thresholds[std::uint64_t{at.z} * work.trials + at.x].first_look;
  const std::uint32_t width = 5 + 2 * level;
  const std::int16_t* const v = memory.levels[level % 2] + box_front;
  std::int16_t* const next = memory.levels[(level + 1) % 2] + box_front;
  const std::int32_t count = look_length(work, at) >> level;
  const std::int32_t first = -2 * look_reach(level + 1);
  for (std::int32_t j = first + static_cast<std::int32_t>(at.thread); j < count;
       j += threads_a_block) {
    const int y = clipped_to_int16(v[j] + v[j - 4]);
    if (j % 2 != 0) next[(j - 1) / 2] = static_cast<std::int16_t>(y >> 1);
    if (j < 0) continue;
    std::uint32_t& seen = bits.of[(static_cast<std::uint32_t>(j) << level) / box_segment];
    seen |= (y > above[width] ? 1U : 0U) << width;
    if (width + 1 == box_widths) continue;
    seen |= (clipped_to_int16(y + v[j - 8]) > above[width + 1] ? 1U : 0U) << (width + 1);
  }
}

// Where something was seen, all places. Blocks are trials, segments, beams; most have nothing to
// do.

inline constexpr auto cells_a_segment = static_cast<std::uint32_t>(segment_samples / cell_samples);

struct CellsWork {
  BoxWork boxes;
  std::uint32_t first_trial;  ///< The launch's blocks begin with it.
  std::uint32_t* count;       ///< Of cells found, also those that there was no room for.
  FoundCell* found;           ///< Room for `most`.
  std::uint32_t most;
};

/// What the threads of a block share.
struct CellsMemory {
  std::int16_t series[box_front + box_segment];
  std::int32_t parts[threads_a_block];               // sums of neighbouring samples
  std::int32_t before[box_front + box_segment + 1];  // [sample]: sum of what lies before it
  std::int32_t sums[cells_a_segment * box_widths];
  std::uint8_t middles[cells_a_segment * box_widths];
};

constexpr Blocks cells_blocks(std::uint32_t trials, std::uint32_t samples,
                              std::uint32_t beams) noexcept {
  return {trials, samples / box_segment, beams};
}

/// Whether the block's segment, or the one before it, held something at the first look. The same
/// for all threads of a block.
constexpr bool cells_wanted(const CellsWork& work, const ThreadPlace& at) noexcept {
  const std::uint32_t* const seen = seen_of(work.boxes, at.z, work.first_trial + at.x);
  return (seen[at.y] | seen[at.y + 1]) != 0;
}

inline constexpr std::uint32_t cells_part = (box_front + box_segment) / threads_a_block;
static_assert(cells_part * threads_a_block == box_front + box_segment);

constexpr void cells_load(const CellsWork& work, const ThreadPlace& at,
                          CellsMemory& memory) noexcept {
  load_series(work.boxes, at.z, work.first_trial + at.x, at.y * box_segment, box_segment, at.thread,
              memory.series);
}

constexpr void cells_parts(const ThreadPlace& at, CellsMemory& memory) noexcept {
  std::int32_t sum = 0;
  for (std::uint32_t i = 0; i < cells_part; ++i) sum += memory.series[at.thread * cells_part + i];
  memory.parts[at.thread] = sum;
}

constexpr void cells_before(const ThreadPlace& at, CellsMemory& memory) noexcept {
  std::int32_t sum = 0;
  for (std::uint32_t i = 0; i < at.thread; ++i) sum += memory.parts[i];
  std::int32_t* const before = memory.before + std::size_t{at.thread} * cells_part;
  before[0] = sum;
  for (std::uint32_t i = 0; i < cells_part; ++i) {  // the last value is the next thread's first
    sum += memory.series[at.thread * cells_part + i];
    if (i + 1 < cells_part || at.thread + 1 == threads_a_block) before[i + 1] = sum;
  }
}

/// The largest box of each cell and width, and the first place that has it.
constexpr void cells_boxes(const CellsWork& work, const ThreadPlace& at,
                           CellsMemory& memory) noexcept {
  const std::uint64_t series = std::uint64_t{at.z} * work.boxes.trials + work.first_trial + at.x;
  const auto& thresholds = work.boxes.thresholds[series].sums;
  for (std::uint32_t i = at.thread; i < cells_a_segment * box_widths; i += threads_a_block) {
    const std::uint32_t width = i % box_widths;
    const std::uint32_t samples = box_width(width);
    const std::int32_t* const start =
        memory.before + box_front - box_lag - samples / 2 + i / box_widths * cell_samples;
    std::int32_t largest = start[samples] - start[0];
    std::uint32_t place = 0;
    for (std::uint32_t t = 1; t < cell_samples; ++t) {
      const std::int32_t sum = start[samples + t] - start[t];
      place = sum > largest ? t : place;
      largest = sum > largest ? sum : largest;
    }
    const bool reaches = largest >= thresholds[width];
    memory.sums[i] = reaches ? largest : 0;
    memory.middles[i] = static_cast<std::uint8_t>(reaches ? place : 0);
  }
}

/// One thread a cell. @return Whether there is something in it.
constexpr bool cells_collect(const CellsWork& work, const ThreadPlace& at,
                             const CellsMemory& memory, FoundCell& found) noexcept {
  if (at.thread >= cells_a_segment) return false;
  bool any = false;
  for (std::uint32_t w = 0; w < box_widths; ++w) {
    found.cell.sums[w] = memory.sums[at.thread * box_widths + w];
    found.cell.middles[w] = memory.middles[at.thread * box_widths + w];
    any = any || found.cell.sums[w] != 0;
  }
  found.beam = at.z;
  found.cell.trial = work.first_trial + at.x;
  found.cell.first = static_cast<std::int64_t>(work.boxes.state->now) +
                     static_cast<std::int64_t>(at.y * segment_samples + at.thread * cell_samples) -
                     static_cast<std::int64_t>(box_lag);
  return any;
}

}  // namespace draftstream
