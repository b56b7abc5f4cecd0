// A stream of CHIME/FRB packets, for the assembler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ingest/packets/chime_packet.hpp"
#include "ingest/packets/packet_format.hpp"
#include "ingest/packets/tick_clock.hpp"

namespace draftstream {

/// What CHIME/FRB packets do not say of themselves. The defaults are CHIME's.
struct ChimeOptions {
  std::vector<std::uint16_t> beams;  ///< Ids that are assembled; empty: those of the first packet.
  std::size_t coarse_channels = chime_coarse_channels;  ///< Of the band, 1 to 65536.
  Megahertz top{800.0};                                 ///< Upper edge of coarse channel 0.
  Megahertz bottom{400.0};                              ///< Lower edge of the last one.
  bool up_ascending = false;               ///< The channels in a coarse one go up in frequency.
  TickRate clock{390'625, 1};              ///< Of the FPGA's counts: 2.56 us.
  std::optional<std::uint64_t> frame0_ns;  ///< UNIX time of tick 0 [ns]; version 1 does not say it.
  /// Of assembled spectra: 32-bit floats, in which masked samples are NaN; or 8-bit unsigned, to
  /// which values are rounded and clipped, and in which masked samples are 0.
  SampleFormat format = float_samples;
};

/// A cell is one coarse channel of one beam in one packet. Channel 0 is the highest. Without an
/// absolute time (version 1, no frame0_ns) times count from MJD 0.
/// @throws std::invalid_argument on options that make no band, or another format.
std::unique_ptr<PacketFormat> make_chime_stream(const ChimeOptions& options);

/// Writes one coarse channel of one beam.
/// @param bytes   Shape [up, time], time fastest.
/// @param out     Sample [0, 0]; shape [time, up], rows `stride` bytes apart.
/// @param format  As in ChimeOptions.
void write_chime_cell(std::span<const std::byte> bytes, std::size_t up, float scale, float offset,
                      bool up_ascending, const SampleFormat& format, std::byte* out,
                      std::size_t stride) noexcept;

}  // namespace draftstream
