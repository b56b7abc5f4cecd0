// Where a stream of bytes goes.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "ingest/live/file_descriptor.hpp"
#include "ingest/live/stop_event.hpp"
#include "ingest/live/stream_url.hpp"

namespace draftstream {

/// A stream that is open for writing. The process must ignore SIGPIPE.
struct StreamSink {
  FileDescriptor descriptor;
  bool may_block = false;  ///< A write that finds no room would block: it is made in small pieces.
  std::string name;
};

/// Standard output, a new file, a FIFO that is read, a connection that is made or waited for.
/// @param told  Is told where a peer is waited for.
/// @return Empty once stopped.
/// @throws TryAgain     if nobody reads the FIFO, or nobody listens.
/// @throws MissingInput if there is no such FIFO.
/// @throws ConfigError  if the file is there, or the address cannot be listened at.
/// @throws std::system_error if the file cannot be created.
std::optional<StreamSink> open_stream_sink(const StreamUrl& url, const StopEvent& stop,
                                           const std::function<void(const std::string&)>& told);

/// Writes all bytes, as fast as they are taken.
/// @return false once stopped; a part may have been written.
/// @throws std::system_error if they cannot be written: the peer has left, the disk is full.
bool write_all(const StreamSink& sink, std::span<const std::byte> bytes, const StopEvent& stop);

}  // namespace draftstream
