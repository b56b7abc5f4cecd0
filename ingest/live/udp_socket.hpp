// Datagrams, many at a time, until someone says stop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ingest/live/file_descriptor.hpp"
#include "ingest/live/stop_event.hpp"

namespace draftstream {

/// Where datagrams are to come in.
struct UdpAddress {
  std::string interface;  ///< A name or an address; "" = any, for a group the routes' own.
  std::string host;       ///< An address of this machine, or a multicast group; "" = all.
  std::string port;       ///< A number; "0" = any that is free.
  std::string source;     ///< The only sender listened to, of a group; "" = anyone.
};

struct UdpOptions {
  /// Of the kernel, for what comes while nobody reads.
  std::size_t buffer_bytes = std::size_t{256} << 20U;
  std::size_t longest_datagram = 9216;  ///< [bytes] A longer one is not taken.
  std::size_t batch = 64;               ///< Datagrams taken at once, at most.
};

/// One that came.
struct UdpDatagram {
  std::span<const std::byte> bytes;
  std::int64_t arrived_ns = 0;  ///< UNIX time, by the kernel [ns]; 0 where it did not say.
};

/// A socket that datagrams come in by. What comes while nobody reads waits in the kernel's buffer,
/// and is lost, and counted, when that is full.
///
/// All memory is taken by the constructors. Threads: one at a time.
class UdpSocket {
 public:
  /// Binds; joins the group, if the host is one.
  /// @throws ConfigError if that cannot be done: place, found, expected.
  UdpSocket(const UdpAddress& address, const UdpOptions& options);
  /// Takes a socket over that somebody else has bound, as systemd does.
  /// @throws ConfigError if it is no socket of datagrams.
  UdpSocket(FileDescriptor socket, const UdpOptions& options);
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  /// "127.0.0.1:5000": with the port that was taken, if any was to be.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

  /// Waits for datagrams, at most until `moment`. If ready, datagrams() has those that came.
  /// @throws std::system_error if the socket fails.
  [[nodiscard]] Waited receive(const StopEvent& stop, std::chrono::steady_clock::time_point moment);
  /// Of the last receive(), in order of arrival; valid until the next one. May be none, where all
  /// were too long.
  [[nodiscard]] std::span<const UdpDatagram> datagrams() const noexcept;

  /// Datagrams of more than options.longest_datagram bytes, so far.
  [[nodiscard]] std::uint64_t truncated() const noexcept { return truncated_; }
  /// Datagrams that the kernel's buffer had no room for, as far as told with those that came.
  [[nodiscard]] std::uint64_t kernel_drops() const noexcept { return drops_; }
  /// The same, those behind the last one that came included: the kernel is asked.
  std::uint64_t ask_kernel_drops() noexcept;

  [[nodiscard]] std::size_t buffer_asked() const noexcept { return options_.buffer_bytes; }
  /// [bytes] That the kernel gave.
  [[nodiscard]] std::size_t buffer_granted() const noexcept { return buffer_granted_; }

 private:
  struct Slab;

  void open(const UdpAddress& address);
  void prepare();
  void note_drops(std::uint32_t counter) noexcept;
  void take_in(std::size_t count);

  UdpOptions options_;
  FileDescriptor socket_;
  std::string address_;
  std::size_t buffer_granted_ = 0;
  std::uint64_t truncated_ = 0;
  std::uint64_t drops_ = 0;
  std::uint32_t drops_told_ = 0;  // the kernel's counter, which wraps around
  std::unique_ptr<Slab> slab_;
};

}  // namespace draftstream
