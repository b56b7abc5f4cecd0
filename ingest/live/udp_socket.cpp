#include "ingest/live/udp_socket.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/socket_address.hpp"

namespace draftstream {
namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

bool set(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

std::string text_of(const UdpAddress& address) {
  const bool colons = address.host.find(':') != std::string::npos;
  return fmt::format("udp://{}{}{}", address.interface.empty() ? "" : address.interface + "@",
                     colons ? "[" + address.host + "]" : address.host, ":" + address.port);
}

ConfigError refused(const UdpAddress& address, const std::string& found,
                    const std::string& expected) {
  return ConfigError(fmt::format("{}: found {}, expected {}", text_of(address), found, expected));
}

// By its name, or by an address that it has. @return 0: there is none.
unsigned index_of(const std::string& interface) {
  if (const unsigned index = ::if_nametoindex(interface.c_str()); index != 0) return index;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return 0;
  unsigned index = 0;
  for (const ifaddrs* one = all; one != nullptr && index == 0; one = one->ifa_next) {
    char text[INET6_ADDRSTRLEN] = "";
    if (one->ifa_addr == nullptr) continue;
    if (one->ifa_addr->sa_family == AF_INET) {
      const auto* in = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
      ::inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      const auto* in = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
      ::inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
    }
    if (interface == text) index = ::if_nametoindex(one->ifa_name);
  }
  ::freeifaddrs(all);
  return index;
}

unsigned interface_of(const UdpAddress& address) {
  if (address.interface.empty()) return 0;
  const unsigned index = index_of(address.interface);
  if (index == 0) {
    throw refused(address, fmt::format("interface '{}'", address.interface),
                  "the name or an address of one of this machine's, as `ip address` has them");
  }
  return index;
}

// Packets of one interface only.
void bind_to_interface(int socket, const UdpAddress& address) {
  char name[IF_NAMESIZE] = "";
  ::if_indextoname(interface_of(address), name);
  if (::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, name,
                   static_cast<socklen_t>(std::strlen(name))) != 0) {
    throw refused(address, fmt::format("interface '{}' ({})", address.interface, reason(errno)),
                  "one that sockets may be bound to");
  }
}

// Of one source of the group, or of all. Kernels give the packets of a group to every socket of its
// port, unless told not to.
void join(int socket, const addrinfo& group, const UdpAddress& address) {
  const unsigned interface = interface_of(address);
  const bool four = group.ai_family == AF_INET;
  const int level = four ? IPPROTO_IP : IPPROTO_IPV6;
  (void)set(socket, level, four ? IP_MULTICAST_ALL : IPV6_MULTICAST_ALL, 0);
  int failed = 0;
  if (address.source.empty()) {
    group_req request{};
    request.gr_interface = interface;
    std::memcpy(&request.gr_group, group.ai_addr, group.ai_addrlen);
    failed = ::setsockopt(socket, level, MCAST_JOIN_GROUP, &request, sizeof request);
  } else {
    std::string problem;
    const SocketAddresses source = look_up(address.source, "0", SOCK_DGRAM, 0, problem);
    if (!source || source->ai_family != group.ai_family) {
      throw refused(address, fmt::format("source '{}'", address.source),
                    "an address of the group's kind");
    }
    group_source_req request{};
    request.gsr_interface = interface;
    std::memcpy(&request.gsr_group, group.ai_addr, group.ai_addrlen);
    std::memcpy(&request.gsr_source, source->ai_addr, source->ai_addrlen);
    failed = ::setsockopt(socket, level, MCAST_JOIN_SOURCE_GROUP, &request, sizeof request);
  }
  if (failed != 0) {
    throw refused(address, fmt::format("a group that cannot be joined ({})", reason(errno)),
                  "an interface that takes multicast, and no more groups than "
                  "net.ipv4.igmp_max_memberships");
  }
}

// Big enough for both messages that come with a datagram.
constexpr std::size_t control_bytes =
    CMSG_SPACE(sizeof(std::uint32_t)) + CMSG_SPACE(sizeof(timespec));

struct alignas(cmsghdr) Control {
  std::array<std::byte, control_bytes> bytes;
};

}  // namespace

// Room for a batch.
struct UdpSocket::Slab {
  explicit Slab(const UdpOptions& options)
      : bytes(options.batch * options.longest_datagram),
        pieces(options.batch),
        controls(options.batch),
        messages(options.batch) {
    for (std::size_t i = 0; i < options.batch; ++i) {
      pieces[i] = {bytes.data() + i * options.longest_datagram, options.longest_datagram};
    }
    came.reserve(options.batch);
  }

  // What a call has changed.
  void reset() noexcept {
    for (std::size_t i = 0; i < messages.size(); ++i) {
      msghdr& header = messages[i].msg_hdr;
      header = {};
      header.msg_iov = &pieces[i];
      header.msg_iovlen = 1;
      header.msg_control = controls[i].bytes.data();
      header.msg_controllen = control_bytes;
    }
    came.clear();
  }

  std::vector<std::byte> bytes;  // [datagram, byte]
  std::vector<iovec> pieces;
  std::vector<Control> controls;
  std::vector<mmsghdr> messages;
  std::vector<UdpDatagram> came;
};

UdpSocket::UdpSocket(const UdpAddress& address, const UdpOptions& options) : options_{options} {
  open(address);
  prepare();
}

UdpSocket::UdpSocket(FileDescriptor socket, const UdpOptions& options)
    : options_{options}, socket_{std::move(socket)} {
  int kind = 0;
  socklen_t length = sizeof kind;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_TYPE, &kind, &length) != 0 || kind != SOCK_DGRAM) {
    throw ConfigError(fmt::format(
        "descriptor {}: found something else, expected a socket of datagrams", socket_.get()));
  }
  prepare();
}

UdpSocket::~UdpSocket() = default;

void UdpSocket::open(const UdpAddress& address) {
  std::string problem;
  const SocketAddresses found =
      look_up(address.host, address.port, SOCK_DGRAM, AI_PASSIVE, problem);
  for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    FileDescriptor socket{::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                                   one->ai_protocol)};
    const bool group = is_group(*one);
    // Several may listen to a group; of an address, the later one would take all from the earlier.
    if (group) (void)set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (!group && !address.source.empty()) {
      throw refused(address, fmt::format("source '{}' without a group", address.source),
                    "a multicast group, or no source");
    }
    if (!group && !address.interface.empty()) bind_to_interface(socket.get(), address);
    if (socket.is_open() && ::bind(socket.get(), one->ai_addr, one->ai_addrlen) == 0) {
      if (group) join(socket.get(), *one, address);
      socket_ = std::move(socket);
      return;
    }
    problem = reason(errno);
  }
  throw refused(address, fmt::format("an address that cannot be listened at ({})", problem),
                "one of this machine or a multicast group, and a port that is free");
}

void UdpSocket::prepare() {
  const int socket = socket_.get();
  const auto asked = static_cast<int>(options_.buffer_bytes);
  // Without the right to more than net.core.rmem_max, that much is given without a word.
  if (!set(socket, SOL_SOCKET, SO_RCVBUFFORCE, asked)) {
    (void)set(socket, SOL_SOCKET, SO_RCVBUF, asked);
  }
  int got = 0;
  socklen_t length = sizeof got;
  (void)::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &got, &length);
  buffer_granted_ = static_cast<std::size_t>(got) / 2;  // it says twice what it gives
  (void)set(socket, SOL_SOCKET, SO_RXQ_OVFL, 1);
  (void)set(socket, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  (void)ask_kernel_drops();
  drops_ = 0;  // what was lost before us is not ours
  address_ = own_address(socket);
  slab_ = std::make_unique<Slab>(options_);
}

void UdpSocket::note_drops(std::uint32_t counter) noexcept {
  // One that came with a datagram is older than one that was asked for.
  const auto more = static_cast<std::int32_t>(counter - drops_told_);
  if (more <= 0) return;
  drops_ += static_cast<std::uint64_t>(more);
  drops_told_ = counter;
}

std::uint64_t UdpSocket::ask_kernel_drops() noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> values{};
  socklen_t length = sizeof values;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_MEMINFO, values.data(), &length) == 0 &&
      length > SK_MEMINFO_DROPS * sizeof values[0]) {
    note_drops(values[SK_MEMINFO_DROPS]);
  }
  return drops_;
}

Waited UdpSocket::receive(const StopEvent& stop, std::chrono::steady_clock::time_point moment) {
  // A busy socket never comes to the wait below, so stop is looked at for each batch.
  if (stop.stopped()) return Waited::stopped;
  for (;;) {
    slab_->reset();
    const int count =
        ::recvmmsg(socket_.get(), slab_->messages.data(),
                   static_cast<unsigned>(slab_->messages.size()), MSG_DONTWAIT, nullptr);
    if (count > 0) {
      take_in(static_cast<std::size_t>(count));
      return Waited::ready;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      throw std::system_error(errno, std::generic_category(), "udp://" + address_);
    }
    const Waited waited = stop.wait(socket_.get(), POLLIN, moment);
    if (waited != Waited::ready) return waited;
  }
}

void UdpSocket::take_in(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    msghdr& header = slab_->messages[i].msg_hdr;
    UdpDatagram datagram;
    for (cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one)) {
      if (one->cmsg_level != SOL_SOCKET) continue;
      if (one->cmsg_type == SO_RXQ_OVFL) {
        std::uint32_t counter = 0;
        std::memcpy(&counter, CMSG_DATA(one), sizeof counter);
        note_drops(counter);
      } else if (one->cmsg_type == SCM_TIMESTAMPNS) {
        timespec at{};
        std::memcpy(&at, CMSG_DATA(one), sizeof at);
        datagram.arrived_ns = std::int64_t{1'000'000'000} * at.tv_sec + at.tv_nsec;
      }
    }
    if ((header.msg_flags & MSG_TRUNC) != 0) {
      ++truncated_;
      continue;
    }
    datagram.bytes = {static_cast<const std::byte*>(slab_->pieces[i].iov_base),
                      slab_->messages[i].msg_len};
    slab_->came.push_back(datagram);
  }
}

std::span<const UdpDatagram> UdpSocket::datagrams() const noexcept {
  return slab_->came;
}

}  // namespace draftstream
