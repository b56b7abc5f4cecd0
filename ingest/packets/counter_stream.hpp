// Packets of a fixed header with a counter, then samples: a filterbank described by a profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "ingest/packets/packet_format.hpp"
#include "ingest/packets/packet_samples.hpp"
#include "ingest/packets/tick_clock.hpp"

namespace draftstream {

/// A number in a header: `bits` bits from `shift` on of the `bytes` bytes at `offset`, less `base`.
struct HeaderField {
  std::size_t offset = 0;
  std::size_t bytes = 1;  ///< 1 to 8.
  bool big_endian = false;
  unsigned shift = 0;
  unsigned bits = 64;
  std::uint64_t base = 0;

  /// @param header  Long enough.
  [[nodiscard]] std::uint64_t read(std::span<const std::byte> header) const noexcept;
};

/// A field that must have a value, or the packet is refused as of the wrong kind.
struct FieldCheck {
  HeaderField field;
  std::uint64_t value = 0;
};

/// One kind of packets: what their headers say, and how their samples lie.
///
/// clock = counter / groups where there is no field for the group, and then group = counter %
/// groups; else clock = counter. A packet is packet_samples spectra of one group, and the next
/// time block has a clock that is counter_step later.
struct CounterProfile {
  std::size_t header_bytes = 8;
  HeaderField counter{0, 8};
  std::optional<HeaderField> beam;   ///< Empty: all is beam 0.
  std::optional<HeaderField> group;  ///< Which part of the band, from 0.
  std::vector<FieldCheck> checks;

  std::size_t groups = 1;           ///< Parts that the band comes in.
  std::size_t packet_channels = 1;  ///< Channels in a packet; groups * this is the band.
  std::size_t packet_samples = 1;   ///< Spectra in a packet.
  std::uint64_t counter_step = 1;
  PacketSamples samples;

  [[nodiscard]] std::size_t packet_bytes() const noexcept {
    return header_bytes + samples.bytes(packet_samples, packet_channels);
  }
};

/// FAST's backend of 2018: 64 bits little-endian, of which the lowest 56 count packets; two of
/// them, of 2048 channels each, are a spectrum of two polarisations of 8 bits.
/// @source FAST_hashpipe, FAST_net_thread.c
CounterProfile fast_profile();

/// `pbeam` packets of LWA and OVRO-LWA: 18 bytes, then XX, YY, Re XY, Im XY of each channel as
/// little-endian floats. Each server sends a part of the band; the counter goes on by `averaged`
/// a spectrum.
/// @param packet_channels  1 to 255.
/// @source bifrost, formats/pbeam.hpp
CounterProfile pbeam_profile(std::size_t servers, std::size_t packet_channels,
                             std::uint16_t averaged);

struct CounterOptions {
  CounterProfile profile;
  FrequencyAxis frequency;           ///< Of the whole band; channel 0 is the first of group 0.
  TickRate clock;                    ///< Of the profile's clock.
  std::uint64_t epoch_ns = 0;        ///< UNIX time of clock 0 [ns].
  std::vector<std::uint64_t> beams;  ///< That are assembled; empty: that of the first packet.
  bool as_float = false;             ///< Assemble 32-bit floats, whatever comes.
};

/// One datagram. A view: the datagram owns the bytes.
struct CounterPacket {
  std::uint64_t clock = 0;
  std::uint64_t beam = 0;
  std::size_t group = 0;
  std::span<const std::byte> data;
};

/// @param datagram  Any bytes.
std::variant<CounterPacket, Refused> parse_counter(std::span<const std::byte> datagram,
                                                   const CounterProfile& profile) noexcept;

/// A cell is a packet. Nothing in the format says that the stream ends.
/// @throws std::invalid_argument on a profile whose fields lie outside the header, on a count of 0,
///         or on another number of channels than the band's.
std::unique_ptr<PacketFormat> make_counter_stream(const CounterOptions& options);

}  // namespace draftstream
