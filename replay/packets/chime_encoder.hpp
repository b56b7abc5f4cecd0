// Spectra as CHIME/FRB packets: what the test telescope sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "replay/packets/append_bytes.hpp"
#include "replay/packets/block_encoder.hpp"

namespace draftstream {

/// How spectra are cut into packets. The defaults are CHIME's.
struct ChimeEncoding {
  int version = 2;
  std::uint16_t beam = 0;              ///< Of spectra that are sent without a number.
  std::size_t coarse_channels = 1024;  ///< Of the band, 1 to 65536.
  std::size_t up = 16;                 ///< Channels in each of them.
  std::size_t packet_coarse = 16;      ///< Coarse channels in a packet; the last may have fewer.
  std::size_t samples = 16;            ///< Spectra in a packet: a power of two, at most 1024.
  std::uint16_t counts_per_sample = 384;
  std::uint64_t fpga0_ns = 0;  ///< UNIX time of tick 0 [ns]; version 2 only.

  [[nodiscard]] std::size_t channels() const noexcept { return coarse_channels * up; }
};

/// A byte of a packet stands for scale * byte + offset, with a scale and an offset for each coarse
/// channel of each packet, and the bytes 0 and 255 mark masked samples. What survives:
///   - exactly: whole numbers below 2^24 of which those of one coarse channel in one packet span at
///     most 253; values that are all equal there; NaN, which is masked;
///   - to half a scale, (highest - lowest) / 506: everything else. For 8-bit samples that span 254
///     or 255 there this is at most 0.504.
///
/// Threads: one at a time per object.
class ChimeEncoder {
 public:
  /// @param most_beams  In a packet.
  /// @throws std::invalid_argument on counts out of range, or packets of more than 8910 bytes.
  explicit ChimeEncoder(const ChimeEncoding& encoding, std::size_t most_beams = 1);

  /// Sends the packets of one time block, band from the top.
  /// @param block    The first sample is number block * samples of the clock's.
  /// @param spectra  Shape [samples, channels], channel 0 the highest; NaN: masked.
  /// @throws std::invalid_argument on another number of samples.
  void encode(std::uint64_t block, std::span<const float> spectra, const SendDatagram& send);
  /// The same for several beams that share packets.
  /// @param beams  At most as many as a packet may have; ids of 16 bits.
  void encode(std::uint64_t block, std::span<const BeamSpectra> beams, const SendDatagram& send);

  /// Of the longest packet, with so many beams in it.
  [[nodiscard]] static std::size_t packet_bytes(const ChimeEncoding& encoding,
                                                std::size_t beams) noexcept;

  /// The datagram that ends a stream; worth sending several times.
  static void end(const SendDatagram& send);

  [[nodiscard]] const ChimeEncoding& encoding() const noexcept { return encoding_; }
  /// What was not kept exactly, so far.
  [[nodiscard]] const SampleLoss& loss() const noexcept { return loss_; }

 private:
  void append_cell(std::span<const float> spectra, std::size_t coarse, std::size_t place);

  ChimeEncoding encoding_;
  std::size_t most_beams_;
  SampleLoss loss_;
  std::vector<std::byte> packet_;
  std::vector<float> scales_;   // [beam, coarse in the packet]
  std::vector<float> offsets_;  // the same
  std::vector<std::byte> data_;
};

}  // namespace draftstream
