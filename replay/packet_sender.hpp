// Plays recordings as packets: the telescope of a test.
#pragma once

#include <cstdint>
#include <functional>

#include "replay/beam_blocks.hpp"
#include "replay/faulty_line.hpp"
#include "replay/packets/packet_stream.hpp"
#include "replay/send_schedule.hpp"

namespace draftstream {

/// What was sent of recordings.
struct PacketsSent {
  bool stopped = false;
  std::uint64_t samples = 0;  ///< Spectra of the grid that were gone through.
  std::uint64_t gap = 0;  ///< Spectra of all beams that are no data, inside what was gone through.
  std::uint64_t left_out = 0;  ///< Spectra that are data, in blocks that packets cannot fill.
  SampleLoss loss;             ///< What packets could not hold exactly.
  LineAccount line;
};

struct PacketSendOptions {
  PlannedFaults faults;
  Seconds longest_gap{600.0};  ///< That the receiver takes for one.
  /// Is told how many spectra are out, after each block. May be empty.
  std::function<void(std::uint64_t samples)> sent;
};

/// Sends all blocks of spectra, beams side by side. A block of a beam of which packets cannot say
/// what is missing is left out as a whole, if anything is: gaps, the last piece of a recording.
///
/// Packets of a block are spread evenly over a block's time; at the end follows the word that the
/// stream ends, if the kind has one, five times a tenth of a second apart for CHIME.
/// @param out  Takes the datagrams. @return false once stopped.
/// @throws InputError   from the recordings.
/// @throws ConfigError  on faults that this kind of packets cannot have.
PacketsSent send_packets(BeamBlocks& beams, PacketStream& stream, SendSchedule& schedule,
                         const FaultyLine::Out& out, const PacketSendOptions& options);

}  // namespace draftstream
