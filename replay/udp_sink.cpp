#include "replay/udp_sink.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/socket_address.hpp"

namespace draftstream {
namespace {

ConfigError bad(const PacketUrl& url, const std::string& found, const std::string& expected) {
  return ConfigError(
      fmt::format("URL '{}': found {}, expected {}", url.describe(), found, expected));
}

constexpr std::chrono::milliseconds retry{1};

std::string reason() {
  return std::generic_category().message(errno);
}

template <class Value>
bool set(int socket, int level, int option, const Value& value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

}  // namespace

UdpSink::UdpSink(const PacketUrl& url, const StopEvent& stop,
                 const std::function<void(const std::string&)>& told)
    : name_{url.describe().substr(0, url.describe().find('?'))}, stop_{stop} {
  if (url.host.empty() || url.port == "0") {
    throw bad(url, "all addresses, or any port", "the address and port of a receiver or a group");
  }
  std::string problem;
  const SocketAddresses found = look_up(url.host, url.port, SOCK_DGRAM, 0, problem);
  if (!found) {
    throw TryAgain(
        fmt::format("{}: found no such address ({}), expected one of a receiver", name_, problem));
  }
  socket_ =
      FileDescriptor{::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket_.is_open()) throw std::system_error(errno, std::generic_category(), name_);
  const auto* const bytes = reinterpret_cast<const std::byte*>(found->ai_addr);
  address_.assign(bytes, bytes + found->ai_addrlen);
  choose_interface(url, found->ai_family, is_group(*found));
  set_buffer(url, told);
}

void UdpSink::choose_interface(const PacketUrl& url, int family, bool group) {
  const int hops = static_cast<int>(url.count("ttl", 1, 255, 1));
  const int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  if (group || url.has("ttl")) {
    const int of_groups = family == AF_INET6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL;
    const int of_others = family == AF_INET6 ? IPV6_UNICAST_HOPS : IP_TTL;
    if (!set(socket_.get(), level, group ? of_groups : of_others, hops)) {
      url.refuse("ttl", fmt::format("one that the system takes ({})", reason()));
    }
  }
  if (url.interface.empty()) return;
  in_addr own{};
  const bool address = ::inet_pton(AF_INET, url.interface.c_str(), &own) == 1;
  const auto index = static_cast<int>(::if_nametoindex(url.interface.c_str()));
  if (index == 0 && !(address && family == AF_INET)) {
    throw bad(url, fmt::format("interface '{}'", url.interface), "one of this machine");
  }
  bool chosen = true;
  if (group && family == AF_INET6) {
    chosen = set(socket_.get(), level, IPV6_MULTICAST_IF, index);
  } else if (group) {
    const ip_mreqn request{{}, own, index};
    chosen = set(socket_.get(), level, IP_MULTICAST_IF, request);
  } else if (address) {
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr = own;
    chosen = ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0;
  } else {
    chosen = ::setsockopt(socket_.get(), SOL_SOCKET, SO_BINDTODEVICE, url.interface.data(),
                          static_cast<socklen_t>(url.interface.size())) == 0;
  }
  if (!chosen) {
    throw bad(
        url, fmt::format("interface '{}', which cannot be sent from ({})", url.interface, reason()),
        "one of this machine");
  }
}

void UdpSink::set_buffer(const PacketUrl& url,
                         const std::function<void(const std::string&)>& told) {
  if (!url.has("sndbuf_bytes")) return;
  const int asked = static_cast<int>(url.count("sndbuf_bytes", 1024, 1U << 30U, 0));
  if (!set(socket_.get(), SOL_SOCKET, SO_SNDBUFFORCE, asked)) {
    (void)set(socket_.get(), SOL_SOCKET, SO_SNDBUF, asked);
  }
  int got = 0;
  socklen_t length = sizeof got;
  (void)::getsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &got, &length);
  // The kernel tells twice what it gave.
  if (got / 2 < asked && told) {
    told(
        fmt::format("{}: a buffer of {} bytes was given, {} were asked for; net.core.wmem_max "
                    "limits it",
                    name_, got / 2, asked));
  }
}

bool UdpSink::send(std::span<const std::byte> datagram) {
  const auto* const to = reinterpret_cast<const sockaddr*>(address_.data());
  const auto length = static_cast<socklen_t>(address_.size());
  for (;;) {
    if (::sendto(socket_.get(), datagram.data(), datagram.size(), 0, to, length) >= 0) return true;
    if (errno == EINTR) continue;
    // ENOBUFS: the queue of the interface is full, and nothing tells when it no longer is.
    if (errno != EAGAIN && errno != ENOBUFS) {
      throw std::runtime_error(fmt::format("{}: a datagram of {} bytes could not be sent ({})",
                                           name_, datagram.size(), reason()));
    }
    const bool queue_full = errno == ENOBUFS;
    if (!stop_.wait(socket_.get(), POLLOUT)) return false;
    if (queue_full && !stop_.wait_until(std::chrono::steady_clock::now() + retry)) return false;
  }
}

}  // namespace draftstream
