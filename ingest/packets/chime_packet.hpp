// Intensity packets of CHIME/FRB, versions 1 and 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "ingest/packets/byte_order.hpp"
#include "ingest/packets/refusal.hpp"

namespace draftstream {

/// One datagram, its counts checked. A view: the datagram owns the bytes.
///
/// value = scale * byte + offset [the sender's unit of power]; bytes 0 and 255 are masked samples.
/// @source ch_frb_io, L0_L1_packet.hpp (version 1); kotekan, frb_functions.h (version 2).
struct ChimePacket {
  int version = 1;
  std::uint16_t counts_per_sample = 0;    ///< Ticks of the FPGA's clock in a sample; > 0.
  std::optional<std::uint64_t> fpga0_ns;  ///< UNIX time of tick 0 [ns]; version 2 only.
  std::uint64_t fpga_count = 0;  ///< Tick of the first sample, a multiple of a packet's ticks.
  std::size_t beams = 0;
  std::size_t coarse = 0;   ///< Coarse channels.
  std::size_t up = 0;       ///< Channels in each of them.
  std::size_t samples = 0;  ///< A power of two, at most 1024.

  std::span<const std::byte> beam_ids;    ///< Shape [beam], 16 bits each.
  std::span<const std::byte> coarse_ids;  ///< Shape [coarse], 16 bits each; 0 is the highest.
  std::span<const std::byte> scales;      ///< Shape [beam, coarse], 32-bit floats.
  std::span<const std::byte> offsets;     ///< The same.
  std::span<const std::byte> data;        ///< Shape [beam, coarse, up, time], time fastest.

  [[nodiscard]] std::uint16_t beam_id(std::size_t beam) const noexcept {
    return load_little<std::uint16_t>(beam_ids, 2 * beam);
  }
  [[nodiscard]] std::uint16_t coarse_id(std::size_t channel) const noexcept {
    return load_little<std::uint16_t>(coarse_ids, 2 * channel);
  }
  [[nodiscard]] float scale(std::size_t beam, std::size_t channel) const noexcept {
    return load_little<float>(scales, 4 * (beam * coarse + channel));
  }
  [[nodiscard]] float offset(std::size_t beam, std::size_t channel) const noexcept {
    return load_little<float>(offsets, 4 * (beam * coarse + channel));
  }
  /// Bytes of one coarse channel of one beam, shape [up, time].
  [[nodiscard]] std::span<const std::byte> cell(std::size_t beam,
                                                std::size_t channel) const noexcept {
    return data.subspan((beam * coarse + channel) * up * samples, up * samples);
  }
};

/// The datagram that says that nothing more will come: 24 bytes, a 1 and zeros.
struct ChimeEnd {};

inline constexpr std::size_t chime_longest_packet = 9000;  ///< [bytes]
inline constexpr std::size_t chime_coarse_channels = 1024;

/// @param datagram         Any bytes.
/// @param coarse_channels  Of the whole band: what ids are compared with.
std::variant<ChimePacket, ChimeEnd, Refused> parse_chime(
    std::span<const std::byte> datagram,
    std::size_t coarse_channels = chime_coarse_channels) noexcept;

}  // namespace draftstream
