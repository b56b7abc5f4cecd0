// What holes take away from a block of rows of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/block_holes.hpp"
#include "engine/search_config.hpp"
#include "engine/tree/byte_channels.hpp"
#include "ingest/filterbank_chunk.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

/// Gaps take whole spectra, and one mask serves all channels; holes do not. Bytes in holes are 0,
/// so that they add nothing to a sum of bytes; what is taken off that sum for the channels' means
/// has to be less there. That is kept here in integers: in whatever order holes are told, it is the
/// same.
///
/// Costs nothing in blocks without holes. Threads: one at a time per object, but measures(), each
/// worker with its own number, and of().
class ByteHoles {
 public:
  /// One thread's view of a channel that has holes.
  struct Channel {
    std::vector<std::uint8_t> valid;  ///< [time]: 255 or 0.
    ByteChannels measures;            ///< Begun with these.
  };

  ByteHoles(SampleFormat format, const ConditionConfig& config, std::size_t threads);

  /// @param rank_of  Shape [channel].
  /// @param valid    Of the whole band, as ByteChannels::begin wants it.
  void begin(const FilterbankChunk& chunk, std::span<const std::uint32_t> rank_of,
             std::span<const std::uint8_t> valid);

  [[nodiscard]] bool any() const noexcept { return runs_.any(); }
  [[nodiscard]] std::span<const BlockHoles::Run> of(std::size_t rank) const noexcept {
    return runs_.of(rank);
  }

  Channel& measures(std::size_t rank, std::size_t worker, std::span<const std::uint8_t> valid,
                    BlockLevel level);

  /// Begins to count what good channels lose.
  void begin_losses(std::size_t sub_bands);
  /// @param mean  Of the channel's bytes, times its gain.
  void lose(std::size_t rank, std::size_t sub_band, double mean);

  /// Shape [time]: what lose() said of the channels of a sub-band that have a hole there, in units
  /// of `loss_unit`. Null where there are no holes.
  [[nodiscard]] const std::int64_t* lost(std::size_t sub_band) const noexcept {
    return any() ? lost_.data() + sub_band * samples_ : nullptr;
  }
  /// The same of all sub-bands.
  [[nodiscard]] const std::int64_t* lost() const noexcept { return lost(sub_bands_); }
  static constexpr double loss_unit = 0x1p-20;  ///< Sums of gain * byte fit into 32 bits.

  /// How many channels of all, and of the good ones, have a hole at this time.
  [[nodiscard]] std::uint32_t channels_lost(std::size_t t) const noexcept {
    return any() ? channels_lost_[t] : 0;
  }
  [[nodiscard]] std::uint32_t goods_lost(std::size_t t) const noexcept {
    return any() ? goods_lost_[t] : 0;
  }

 private:
  BlockHoles runs_;
  std::size_t samples_ = 0;
  std::size_t sub_bands_ = 0;
  std::vector<Channel> channels_;             // [worker]
  std::vector<std::int64_t> lost_;            // [sub-band, and all of them][time]
  std::vector<std::uint32_t> channels_lost_;  // [time]
  std::vector<std::uint32_t> goods_lost_;     // [time]
};

}  // namespace draftstream
