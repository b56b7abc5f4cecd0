// Spectra that hold no data, by their bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/tree/byte_holes.hpp"
#include "engine/tree/byte_rows.hpp"
#include "engine/worker_pool.hpp"
#include "ingest/ledger.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

/// Finds dropouts as Conditioner does: spectra in which nearly all live channels are at rest, which
/// is at the lowest value of the format, or at 0.
///
/// Threads: one at a time per object; work is shared out over `pool`.
class ByteDropouts {
 public:
  /// A block's rows, padded to a multiple of 1024 samples: sample t of the channel of rank r lies
  /// at first[r * stride + t].
  struct Rows {
    const std::uint8_t* first = nullptr;
    std::size_t stride = 0;  ///< [bytes]
  };

  /// @param format  Of at most 8 bits.
  ByteDropouts(SampleFormat format, WorkerPool& pool) : format_{format}, pool_{pool} {}

  /// @param ranges   Shape [rank]: extremes of the valid bytes of each row.
  /// @param holes    A channel that has a hole says nothing against a dropout.
  /// @param spectra  Shape [time]: what is `searched` becomes `invalid` where it is a dropout.
  void find(const Rows& rows, std::span<const ByteExtremes> ranges, const ByteHoles& holes,
            std::span<Fate> spectra);

 private:
  void find_in_tile(std::size_t tile);
  [[nodiscard]] bool is_looked_at(const ByteExtremes& range) const noexcept {
    return !only_live_ || range.lowest < range.highest;
  }
  void count_holes(std::size_t rank, std::size_t begin, std::uint8_t rest, bool was_counted,
                   std::span<std::uint32_t> counts) const;

  SampleFormat format_;
  WorkerPool& pool_;

  // Of the block at hand: which channels could hold the values that say "at rest", how many must.
  Rows rows_;
  std::span<const ByteExtremes> ranges_;
  const ByteHoles* holes_ = nullptr;
  std::span<Fate> fates_;
  std::uint32_t needed_ = 0;
  std::array<std::optional<std::uint8_t>, 2> rest_values_;
  bool only_live_ = true;
};

}  // namespace draftstream
