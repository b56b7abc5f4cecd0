// Writing recordings: what a simulation or a trigger dump leaves behind.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "ingest/observation.hpp"

namespace draftstream {

/// A recording that grows from its first spectrum to its last. Nothing but the current piece is
/// kept in memory.
///
/// Threads: one at a time per object.
class RecordingWriter {
 public:
  RecordingWriter() = default;
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;
  virtual ~RecordingWriter() = default;

  /// Appends spectra.
  /// @param samples  Shape [time, channel], any number of whole spectra; rounded and clipped to
  ///                 the observation's format.
  /// @throws std::system_error if the disk refuses them.
  virtual void write(std::span<const float> samples) = 0;

  /// Completes headers and closes. A writer destroyed before leaves what it wrote, readable.
  virtual void finish() = 0;
};

/// @param path  Its ending picks the format: .fil is SIGPROC; .fits, .sf and .psrfits are PSRFITS.
/// @param observation  Header and sample format to be written.
/// @throws std::invalid_argument on another ending or a format the file cannot hold.
/// @throws std::system_error     if the file cannot be created.
std::unique_ptr<RecordingWriter> make_recording_writer(const std::string& path,
                                                       const Observation& observation);

}  // namespace draftstream
