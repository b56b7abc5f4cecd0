// Writes SIGPROC filterbank files.
#pragma once

#include <memory>
#include <string>

#include "replay/recording_writer.hpp"

namespace draftstream {

/// Writes one IF, packed without padding between spectra; a frequency table instead of fch1 and
/// foff where the axis is irregular. finish() sets nsamples, which is 0 until then.
/// @throws std::invalid_argument, std::system_error  as make_recording_writer().
std::unique_ptr<RecordingWriter> make_sigproc_writer(const std::string& path,
                                                     const Observation& observation);

}  // namespace draftstream
