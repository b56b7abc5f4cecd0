// Streams of bytes from one place, one after another.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "ingest/live/file_descriptor.hpp"
#include "ingest/live/stop_event.hpp"
#include "ingest/live/stream_url.hpp"

namespace draftstream {

/// A stream that is open for reading.
struct ByteStream {
  FileDescriptor descriptor;
  bool may_block = false;  ///< A read without bytes would block: it is waited for before.
  std::string name;        ///< "standard input", a path, a URL with the peer's address.
};

/// What came of a read.
struct BytesRead {
  std::size_t bytes = 0;
  bool stopped = false;
  bool ended = false;   ///< Nothing more will come.
  std::string problem;  ///< Why it ended, where that was not its writer's wish; else "".
};

/// Waits for bytes, at least one.
/// @param to  Not empty.
[[nodiscard]] BytesRead read_some(const ByteStream& stream, std::span<std::byte> to,
                                  const StopEvent& stop);

/// Threads: one at a time; `stop` ends the waits.
class ByteStreams {
 public:
  virtual ~ByteStreams() = default;
  /// Waits until the next stream has begun.
  /// @return Empty if there is none, or once stopped.
  /// @throws TryAgain  if it is to come from a peer that is not there.
  virtual std::optional<ByteStream> next(const StopEvent& stop) = 0;
  /// Whether another may follow the one that was given last.
  [[nodiscard]] virtual bool goes_on() const noexcept = 0;
  /// Whether what is left of a stream comes with the next one, unless it is read to its end.
  [[nodiscard]] virtual bool keeps_rest() const noexcept { return false; }
};

/// What is wrong with a socket that was handed over for a stream that listens at none.
inline constexpr const char* no_use_for_socket =
    "found a socket that was handed over, expected none: this stream listens at no socket";

/// @param told  Is told where peers are waited for, in a sentence.
/// @param socket  That listens already; see LiveOptions.
/// @throws MissingInput if a file or FIFO is not there; ConfigError if an address cannot be
///         listened at.
std::unique_ptr<ByteStreams> open_byte_streams(const StreamUrl& url,
                                               const std::function<void(const std::string&)>& told,
                                               std::optional<int> socket = std::nullopt);

}  // namespace draftstream
