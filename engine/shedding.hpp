// What a search leaves out where it cannot keep up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace draftstream {

/// Of one block. Nothing by default.
struct Shed {
  bool networks = false;    ///< Candidates that become final with it stay unjudged.
  std::size_t octaves = 0;  ///< Of DM, from the highest down; the lowest is always searched.
  bool block = false;       ///< All of it: what arrived of it counts as overrun.
  bool alerts = false;      ///< Those of the block after it; they are whenever anything else is.

  friend bool operator==(const Shed&, const Shed&) = default;
};

/// Asked once for each whole block, in order, when all its samples have come.
/// @param first  Its first sample.
using Shedding = std::function<Shed(std::uint64_t first)>;

/// How often that was done.
struct ShedCounts {
  std::uint64_t blocks_unjudged = 0;  ///< That networks would have been asked about.
  std::uint64_t blocks_of_fewer_octaves = 0;
  std::uint64_t octaves_left_out = 0;  ///< Summed over these blocks.
  std::uint64_t blocks_skipped = 0;
  std::uint64_t samples_skipped = 0;  ///< Of these blocks, that had arrived.

  ShedCounts& operator+=(const ShedCounts& other) {
    blocks_unjudged += other.blocks_unjudged;
    blocks_of_fewer_octaves += other.blocks_of_fewer_octaves;
    octaves_left_out += other.octaves_left_out;
    blocks_skipped += other.blocks_skipped;
    samples_skipped += other.samples_skipped;
    return *this;
  }
  friend bool operator==(const ShedCounts&, const ShedCounts&) = default;
};

}  // namespace draftstream
