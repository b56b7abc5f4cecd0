// The other end of a stream, by plain system calls.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>

namespace draftstream::test {

/// A descriptor that bytes are written to.
class StreamPeer {
 public:
  explicit StreamPeer(int descriptor) : descriptor_{descriptor} {
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "StreamPeer");
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~StreamPeer() { leave(); }
  StreamPeer(const StreamPeer&) = delete;
  StreamPeer& operator=(const StreamPeer&) = delete;

  /// @return false if nobody takes them any more.
  bool write(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const auto written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
  }
  void leave() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  /// As a program that is killed with unread data does: the connection is reset.
  void vanish() {
    const linger at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    leave();
  }

 private:
  int descriptor_;
};

/// Waits for the reader of a FIFO.
inline int open_fifo(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
}

/// @param address  "tcp://127.0.0.1:5000", or without the first part.
inline int connect_to(const std::string& address) {
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
    ::close(socket);
    return -1;
  }
  return socket;
}

/// A port of this machine where nobody listens: it was free a moment ago.
inline int unused_port() {
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t length = sizeof own;
  const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&own), length) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &length) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no port is free");
  return ntohs(own.sin_port);
}

}  // namespace draftstream::test
