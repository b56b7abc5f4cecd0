#include "ingest/live/byte_streams.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/tcp_socket.hpp"

namespace draftstream {
namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

MissingInput missing(const std::string& path, int error) {
  return MissingInput(fmt::format("{}: cannot be read: {}", path, reason(error)));
}

// Opens what is of a kind: S_IFREG, S_IFIFO.
FileDescriptor open_as(const std::string& path, unsigned kind, const char* expected) {
  FileDescriptor descriptor{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  struct stat status {};
  if (!descriptor.is_open() || ::fstat(descriptor.get(), &status) != 0) {
    throw missing(path, errno);
  }
  if ((status.st_mode & S_IFMT) != kind) {
    throw MissingInput(fmt::format("{}: found something else, expected {}", path, expected));
  }
  return descriptor;
}

// Standard input, or a file: one stream that is there from the beginning.
class OneStream final : public ByteStreams {
 public:
  explicit OneStream(ByteStream stream) : stream_{std::move(stream)} {}

  std::optional<ByteStream> next(const StopEvent& /*stop*/) override {
    return std::exchange(stream_, std::nullopt);
  }
  [[nodiscard]] bool goes_on() const noexcept override { return false; }

 private:
  std::optional<ByteStream> stream_;
};

// A connection that is made when it is asked for.
class Connection final : public ByteStreams {
 public:
  explicit Connection(StreamUrl url) : url_{std::move(url)} {}

  std::optional<ByteStream> next(const StopEvent& stop) override {
    if (std::exchange(made_, true)) return std::nullopt;
    auto connection = connect_tcp(url_, stop);
    if (!connection) return std::nullopt;
    return ByteStream{std::move(connection->socket), false, url_.text};
  }
  [[nodiscard]] bool goes_on() const noexcept override { return false; }

 private:
  StreamUrl url_;
  bool made_ = false;
};

// A stream a connection.
class Connections final : public ByteStreams {
 public:
  Connections(const StreamUrl& url, const std::function<void(const std::string&)>& told,
              std::optional<int> socket)
      : listener_{socket ? TcpListener{FileDescriptor{*socket}, url} : TcpListener{url}} {
    told(fmt::format("listening on tcp://{}", listener_.address()));
  }

  std::optional<ByteStream> next(const StopEvent& stop) override {
    auto connection = listener_.next(stop);
    if (!connection) return std::nullopt;
    return ByteStream{std::move(connection->socket), false,
                      fmt::format("{} at tcp://{}", connection->peer, listener_.address())};
  }
  [[nodiscard]] bool goes_on() const noexcept override { return true; }

 private:
  TcpListener listener_;
};

// A stream a writer: it begins with its first byte, and ends when it closes.
class Fifo final : public ByteStreams {
 public:
  Fifo(std::string path, std::function<void(const std::string&)> told)
      : path_{std::move(path)}, told_{std::move(told)}, held_{open()} {}

  std::optional<ByteStream> next(const StopEvent& stop) override {
    for (bool is_first = true;; is_first = false) {
      // Opened before the last one is closed, or a writer that came meanwhile would lose its
      // reader. Anew, because the last one goes on saying that its writer has left.
      FileDescriptor fresh = open();
      held_ = FileDescriptor{::fcntl(fresh.get(), F_DUPFD_CLOEXEC, 0)};
      if (is_first) told_(fmt::format("waiting for a writer of {}", path_));
      if (!stop.wait(fresh.get(), POLLIN)) return std::nullopt;
      int bytes = 0;
      if (::ioctl(fresh.get(), FIONREAD, &bytes) == 0 && bytes > 0) {
        return ByteStream{std::move(fresh), false, path_};
      }
      // A writer came and went without a word.
    }
  }
  [[nodiscard]] bool goes_on() const noexcept override { return true; }
  [[nodiscard]] bool keeps_rest() const noexcept override { return true; }

 private:
  [[nodiscard]] FileDescriptor open() const {
    return open_as(path_, S_IFIFO, "a FIFO, as mkfifo makes it");
  }

  std::string path_;
  std::function<void(const std::string&)> told_;
  FileDescriptor held_;  // between two streams
};

}  // namespace

BytesRead read_some(const ByteStream& stream, std::span<std::byte> to, const StopEvent& stop) {
  const int descriptor = stream.descriptor.get();
  // A busy stream never comes to the wait below, so stop is looked at for each piece.
  if (stop.stopped()) return {0, true, false, ""};
  bool wait = stream.may_block;
  for (;;) {
    if (wait && !stop.wait(descriptor, POLLIN)) return {0, true, false, ""};
    const auto got = ::read(descriptor, to.data(), to.size());
    if (got > 0) return {static_cast<std::size_t>(got), false, false, ""};
    if (got == 0) return {0, false, true, ""};
    if (errno != EAGAIN && errno != EINTR) return {0, false, true, reason(errno)};
    wait = wait || errno == EAGAIN;
  }
}

std::unique_ptr<ByteStreams> open_byte_streams(const StreamUrl& url,
                                               const std::function<void(const std::string&)>& told,
                                               std::optional<int> socket) {
  if (socket && url.kind != StreamKind::tcp_listen) {
    throw ConfigError(fmt::format("{}: {}", url.text, no_use_for_socket));
  }
  switch (url.kind) {
    case StreamKind::standard: {
      FileDescriptor input{::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)};
      if (!input.is_open()) throw missing("standard input", errno);
      return std::make_unique<OneStream>(ByteStream{std::move(input), true, "standard input"});
    }
    case StreamKind::file:
      return std::make_unique<OneStream>(
          ByteStream{open_as(url.path, S_IFREG, "a file"), false, url.path});
    case StreamKind::fifo:
      return std::make_unique<Fifo>(url.path, told);
    case StreamKind::tcp:
      return std::make_unique<Connection>(url);
    case StreamKind::tcp_listen:
      return std::make_unique<Connections>(url, told, socket);
  }
  throw std::logic_error("open_byte_streams: an unknown kind");
}

}  // namespace draftstream
