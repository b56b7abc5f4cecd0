// Recordings of several beams of one receiver.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "replay/recording.hpp"

namespace draftstream {

struct BeamFile {
  std::string path;
  std::optional<int> beam;  ///< That it is of, whatever its header says; empty: the header tells.
};

/// A file that could not be opened, or not be trusted.
struct RefusedFile {
  BeamFile file;
  std::exception_ptr error;  ///< InputError or MissingInput.
};

/// Opens files of one beam or of several. Those of a beam continue each other and become one
/// recording, as by join_recordings(). Where at most one beam is named anywhere, all files are of
/// that one.
///
/// Beams may begin and end at different times, and differ in sampling time, sample format and
/// channels.
///
/// @param files    At least one.
/// @param refused  Takes files that cannot be opened by themselves, as long as there are others;
///                 where they should be is a gap. Null: the first of them ends it.
/// @return One recording a beam, by number.
/// @throws InputError  also if a file's beam is not known and there are several, if beams begin
///         more than a day apart (longest_pause_s), or if there is no frequency that all of them
///         have.
std::vector<std::unique_ptr<Recording>> open_beams(std::span<const BeamFile> files,
                                                   const OpenOptions& options = {},
                                                   std::vector<RefusedFile>* refused = nullptr);

}  // namespace draftstream
