// Feeds an assembler with whatever a fuzzer says, and checks that its counts add up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "ingest/packets/packet_assembler.hpp"

namespace draftstream::fuzz {

/// A good packet of so many variants: `kind` and `when` are what the fuzzer chooses.
using MakePacket = std::function<std::vector<std::byte>(unsigned kind, unsigned when)>;

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// Input: records of kind, when, edits; then three bytes for each edit: where (two), what. Kind
/// 255: the rest of the input is one datagram.
inline void feed(std::unique_ptr<PacketFormat> format, const MakePacket& make,
                 std::span<const std::uint8_t> input) {
  std::uint64_t next = 0;
  std::uint64_t spectra = 0;
  const auto sink = [&](const FinishedSlot& slot) {
    require(slot.first == next && slot.samples > 0);
    next += slot.samples;
    for (const BeamSlot& beam : slot.beams) {
      spectra += slot.samples;
      for (const Hole& hole : beam.holes) {
        require(hole.samples > 0 && hole.channels > 0);
        require(hole.first >= slot.first && hole.first + hole.samples <= next);
      }
    }
  };
  PacketAssembler assembler{std::move(format), {Seconds{0.001}, 3, Seconds{1.0}}, sink};
  const auto go_on = [&](Assembly told) {
    while (told == Assembly::ended) {
      next = 0;
      told = assembler.resume();
    }
  };
  while (input.size() >= 3) {
    const unsigned kind = input[0];
    if (kind == 255) {
      go_on(assembler.take(std::as_bytes(input.subspan(1))));
      break;
    }
    std::vector<std::byte> packet = make(kind, input[1]);
    std::size_t edits = input[2] % 4;
    input = input.subspan(3);
    for (; edits > 0 && input.size() >= 3; --edits, input = input.subspan(3)) {
      const std::size_t where = (input[0] * 256U + input[1]) % (packet.size() + 1);
      if (where == packet.size()) {
        packet.resize(packet.size() * input[2] / 200 + 1);
      } else {
        packet[where] = static_cast<std::byte>(input[2]);
      }
    }
    go_on(assembler.take(packet));
  }
  (void)assembler.finish();
  const PacketCounts& counts = assembler.counts();
  require(counts.datagrams == counts.units + counts.pieces + counts.duplicate_pieces +
                                  counts.control + counts.refused_in_all());
  require(counts.units ==
          counts.accepted + counts.late + counts.far_future + counts.stray + counts.wrong_stream);
  require(counts.assembled.cells_expected ==
          counts.assembled.cells_placed + counts.assembled.cells_missing);
  require(counts.assembled.spectra == spectra);
  if (const auto& refused = assembler.last_refused()) require(!sentence(*refused).empty());
}

}  // namespace draftstream::fuzz
