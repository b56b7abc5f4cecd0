// Reads the header of a DADA stream: a ring's header block, or the head of a file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/observation.hpp"

namespace draftstream {

enum class DadaTimeUnit {
  automatic,     ///< Microseconds, unless BYTES_PER_SECOND says that they are seconds.
  microseconds,  ///< As heimdall reads it, and most write it.
  seconds,       ///< As AMBER and ARTS have it.
};

/// What a header does not say, and whoever set up the back end knows.
struct DadaHeaderOptions {
  DadaTimeUnit tsamp = DadaTimeUnit::automatic;
  /// Refuse a BYTES_PER_SECOND that NCHAN, NBIT and TSAMP do not make; false: never look at it.
  bool check_rate = true;
  /// The samples are Stokes I, one a channel, whatever NPOL says (heimdall never looks at it).
  bool ignore_pols = false;
  bool is_signed = false;  ///< 8 and 16 bits: two's complement.
};

/// What a DADA header says, after checking.
struct DadaHeader {
  /// `time.start` is that of the first byte behind the header, OBS_OFFSET included. `samples` is
  /// empty: FILE_SIZE and TRANSFER_SIZE are not to be trusted.
  Observation observation;
  std::size_t header_bytes = 4096;    ///< HDR_SIZE: where the samples of a file or stream begin.
  std::vector<std::string> warnings;  ///< What was odd, one sentence each.
};

/// What HDR_SIZE says, 4096 if it is missing: how much of a stream to read before parsing it.
/// @param beginning  The first 4096 bytes will do; HDR_SIZE stands near the top.
/// @throws InputError if it is no number from 1 to 2^24, or if this is no text.
std::size_t dada_header_bytes(std::string_view beginning);

/// Parses a header of samples in the order [time, channel], channel fastest.
///
/// Policy as for recordings: what is missing or odd but has only one sensible reading is read so
/// with a warning; what the samples cannot be found, scaled or timed without must be there, make
/// sense, and not be contradicted. docs/interfaces/dada.md has every key.
///
/// @param text  The header; what follows its first NUL is not looked at.
/// @throws InputError  naming the key; without the name of the stream, which the caller adds.
DadaHeader parse_dada_header(std::string_view text, const DadaHeaderOptions& options = {});

}  // namespace draftstream
