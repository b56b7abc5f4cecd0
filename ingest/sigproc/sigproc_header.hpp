// Reads the header of a SIGPROC filterbank file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "ingest/samples.hpp"
#include "ingest/sigproc/sigproc_fields.hpp"
#include "ingest/time_axis.hpp"

namespace draftstream {

/// What a SIGPROC header says, after checking. Unknown is empty, never 0.
struct SigprocHeader {
  FrequencyAxis frequency;  ///< From nchans with fch1 and foff, or with the fchannel table.
  TimeAxis time;            ///< tstart (MJD 0 where unknown, with a warning) and tsamp.
  SampleFormat format;      ///< As stored: nbits and signed; 32 bits are floats.
  int ifs = 1;              ///< nifs: 1, 2 or 4; a stored spectrum has shape [if, channel].

  std::string telescope;
  std::string backend;
  std::string source_name;
  std::optional<double> ra_deg;
  std::optional<double> dec_deg;
  std::optional<int> beam;
  std::optional<std::int64_t> claimed_samples;  ///< nsamples: not to be trusted.

  std::size_t data_byte = 0;          ///< Where the samples begin.
  std::vector<std::string> warnings;  ///< What was odd, one sentence each.
};

/// Parses the header at the start of `file`; looks at nothing after it.
///
/// Policy: what is missing or odd, but has only one sensible reading, is read so with a warning;
/// what the samples cannot be found, scaled or timed without must be there and make sense.
///
/// @param file  At least the whole header; a mapped file will do.
/// @throws InputError  without a file's name, which the caller adds.
/// @source As read_sigproc_fields().
SigprocHeader parse_sigproc_header(std::span<const std::byte> file);

/// The same from a header that is already taken apart.
SigprocHeader interpret_sigproc_fields(SigprocFields fields);

}  // namespace draftstream
