// SIGPROC filterbank files as recordings.
#pragma once

#include <memory>
#include <string>

#include "replay/recording.hpp"

namespace draftstream {

/// Opens a SIGPROC file, memory-mapped. Its samples lie as [time, if, channel], packed without
/// padding. With several IFs, one is picked or the first two are summed: integers of up to 8 bits
/// into 16 bits, wider ones into floats.
/// @throws MissingInput, InputError  as open_recording().
/// @throws ConfigError  if options.pick_if is no IF of this file.
std::unique_ptr<Recording> open_sigproc(const std::string& path, const OpenOptions& options);

}  // namespace draftstream
