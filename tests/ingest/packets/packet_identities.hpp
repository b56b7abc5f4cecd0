// What must hold of counts of packets, always.
#pragma once

#include "ingest/packets/packet_assembler.hpp"
#include "tests/support/catch.hpp"

namespace draftstream::test {

/// Of a stream of which no unit waits for its fate, and whose last observation has ended.
inline void check_identities(const PacketCounts& counts) {
  CHECK(counts.datagrams == counts.units + counts.pieces + counts.duplicate_pieces +
                                counts.control + counts.refused_in_all());
  CHECK(counts.units ==
        counts.accepted + counts.late + counts.far_future + counts.stray + counts.wrong_stream);
  CHECK(counts.assembled.cells_expected ==
        counts.assembled.cells_placed + counts.assembled.cells_missing);
  CHECK(counts.assembled.spectra == counts.assembled.spectra_whole +
                                        counts.assembled.spectra_partial +
                                        counts.assembled.spectra_lost);
}

}  // namespace draftstream::test
