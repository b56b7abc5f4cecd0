// Where datagrams go.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ingest/live/file_descriptor.hpp"
#include "ingest/live/packet_url.hpp"
#include "ingest/live/stop_event.hpp"

namespace draftstream {

/// A UDP socket that sends to one address, or to a group. Whether anybody listens there is not
/// known, and no fault.
///
/// Of the URL it takes: the interface (a name, or an address of IPv4 where groups are sent from),
/// ttl (1 to 255, 1 unless told; of groups), sndbuf_bytes.
///
/// Threads: one at a time.
class UdpSink {
 public:
  /// @param stop  Outlives it.
  /// @param told  Is told if the system gives a smaller buffer than was asked for. May be empty.
  /// @throws ConfigError if the address is none, or nothing can be sent from that interface.
  UdpSink(const PacketUrl& url, const StopEvent& stop,
          const std::function<void(const std::string&)>& told);

  /// Waits where the system's buffer is full.
  /// @return false once stopped.
  /// @throws std::runtime_error naming the address if the system refuses to send.
  bool send(std::span<const std::byte> datagram);

 private:
  void choose_interface(const PacketUrl& url, int family, bool group);
  void set_buffer(const PacketUrl& url, const std::function<void(const std::string&)>& told);

  std::string name_;
  const StopEvent& stop_;
  FileDescriptor socket_;
  std::vector<std::byte> address_;  // a sockaddr
};

}  // namespace draftstream
