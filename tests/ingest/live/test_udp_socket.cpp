// Sockets of datagrams: what comes, what is lost, and how waits end.
#include "ingest/live/udp_socket.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <future>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/stream_peer.hpp"
#include "tests/support/udp_peer.hpp"

using namespace draftstream;
using test::UdpPeer;

namespace {

constexpr auto for_ever = std::chrono::steady_clock::time_point::max();

std::vector<std::byte> numbered(std::uint32_t number, std::size_t bytes) {
  std::vector<std::byte> datagram(bytes, static_cast<std::byte>(number * 7));
  std::memcpy(datagram.data(), &number, sizeof number);
  return datagram;
}

std::uint32_t number_of(const UdpDatagram& datagram) {
  std::uint32_t number = 0;
  std::memcpy(&number, datagram.bytes.data(), sizeof number);
  return number;
}

// The numbers of so many datagrams, or of more that came with them.
std::vector<std::uint32_t> receive(UdpSocket& socket, std::size_t count) {
  const StopEvent stop;
  std::vector<std::uint32_t> numbers;
  while (numbers.size() < count) {
    REQUIRE(socket.receive(stop, for_ever) == Waited::ready);
    for (const UdpDatagram& one : socket.datagrams()) numbers.push_back(number_of(one));
  }
  return numbers;
}

}  // namespace

TEST_CASE("datagrams come whole and in order, stamped; those that are too long do not",
          "[ingest][udp_socket]") {
  UdpOptions options;
  options.longest_datagram = 100;
  options.batch = 3;
  UdpSocket socket{{"", "127.0.0.1", "0", ""}, options};
  REQUIRE(socket.address().starts_with("127.0.0.1:"));
  CHECK(socket.buffer_granted() > 0);
  UdpPeer peer{socket.address()};
  for (std::uint32_t i = 0; i < 10; ++i) {
    peer.send(numbered(i, i == 4 ? 101 : i == 7 ? 60'000 : 91 + i));
  }
  const StopEvent stop;
  std::vector<std::uint32_t> numbers;
  while (numbers.size() < 8) {
    REQUIRE(socket.receive(stop, for_ever) == Waited::ready);
    CHECK(socket.datagrams().size() <= 3);
    for (const UdpDatagram& one : socket.datagrams()) {
      numbers.push_back(number_of(one));
      CHECK(one.bytes.size() == 91 + numbers.back());
      CHECK(one.bytes.back() == static_cast<std::byte>(numbers.back() * 7));
      CHECK(one.arrived_ns > std::int64_t{1'600'000'000} * 1'000'000'000);
    }
  }
  CHECK(numbers == std::vector<std::uint32_t>{0, 1, 2, 3, 5, 6, 8, 9});
  CHECK(socket.truncated() == 2);
  CHECK(socket.kernel_drops() == 0);
  CHECK(socket.receive(stop, std::chrono::steady_clock::now()) == Waited::timed_out);
}

TEST_CASE("what the kernel drops is what is missing by number", "[ingest][udp_socket]") {
  UdpOptions options;
  options.buffer_bytes = 20'000;
  UdpSocket socket{{"", "127.0.0.1", "0", ""}, options};
  CHECK(socket.buffer_granted() == 20'000);
  UdpPeer peer{socket.address()};
  std::uint32_t sent = 0;
  std::vector<std::uint32_t> numbers;
  for (int round = 0; round < 3; ++round) {
    // Nobody reads.
    for (int i = 0; i < 500; ++i) peer.send_at_once(numbered(sent++, 1000));
    // Those that were queued before the first was dropped bring an older count than this.
    const bool asked = round == 1;
    if (asked) (void)socket.ask_kernel_drops();
    while (test::udp_queue(peer.port()) > 0) {
      for (const std::uint32_t number : receive(socket, 1)) numbers.push_back(number);
    }
    // Those behind the last one that came: only the kernel knows of them.
    if (!asked) CHECK(numbers.size() + socket.kernel_drops() < sent);
    CHECK(numbers.size() + socket.ask_kernel_drops() == sent);
    // And as told with the next one that comes.
    peer.send(numbered(sent++, 1000));
    for (const std::uint32_t number : receive(socket, 1)) numbers.push_back(number);
    CHECK(numbers.size() + socket.kernel_drops() == sent);
  }
  CHECK(numbers.back() == sent - 1);
}

TEST_CASE("of a group, only the source that was asked for", "[ingest][udp_socket]") {
  UdpSocket anyone{{"lo", "239.77.1.2", "0", ""}, {}};
  const std::string port = anyone.address().substr(anyone.address().rfind(':') + 1);
  UdpSocket one{{"lo", "239.77.1.2", port, "127.0.0.1"}, {}};
  UdpSocket other{{"127.0.0.1", "239.77.1.3", port, ""}, {}};  // another group of the same port
  UdpPeer wanted{"239.77.1.2:" + port, "127.0.0.1"};
  UdpPeer stranger{"239.77.1.2:" + port, "127.0.0.2"};
  UdpPeer elsewhere{"239.77.1.3:" + port, "127.0.0.1"};
  stranger.send(numbered(1, 50));
  elsewhere.send(numbered(2, 50));
  wanted.send(numbered(3, 50));
  CHECK(receive(anyone, 2) == std::vector<std::uint32_t>{1, 3});
  CHECK(receive(one, 1) == std::vector<std::uint32_t>{3});
  CHECK(receive(other, 1) == std::vector<std::uint32_t>{2});
}

TEST_CASE("a socket that somebody else has bound", "[ingest][udp_socket]") {
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int bound = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(bound, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
  socklen_t length = sizeof own;
  REQUIRE(::getsockname(bound, reinterpret_cast<sockaddr*>(&own), &length) == 0);
  UdpPeer peer{"127.0.0.1:" + std::to_string(ntohs(own.sin_port))};
  peer.send(numbered(8, 50));  // before it was handed over
  UdpSocket socket{FileDescriptor{bound}, {}};
  peer.send(numbered(9, 50));
  CHECK(receive(socket, 2) == std::vector<std::uint32_t>{8, 9});

  const int stream = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK_THROWS_AS((UdpSocket{FileDescriptor{stream}, {}}), ConfigError);
}

TEST_CASE("addresses that cannot be listened at", "[ingest][udp_socket]") {
  const UdpSocket taken{{"", "127.0.0.1", "0", ""}, {}};
  const std::string port = taken.address().substr(taken.address().rfind(':') + 1);
  struct Row {
    UdpAddress address;
    const char* says;
  };
  const std::vector<Row> rows{
      {{"", "127.0.0.1", port, ""}, "Address already in use"},
      {{"", "192.0.2.1", "0", ""},
       "udp://192.0.2.1:0: found an address that cannot be listened at"},
      {{"nowhere0", "239.77.1.2", "0", ""}, "found interface 'nowhere0'"},
      {{"nowhere0", "127.0.0.1", "0", ""}, "found interface 'nowhere0'"},
      {{"lo", "239.77.1.2", "0", "no.such.host.invalid"}, "found source 'no.such.host.invalid'"},
      {{"", "127.0.0.1", "0", "127.0.0.1"}, "found source '127.0.0.1' without a group"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    CHECK_THROWS_AS((UdpSocket{row.address, {}}), ConfigError);
    CHECK_THROWS_WITH((UdpSocket{row.address, {}}), ContainsSubstring(row.says));
    CHECK_THROWS_WITH((UdpSocket{row.address, {}}), ContainsSubstring(", expected "));
  }
}

TEST_CASE("stop ends a wait for datagrams, and is heard among them", "[ingest][udp_socket]") {
  UdpSocket socket{{"", "127.0.0.1", "0", ""}, {}};
  StopEvent stop;
  auto waited = std::async(std::launch::async, [&] { return socket.receive(stop, for_ever); });
  stop.stop();
  CHECK(waited.get() == Waited::stopped);
  UdpPeer peer{socket.address()};
  peer.send(numbered(1, 50));
  CHECK(socket.receive(stop, for_ever) == Waited::stopped);
}
