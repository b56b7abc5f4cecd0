// What one thread of a device does in the stages of a tree. The kernels and their twin on the CPU
// run the very same functions.
#pragma once

#include <cstdint>

#include "engine/cuda/tree_layout.hpp"
#include "engine/tree/tree_arithmetic.hpp"

namespace draftstream {

inline constexpr std::uint32_t threads_a_block = 128;
/// Rows are kept, read and added four samples at a time, the first one in a word's lowest byte.
inline constexpr std::uint32_t samples_a_word = 4;
inline constexpr std::uint32_t words_a_thread = 2;
inline constexpr std::uint32_t samples_a_block = threads_a_block * words_a_thread * samples_a_word;

/// Which thread this is. What x, y and z count is the launch's affair.
struct ThreadPlace {
  std::uint32_t x = 0;  ///< Of its block.
  std::uint32_t y = 0;
  std::uint32_t z = 0;
  std::uint32_t thread = 0;  ///< In its block.
};

/// Blocks along x, y and z.
struct Blocks {
  std::uint32_t x = 1;
  std::uint32_t y = 1;
  std::uint32_t z = 1;
};

constexpr std::uint32_t blocks_for(std::uint64_t items, std::uint32_t items_a_block) noexcept {
  return static_cast<std::uint32_t>((items + items_a_block - 1) / items_a_block);
}

/// What changes from chunk to chunk; in the device's memory, so that every chunk is the same work.
struct TreeState {
  std::uint64_t now = 0;    ///< Index of the chunk's first sample.
  std::uint64_t next = 0;   ///< And of the next one's.
  std::uint32_t slot = 1;   ///< Which half of the incoming samples the chunk is in: 0 or 1.
  std::uint32_t found = 0;  ///< Cells found in the chunk, also those that there was no room for.
};

/// Where a ring keeps sample `t` of the chunk that begins at `now`, taken `lag` samples late.
/// Exact although it counts modulo 2^32: a ring's length divides that.
constexpr std::uint32_t ring_place(std::uint64_t now, std::uint32_t t, std::uint32_t lag,
                                   std::uint32_t mask) noexcept {
  return (static_cast<std::uint32_t>(now) + t - lag) & mask;
}

/// The first step of a chunk. One thread for each beam and trial.
struct BeginWork {
  TreeState* state;
  std::uint32_t* seen;  ///< Shape [beam, trial][1 + segment]: boxes that the first look saw.
  std::uint64_t series;
  std::uint32_t segments;
  std::uint32_t samples;
};

constexpr Blocks begin_blocks(std::uint64_t series) noexcept {
  return {blocks_for(series, threads_a_block), 1, 1};
}

/// Moves on to the next chunk; what was seen in the last segment of the old one comes first.
constexpr void begin_chunk(const BeginWork& work, const ThreadPlace& at) noexcept {
  const std::uint64_t series = std::uint64_t{at.x} * threads_a_block + at.thread;
  if (series == 0) {
    work.state->now = work.state->next;
    work.state->next += work.samples;
    work.state->slot ^= 1U;
    work.state->found = 0;
  }
  if (series >= work.series) return;
  std::uint32_t* const seen = work.seen + series * (work.segments + 1);
  seen[0] = seen[work.segments];
}

/// Incoming samples to the rings of the channels. Blocks are channels, pieces of time, beams.
struct TakeWork {
  const TreeState* state;
  const std::uint32_t* incoming;  ///< Shape [slot][beam][channel][sample], words of samples.
  const RowRing* channels;
  std::uint32_t* rows;  ///< Shape [beam][row_bytes], words of samples.
  std::uint64_t row_bytes;
  std::uint32_t count;  ///< Of channels.
  std::uint32_t beams;
  std::uint32_t samples;
};

constexpr Blocks row_blocks(std::uint32_t rows, std::uint32_t samples,
                            std::uint32_t beams) noexcept {
  return {rows, blocks_for(samples, samples_a_block), beams};
}

/// The first sample of a thread's word `k`, in the chunk. Threads are neighbours in time, so what
/// they read and write is, too.
constexpr std::uint32_t word_sample(const ThreadPlace& at, std::uint32_t k) noexcept {
  return at.y * samples_a_block + (k * threads_a_block + at.thread) * samples_a_word;
}

constexpr void take_samples(const TakeWork& work, const ThreadPlace& at) noexcept {
  const RowRing channel = work.channels[at.x];
  const std::uint64_t row =
      (std::uint64_t{work.state->slot} * work.beams + at.z) * work.count + at.x;
  const std::uint32_t* const from = work.incoming + row * (work.samples / samples_a_word);
  std::uint32_t* const ring = work.rows + (at.z * work.row_bytes + channel.ring) / samples_a_word;
  for (std::uint32_t k = 0; k < words_a_thread; ++k) {
    const std::uint32_t t = word_sample(at, k);
    if (t >= work.samples) return;
    ring[ring_place(work.state->now, t, 0, channel.mask) / samples_a_word] =
        from[t / samples_a_word];
  }
}

/// Four samples of a ring, from any place on.
constexpr std::uint32_t four_samples(const std::uint32_t* ring, std::uint32_t place,
                                     std::uint32_t mask) noexcept {
  const std::uint32_t word = place / samples_a_word;
  const std::uint64_t low = ring[word];
  const std::uint64_t high = ring[(word + 1) & (mask / samples_a_word)];
  return static_cast<std::uint32_t>((high << 32U | low) >> (8 * (place % samples_a_word)));
}

/// Sums of four samples, in 16 bits each. Every int8 is added as 128 more, so that no sum of
/// most_rows_in_a_sum reaches into the next one.
struct FourSums {
  std::uint32_t even = 0;  ///< Of samples 0 and 2.
  std::uint32_t odd = 0;   ///< Of samples 1 and 3.

  constexpr void add(std::uint32_t samples) noexcept {
    const std::uint32_t raised = samples ^ 0x80808080U;
    even += raised & 0x00ff00ffU;
    odd += raised >> 8U & 0x00ff00ffU;
  }
  /// @param added  How many words were.
  [[nodiscard]] constexpr int sum(std::uint32_t i, std::uint32_t added) const noexcept {
    const std::uint32_t two = i % 2 == 0 ? even : odd;
    const std::uint32_t raised = i < 2 ? two & 0xffffU : two >> 16U;
    return static_cast<int>(raised) - 128 * static_cast<int>(added);
  }
};
static_assert(most_rows_in_a_sum * 255 <= 0xffff);

/// One stage. Blocks are rows, pieces of time, beams.
struct StageWork {
  const TreeState* state;
  const SummedRow* sums;
  const LaggedRow* sources;
  std::uint32_t* rows;  ///< As of TakeWork.
  std::uint64_t row_bytes;
  std::int16_t* series;  ///< Shape [beam][series_samples].
  std::uint64_t series_samples;
  std::uint32_t samples;
  std::int16_t factor;  ///< 0: the last stage, whose sums are series.
};

constexpr void sum_rows(const StageWork& work, const ThreadPlace& at) noexcept {
  const SummedRow row = work.sums[at.x];
  std::uint32_t* const rows = work.rows + at.z * (work.row_bytes / samples_a_word);
  const std::uint64_t now = work.state->now;
  FourSums sums[words_a_thread];
  for (std::uint32_t i = 0; i < row.sources; ++i) {
    const LaggedRow source = work.sources[row.first_source + i];
    const std::uint32_t* const ring = rows + source.ring / samples_a_word;
    for (std::uint32_t k = 0; k < words_a_thread; ++k) {  // behind the chunk: read, not kept
      const std::uint32_t place = ring_place(now, word_sample(at, k), source.lag, source.mask);
      sums[k].add(four_samples(ring, place, source.mask));
    }
  }
  for (std::uint32_t k = 0; k < words_a_thread; ++k) {
    const std::uint32_t t = word_sample(at, k);
    if (t >= work.samples) return;
    const std::uint64_t to = row.ring + ring_place(now, t, 0, row.mask);
    if (work.factor != 0) {
      std::uint32_t word = 0;
      for (std::uint32_t n = 0; n < samples_a_word; ++n) {
        const std::int8_t sample = scaled_to_int8(sums[k].sum(n, row.sources), work.factor);
        word |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(sample)) << (8 * n);
      }
      rows[to / samples_a_word] = word;
    } else {
      std::int16_t* const series = work.series + at.z * work.series_samples + to;
      for (std::uint32_t n = 0; n < samples_a_word; ++n) {
        series[n] = static_cast<std::int16_t>(sums[k].sum(n, row.sources) * last_stage_gain);
      }
    }
  }
}

}  // namespace draftstream
