// TCP connections that are made, or waited for, until someone says stop.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "ingest/live/file_descriptor.hpp"
#include "ingest/live/stop_event.hpp"
#include "ingest/live/stream_url.hpp"

namespace draftstream {

/// A connection: blocks on nothing, and notices within half a minute that its peer's machine or
/// network is gone.
struct TcpConnection {
  FileDescriptor socket;
  std::string peer;  ///< "127.0.0.1:40000"
};

/// Tries the addresses of the host, one after another.
/// @param deadline  For all of them; empty = as long as the system tries, minutes.
/// @return Empty once stopped.
/// @throws TryAgain if nobody answers there, or the name is not known.
std::optional<TcpConnection> connect_tcp(
    const StreamUrl& url, const StopEvent& stop,
    std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt);

/// Waits for connections, one after another; those that come meanwhile wait in the system's queue.
///
/// Threads: one at a time.
class TcpListener {
 public:
  /// @throws ConfigError if the address cannot be listened at.
  explicit TcpListener(const StreamUrl& url);
  /// Takes over one that listens already, wherever it does.
  /// @param url  For messages.
  /// @throws ConfigError if it does not listen, or is of another kind.
  TcpListener(FileDescriptor socket, const StreamUrl& url);
  /// "127.0.0.1:5000": with the port that was taken, if any was to be.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  /// @return Empty once stopped.
  std::optional<TcpConnection> next(const StopEvent& stop);

 private:
  FileDescriptor socket_;
  std::string address_;
};

}  // namespace draftstream
