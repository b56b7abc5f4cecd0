// What send sends into rings and as packets. Runs the real executable.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "replay/recording.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/ingest/live/system_v_ring.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;
using test::Program;
using test::program_path;
using test::TemporaryFolder;

namespace {

// 4 s of 64 channels with a burst; 1 ms samples.
std::string make_sky(const TemporaryFolder& folder, int beam) {
  const std::string path = folder.file(fmt::format("sky{}.fil", beam));
  const auto result = test::run_draftstream({"simulate", path, "--nchans", "64", "--tsamp", "1e-3",
                                             "--duration", "4", "--seed", std::to_string(beam),
                                             "--burst", "dm=300,t=1.5,width_ms=4,snr=25", "--beam",
                                             std::to_string(beam), "--quiet"});
  REQUIRE(result.status == 0);
  return path;
}

// A socket of 127.0.0.1 with a port of its own.
class Receiver {
 public:
  Receiver() : socket_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
    socklen_t length = sizeof own;
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &length) == 0);
    port_ = ntohs(own.sin_port);
    // All that a test sends, if the system lets it; it is read while it comes all the same.
    const int buffer = 4 << 20;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  }
  ~Receiver() { ::close(socket_); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  [[nodiscard]] int port() const { return port_; }
  // All datagrams up to the fifth of CHIME's words that the stream ends.
  [[nodiscard]] std::vector<std::vector<std::byte>> until_end() const {
    std::vector<std::vector<std::byte>> all;
    for (int ends = 0; ends < 5;) {
      pollfd ready{socket_, POLLIN, 0};
      if (::poll(&ready, 1, 60'000) != 1) break;
      std::vector<std::byte> one(65'536);
      const auto size = ::recv(socket_, one.data(), one.size(), 0);
      if (size < 0) break;
      one.resize(static_cast<std::size_t>(size));
      ends += size == 24 ? 1 : 0;
      all.push_back(std::move(one));
    }
    return all;
  }

 private:
  int socket_;
  int port_ = 0;
};

}  // namespace

TEST_CASE("send tells exactly which packets it has sent", "[app][send][e2e]") {
  const TemporaryFolder folder;
  const std::vector<std::string> files{make_sky(folder, 3), make_sky(folder, 8)};
  const Receiver receiver;
  const std::string url = fmt::format("udp+chime://127.0.0.1:{}", receiver.port());
  Program send{
      program_path(),
      {"send", files[0], files[1], url, "--speed", "20", "--faults", "loss=0.1,duplicate=0.1",
       "--faults", "cut=0.05,reorder=0.1:4", "--seed", "7", "--plan", folder.file("plan.json")}};
  const auto datagrams = receiver.until_end();
  const auto result = send.wait();
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.err, ContainsSubstring("draftstream live '" + url + "?"));
  const auto plan = nlohmann::json::parse(content(folder.file("plan.json")));
  const auto& packets = plan.at("packets");
  CHECK(datagrams.size() == packets.at("sent"));
  CHECK(packets.at("end") == 5);
  CHECK(packets.at("lost") > 0);
  CHECK(packets.at("sent") == packets.at("made").get<int>() - packets.at("lost").get<int>() +
                                  packets.at("duplicated").get<int>() + 5);
  CHECK(plan.at("complete") == true);
  CHECK(plan.at("samples") == 4000);
  CHECK(plan.at("seed") == 7);
  const auto& beams = plan.at("observations").at(0).at("beams");
  REQUIRE(beams.size() == 2);
  CHECK(beams[0].at("beam") == 3);
  CHECK(beams[1].at("beam") == 8);
  const auto& cells = beams[0].at("cells");
  CHECK(cells.at("expected") == cells.at("placed").get<int>() + cells.at("missing").get<int>());
  std::size_t intact = 0;  // of 2 beams, at the length that their header says
  for (const auto& one : datagrams) {
    if (one.size() < 32 || std::to_integer<int>(one[0]) != 2) continue;
    const auto number = [&one](std::size_t at) {
      return std::to_integer<std::size_t>(one[at]) +
             256 * std::to_integer<std::size_t>(one[at + 1]);
    };
    const std::size_t nb = number(24);
    const std::size_t nf = number(26);
    intact += one.size() == 32 + 2 * nb + 2 * nf + 8 * nb * nf + number(4) && nb == 2 ? 1 : 0;
  }
  CHECK(intact + 5 <= datagrams.size());
  CHECK(intact > 0);
}

TEST_CASE("a signal ends a sending, and the plan says so", "[app][send][e2e]") {
  const TemporaryFolder folder;
  const Receiver receiver;
  Program send{
      program_path(),
      {"send", make_sky(folder, 1), fmt::format("udp+spead://127.0.0.1:{}", receiver.port()),
       "--speed", "0.001", "--plan", folder.file("plan.json")}};
  REQUIRE_FALSE(send.wait_for("sending ").empty());
  send.signal(SIGTERM);
  CHECK(send.wait().status == 143);
  const auto plan = nlohmann::json::parse(content(folder.file("plan.json")));
  CHECK(plan.at("complete") == false);
  CHECK(plan.at("packets").at("sent") == 0);
}

TEST_CASE("live searches a ring that send makes, and send removes it", "[app][send][dada][e2e]") {
  const TemporaryFolder folder;
  const std::string sky = make_sky(folder, 1);
  key_t key = 0;
  {
    const test::RingPair used{{2, 64}};  // a key that nobody else uses, right after
    key = used.key();
  }
  const std::string url = fmt::format("dada:{:x}", static_cast<unsigned>(key));
  Program send{program_path(),
               {"send", "--speed", "max", sky, url + "?create=yes&nbufs=3&bufsz=10000"}};
  REQUIRE_FALSE(send.wait_for("sending ").empty());
  Program live{
      program_path(),
      {"live", url, "-o", folder.file("live"), "--dm", "0:600", "--publish", "tcp://127.0.0.1:*"}};
  const auto result = send.wait();
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK(::shmget(key, 0, 0) < 0);
  CHECK_FALSE(live.wait_for("results are in ").empty());
  live.signal(SIGTERM);
  (void)live.wait();
  REQUIRE(test::run_draftstream(
              {"replay", sky, "-o", folder.file("replay"), "--dm", "0:600", "--quiet"})
              .status == 0);
  const auto found = test::rows(folder.file("live/candidates.csv"), 2);
  CHECK(found.size() > 1);
  CHECK(found == test::rows(folder.file("replay/candidates.csv"), 2));
}

TEST_CASE("what send cannot send is refused with a sentence and a status", "[app][send][e2e]") {
  const TemporaryFolder folder;
  const std::string sky = make_sky(folder, 1);
  const std::string other = make_sky(folder, 2);
  struct Row {
    std::vector<std::string> arguments;
    int status;
    std::string message;
  };
  const std::vector<Row> table{
      {{sky, "udp+chimes://127.0.0.1:1"}, 2, "found no such kind of packets"},
      {{sky, "udp+chime://127.0.0.1:1?tll=3"}, 2, "the nearest one is ttl"},
      {{sky, "udp+chime://127.0.0.1:1?coarse_channels=7"}, 78, "found 7 coarse channels"},
      {{sky, "udp+fast://127.0.0.1:1"}, 78, "found a band of 64 channels, expected 4096"},
      {{sky, "udp+chime://nobody.invalid:1"}, 75, "found no such address"},
      {{sky, "udp+chime://127.0.0.1:1", "--faults", "los=1"}, 2, "the nearest one is loss"},
      {{sky, "-", "--faults", "loss=0.1"}, 2, "expected stall alone: - loses nothing"},
      {{sky, "-", "--plan", "x"}, 2, "--plan: found -"},
      {{sky, "-", "--seed", "x"}, 2, "--seed: found 'x'"},
      {{sky, "sky"}, 2, "dada:KEYHEX, or udp+KIND://ADDRESS:PORT"},
      {{sky, "dada:7ffffff0"}, 75, "found no shared memory of key 0x7ffffff"},
      {{sky, "dada:dada?nbufs=3"}, 2, "expected create=yes with it"},
      {{sky, other, "-"}, 78, "found recordings of 2 beams, expected one"},
      {{"--beam", "1" + sky, "-"}, 2, "--beam: found"},
  };
  for (const Row& row : table) {
    std::vector<std::string> arguments{"send", "--speed", "max"};
    arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
    const auto result = test::run_draftstream(arguments);
    CAPTURE(row.arguments, result.err);
    CHECK(result.status == row.status);
    CHECK_THAT(test::lines(result.err).back(), ContainsSubstring(row.message));
  }
}
