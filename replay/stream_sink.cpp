#include "replay/stream_sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/tcp_socket.hpp"

namespace draftstream {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A new one: what is there may be the recording that is to be sent.
FileDescriptor create_file(const StreamUrl& url) {
  FileDescriptor file{::open(url.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
  if (!file.is_open() && errno == EEXIST) {
    throw ConfigError(fmt::format("{}: found a file, expected none there", url.text));
  }
  if (!file.is_open()) fail(url.path + ": cannot be created");
  return file;
}

FileDescriptor open_fifo(const StreamUrl& url) {
  struct stat status {};
  if (::stat(url.path.c_str(), &status) != 0 || !S_ISFIFO(status.st_mode)) {
    throw MissingInput(
        fmt::format("{}: found none there, expected a FIFO, as mkfifo makes it", url.text));
  }
  FileDescriptor fifo{::open(url.path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)};
  if (!fifo.is_open() && errno == ENXIO) {
    throw TryAgain(fmt::format("{}: found nobody who reads it, expected a reader", url.text));
  }
  if (!fifo.is_open()) fail(url.path + ": cannot be written to");
  return fifo;
}

}  // namespace

std::optional<StreamSink> open_stream_sink(const StreamUrl& url, const StopEvent& stop,
                                           const std::function<void(const std::string&)>& told) {
  switch (url.kind) {
    case StreamKind::standard: {
      FileDescriptor output{::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)};
      if (!output.is_open()) fail("standard output");
      return StreamSink{std::move(output), true, "standard output"};
    }
    case StreamKind::file:
      return StreamSink{create_file(url), false, url.path};
    case StreamKind::fifo:
      return StreamSink{open_fifo(url), false, url.path};
    case StreamKind::tcp: {
      auto connection = connect_tcp(url, stop);
      if (!connection) return std::nullopt;
      return StreamSink{std::move(connection->socket), false, url.text};
    }
    case StreamKind::tcp_listen: {
      TcpListener listener{url};
      told(fmt::format("listening on tcp://{}", listener.address()));
      auto connection = listener.next(stop);
      if (!connection) return std::nullopt;
      return StreamSink{std::move(connection->socket), false, connection->peer};
    }
  }
  throw std::logic_error("open_stream_sink: an unknown kind");
}

bool write_all(const StreamSink& sink, std::span<const std::byte> bytes, const StopEvent& stop) {
  // What a pipe that has room at all takes without blocking.
  const std::size_t most = sink.may_block ? PIPE_BUF : bytes.size();
  while (!bytes.empty()) {
    if (!stop.wait(sink.descriptor.get(), POLLOUT)) return false;
    const auto written = ::write(sink.descriptor.get(), bytes.data(), std::min(most, bytes.size()));
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EAGAIN && errno != EINTR) {
      fail(sink.name);
    }
  }
  return true;
}

}  // namespace draftstream
