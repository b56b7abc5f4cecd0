// The stored samples that a search can still reach, cut into aligned blocks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/zeroed_memory.hpp"
#include "ingest/filterbank_chunk.hpp"
#include "ingest/hole_log.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

/// Spectra as they came, in a ring of whole blocks. Block k holds samples [k B, (k+1) B), counted
/// from the start of the observation: chunks may be cut anywhere, blocks never move.
class RawHistory {
 public:
  /// @param block    B [samples].
  /// @param samples  How many are kept; rounded up to whole blocks, at least two.
  RawHistory(const Observation& observation, std::size_t block, std::size_t samples);

  /// Is `chunk` of this observation, and does it begin where the last one ended?
  [[nodiscard]] bool continued_by(const FilterbankChunk& chunk) const noexcept {
    return chunk.first() == taken_ && chunk.channels() == channels_ && chunk.format() == format_;
  }
  /// Takes spectra of `chunk` from `row` on, up to the end of the block that is being filled.
  /// @param most  No more than these, > 0.
  /// @return How many.
  std::size_t take(const FilterbankChunk& chunk, std::size_t row,
                   std::size_t most = std::numeric_limits<std::size_t>::max());

  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  /// The first sample that is still kept.
  [[nodiscard]] std::uint64_t oldest() const noexcept {
    return taken_ - std::min<std::uint64_t>(taken_, length_);
  }
  [[nodiscard]] std::size_t block() const noexcept { return block_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.size(); }
  /// The same before there is one.
  [[nodiscard]] static std::size_t bytes_of(const Observation& observation, std::size_t block,
                                            std::size_t samples) noexcept {
    return ZeroedMemory::room_for(length_of(block, samples) * observation.spectrum_bytes());
  }

  /// The newest `samples` of all, at most two blocks' worth; valid until the next call of anything.
  [[nodiscard]] FilterbankChunk newest(std::size_t samples);

  /// The bytes of one spectrum, which must still be kept.
  [[nodiscard]] const std::byte* spectrum(std::uint64_t sample) const noexcept {
    return data() + sample % length_ * stride_;
  }

  /// One channel's samples from `first` on, all still kept, as unpack_spectrum has them; NaN in
  /// holes.
  void unpack(std::size_t channel, std::uint64_t first, std::span<float> out) const;
  /// The same for neighbouring channels; 64 of them, of 8 bits, take far less time than one by one.
  /// @param out  Shape [channel][sample], samples fastest.
  void unpack(std::size_t first_channel, std::size_t channels, std::uint64_t first,
              std::size_t samples, std::span<float> out) const;

 private:
  static std::size_t length_of(std::size_t block, std::size_t samples) noexcept {
    return std::max<std::size_t>(2, (samples + block - 1) / block) * block;
  }

  void unpack_stored(std::size_t channel, std::uint64_t first, std::span<float> out) const;
  void unpack_stored(std::size_t first_channel, std::size_t channels, std::uint64_t first,
                     std::size_t samples, std::span<float> out) const;
  void blank_holes(std::size_t first_channel, std::size_t channels, std::uint64_t first,
                   std::size_t samples, std::span<float> out) const;

  [[nodiscard]] const std::byte* data() const noexcept {
    return reinterpret_cast<const std::byte*>(bytes_.data());
  }
  [[nodiscard]] std::byte* data() noexcept { return reinterpret_cast<std::byte*>(bytes_.data()); }

  std::size_t channels_;
  SampleFormat format_;
  std::size_t stride_;  // bytes of a spectrum
  std::size_t block_;
  std::size_t length_;  // samples in the ring
  std::uint64_t taken_ = 0;
  ZeroedMemory bytes_;
  std::vector<std::byte> unrolled_;  // where newest() crosses the ring's end
  std::vector<Gap> gaps_;            // of the last two blocks
  std::vector<Gap> newest_gaps_;     // what newest() lends
  HoleLog holes_;                    // of all that is kept
  std::vector<Hole> newest_holes_;   // what newest() lends
};

}  // namespace draftstream
