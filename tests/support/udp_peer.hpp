// A sender of datagrams, by plain system calls, that never sends faster than is read.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

namespace draftstream::test {

/// Bytes that wait in the receive buffers of this machine's UDP sockets of a port, as the kernel
/// counts them; 0 if there is no such socket.
inline std::uint64_t udp_queue(std::uint16_t port) {
  std::uint64_t bytes = 0;
  std::ifstream table{"/proc/net/udp"};
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    unsigned found = 0;
    unsigned long queued = 0;
    if (std::sscanf(line.c_str(), " %*u: %*8x:%x %*8x:%*x %*x %*x:%lx", &found, &queued) == 2 &&
        found == port) {
      bytes += queued;
    }
  }
  return bytes;
}

/// Bytes that a buffer certainly has room for, if the program asked for as much as it may have.
inline std::uint64_t udp_room() {
  std::uint64_t most = 0;
  std::ifstream{"/proc/sys/net/core/rmem_max"} >> most;
  return most / 4;
}

class UdpPeer {
 public:
  /// @param address  "udp://127.0.0.1:5000", or without the first part.
  /// @param from     Of this machine.
  /// @param most     Bytes that may wait to be read; by default less than half of the smallest
  ///                 buffer that a kernel gives (212992 bytes).
  explicit UdpPeer(const std::string& address, const char* from = "127.0.0.1",
                   std::uint64_t most = 40'000)
      : most_unread_{most}, socket_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    const auto colon = address.rfind(':');
    const auto slash = address.rfind('/', colon);
    const std::string host = address.substr(slash == std::string::npos ? 0 : slash + 1,
                                            colon - (slash == std::string::npos ? 0 : slash + 1));
    to_.sin_family = AF_INET;
    to_.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    ::inet_pton(AF_INET, host.c_str(), &to_.sin_addr);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &own.sin_addr);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
      throw std::system_error(errno, std::generic_category(), "UdpPeer");
    }
    // What goes to a group stays on this machine.
    ::setsockopt(socket_, IPPROTO_IP, IP_MULTICAST_IF, &own.sin_addr, sizeof own.sin_addr);
  }
  ~UdpPeer() { ::close(socket_); }
  UdpPeer(const UdpPeer&) = delete;
  UdpPeer& operator=(const UdpPeer&) = delete;

  /// Waits first until the reader has taken most of what was sent before.
  void send(std::span<const std::byte> bytes) {
    if ((unread_ += bytes.size() + 1024) > most_unread_) {
      while (udp_queue(port()) > most_unread_) std::this_thread::yield();
      unread_ = 0;
    }
    send_at_once(bytes);
  }
  void send_at_once(std::span<const std::byte> bytes) {
    if (::sendto(socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to_),
                 sizeof to_) != static_cast<ssize_t>(bytes.size())) {
      throw std::system_error(errno, std::generic_category(), "UdpPeer: send");
    }
  }
  [[nodiscard]] std::uint16_t port() const { return ntohs(to_.sin_port); }

 private:
  std::uint64_t most_unread_;  // each datagram counted with what the kernel holds beside it
  int socket_;
  sockaddr_in to_{};
  std::uint64_t unread_ = 0;
};

}  // namespace draftstream::test
