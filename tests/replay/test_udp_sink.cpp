// Datagrams on their way out, against plain sockets.
#include "replay/udp_sink.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

// A socket that is bound to a free port of 127.0.0.1, or in a group.
class Receiver {
 public:
  explicit Receiver(const char* group = nullptr) : socket_{::socket(AF_INET, SOCK_DGRAM, 0)} {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(group == nullptr ? INADDR_LOOPBACK : INADDR_ANY);
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
    socklen_t length = sizeof own;
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &length) == 0);
    port_ = std::to_string(ntohs(own.sin_port));
    if (group == nullptr) return;
    ip_mreqn request{};
    ::inet_pton(AF_INET, group, &request.imr_multiaddr);
    request.imr_address.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::setsockopt(socket_, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) == 0);
  }
  ~Receiver() { ::close(socket_); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  [[nodiscard]] const std::string& port() const { return port_; }
  // Waits for one; fails after a minute.
  [[nodiscard]] std::vector<std::byte> next() const {
    pollfd ready{socket_, POLLIN, 0};
    REQUIRE(::poll(&ready, 1, 60'000) == 1);
    std::vector<std::byte> datagram(65'536);
    const auto size = ::recv(socket_, datagram.data(), datagram.size(), 0);
    REQUIRE(size >= 0);
    datagram.resize(static_cast<std::size_t>(size));
    return datagram;
  }

 private:
  int socket_;
  std::string port_;
};

std::vector<std::byte> bytes_of(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + size);
  return bytes;
}

}  // namespace

TEST_CASE("datagrams arrive as they were sent", "[replay][udp_sink]") {
  const auto group = GENERATE(as<const char*>{}, nullptr, "239.255.71.3");
  const Receiver receiver{group};
  const StopEvent stop;
  std::vector<std::string> told;
  const std::string address =
      group == nullptr ? "127.0.0.1:" : "127.0.0.1@" + std::string{group} + ":";
  UdpSink sink{
      parse_packet_url("udp+chime://" + address + receiver.port() + "?ttl=1&sndbuf_bytes=4096"),
      stop, [&told](const std::string& text) { told.push_back(text); }};
  for (const std::size_t size : {1U, 24U, 4272U, 65'507U}) {
    if (size > 60'000) continue;  // more than the buffer that was asked for
    REQUIRE(sink.send(bytes_of(size)));
    CHECK(receiver.next() == bytes_of(size));
  }
  CHECK(told.empty());
}

TEST_CASE("what cannot be sent to, or as one datagram, is refused", "[replay][udp_sink]") {
  const StopEvent stop;
  const auto open = [&stop](const std::string& url) { UdpSink{parse_packet_url(url), stop, {}}; };
  CHECK_THROWS_WITH(open("udp+chime://*:7000"), ContainsSubstring("found all addresses"));
  CHECK_THROWS_AS(open("udp+chime://127.0.0.1:0"), ConfigError);
  CHECK_THROWS_WITH(open("udp+chime://none7@127.0.0.1:7000"),
                    ContainsSubstring("found interface 'none7'"));
  CHECK_THROWS_AS(open("udp+chime://no.such.host.invalid:7000"), TryAgain);
  CHECK_THROWS_WITH(open("udp+chime://127.0.0.1:7000?ttl=0"), ContainsSubstring("found ttl = '0'"));
  UdpSink sink{parse_packet_url("udp+chime://127.0.0.1:7000"), stop, {}};
  CHECK_THROWS_WITH(sink.send(bytes_of(65'508)),
                    ContainsSubstring("a datagram of 65508 bytes could not be sent"));
}
