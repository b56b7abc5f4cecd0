// Writing search-mode PSRFITS files.
#pragma once

#include <memory>
#include <string>

#include "replay/recording_writer.hpp"

namespace draftstream {

/// Writes row by row; after each row the headers count what is there, so that even a file whose
/// writer was killed can be read up to its last whole row. What a last row lacks is padded with
/// zeros, and NSTOT says how many spectra are data. Fields: docs/interfaces/psrfits.md.
/// @throws std::invalid_argument on a format that is none.
/// @throws std::system_error     if the file cannot be created.
std::unique_ptr<RecordingWriter> make_psrfits_writer(const std::string& path,
                                                     const Observation& observation);

}  // namespace draftstream
