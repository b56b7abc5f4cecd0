// Time blocks of spectra as the datagrams of a stream, whatever its kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "replay/packets/append_bytes.hpp"
#include "replay/packets/sample_loss.hpp"

namespace draftstream {

/// One time block of one beam.
struct BeamSpectra {
  std::uint64_t beam = 0;          ///< The number by which packets call it.
  std::span<const float> spectra;  ///< Shape [sample, channel]; NaN: missing.
};

/// The cells of a time block that a datagram holds, or a piece of: a rectangle. They arrive if all
/// datagrams of the block with these cells do.
struct PacketCells {
  std::size_t first_beam = 0;  ///< Index among those that were encoded together.
  std::size_t beams = 1;
  std::size_t first_group = 0;
  std::size_t groups = 1;
};

/// Takes a datagram, and where in it the samples begin; its bytes are valid during the call.
using SendCells = std::function<void(const PacketCells& cells, std::size_t header_bytes,
                                     std::span<const std::byte> datagram)>;

/// One stream of packets that is being made. Threads: one at a time per object.
class BlockEncoder {
 public:
  /// What a time block is cut into.
  struct Grid {
    std::size_t block_samples = 1;
    std::size_t channels = 1;     ///< Of the band.
    std::size_t groups = 1;       ///< Cells of a beam in a block.
    bool keeps_missing = false;   ///< Samples can say that they are missing.
    bool tells_strangers = true;  ///< A packet shows that its clock began at another moment.
    bool whole_cells = true;      ///< In each datagram; else only in all of a heap's.
  };

  BlockEncoder() = default;
  BlockEncoder(const BlockEncoder&) = delete;
  BlockEncoder& operator=(const BlockEncoder&) = delete;
  virtual ~BlockEncoder() = default;

  [[nodiscard]] virtual Grid grid() const noexcept = 0;

  /// Sends one time block.
  /// @param block  Counted from when the stream's clock was 0 (or at its phase).
  /// @param beams  Shape [block_samples, channels] each; channel 0 as the packets have it.
  virtual void encode(std::uint64_t block, std::span<const BeamSpectra> beams,
                      const SendCells& send) = 0;
  /// Sends a packet, or heap, as from a stream of the same kind and beam whose clock was set at
  /// another moment. Only where grid().tells_strangers.
  virtual void encode_stranger(std::uint64_t block, const BeamSpectra& beam,
                               const SendDatagram& send) = 0;
  /// Sends the datagram that says that nothing more will come.
  /// @return How often it is worth sending; 0: this kind has none, and nothing was sent.
  virtual unsigned end(const SendDatagram& send) = 0;
  /// What was not kept exactly, so far.
  [[nodiscard]] virtual SampleLoss loss() const noexcept = 0;
};

}  // namespace draftstream
