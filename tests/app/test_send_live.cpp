// What live finds in the packets that send sends, over the loopback, and what it says was lost.
// Runs the real executable, twice.
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/app/packet_sky.hpp"

using namespace draftstream;
using namespace test::packet_sky;
using test::rows;
using test::TemporaryFolder;

namespace {

// One sending, and what came of it.
struct Sent {
  nlohmann::json plan;
  nlohmann::json summary;
  std::vector<std::string> rows;
};

struct Sending {
  std::vector<std::string> files;
  std::string kind;     // "chime"
  std::string options;  // of the URL, for both
  std::vector<std::string> faults;
  std::vector<std::string> live_options;
  std::string dm = "0:600";
  std::string host = "127.0.0.1";
};

// Whether this machine has the loopback of IPv6.
bool has_ipv6() {
  const int socket = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 own{};
  own.sin6_family = AF_INET6;
  own.sin6_addr = in6addr_loopback;
  const bool bound =
      socket >= 0 && ::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0;
  if (socket >= 0) ::close(socket);
  return bound;
}

std::vector<std::string> send_arguments(const Sending& sending, const std::string& port,
                                        const std::string& speed, const std::string& plan) {
  std::vector<std::string> all{"send"};
  all.insert(all.end(), sending.files.begin(), sending.files.end());
  all.push_back(
      fmt::format("udp+{}://{}:{}?{}", sending.kind, sending.host, port, sending.options));
  for (const std::string& fault : sending.faults) {
    all.insert(all.end(), {"--faults", fault});
  }
  all.insert(all.end(), {"--speed", speed, "--plan", plan, "--quiet"});
  return all;
}

// The URL that live is to be told, with a port of its own; nobody gets these packets.
std::string url_for_live(const Sending& sending, const TemporaryFolder& folder) {
  const std::string plan = folder.file("url.json");
  const auto result = test::run_draftstream(send_arguments(sending, "9", "max", plan));
  INFO(result.err);
  REQUIRE(result.status == 0);
  std::string url = nlohmann::json::parse(test::content(plan)).at("url");
  const std::string nobody = sending.host + ":9?";
  url.replace(url.find(nobody), nobody.size(), sending.host + ":0?");
  return url;
}

Sent send_once(const Sending& sending, const std::string& speed) {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  Live live{url_for_live(sending, folder), out, sending.live_options, sending.dm};
  const std::string port = live.address.substr(live.address.rfind(':') + 1);
  const std::string plan = folder.file("plan.json");
  const auto sent = test::run_draftstream(send_arguments(sending, port, speed, plan));
  INFO(sent.err);
  REQUIRE(sent.status == 0);
  const auto result = live.end_after_one();
  INFO(result.err);
  CHECK(result.status == 143);
  return {nlohmann::json::parse(test::content(plan)), summary_of(out),
          rows(out + "/candidates.csv", 2)};
}

// Nothing holds a sender of packets back: where the machine was too slow to receive them all, once
// more, and slower.
Sent send_until_all_are_received(const Sending& sending) {
  for (const char* speed : {"8", "2", "1", "0.5"}) {
    Sent sent = send_once(sending, speed);
    const auto drops = sent.summary.at("packets").at("kernel_drops").get<std::uint64_t>();
    if (drops == 0) return sent;
    WARN("at " << speed << " x real time the kernel dropped " << drops << " datagrams; again");
  }
  FAIL("the kernel dropped datagrams at each speed");
  return {};
}

void check_nothing_was_lost(const Sent& sent) {
  CAPTURE(sent.summary.at("packets").dump(1));
  CHECK(sent.summary.at("status") == "complete");
  CHECK(sent.summary.at("ledger").at("missing") == 0);
  CHECK(sent.summary.at("ledger").at("balanced") == true);
  CHECK(sent.summary.at("packets").at("cells").at("missing") == 0);
  CHECK(sent.plan.at("left_out") == 0);
}

}  // namespace

TEST_CASE("live finds in CHIME's packets of send what replay finds",
          "[app][live][send][packets][e2e]") {
  const std::string format = GENERATE("u8", "f32");
  CAPTURE(format);
  const Sent sent = send_until_all_are_received({{sky()}, "chime", "format=" + format, {}, {}});
  check_nothing_was_lost(sent);
  CHECK(sent.summary.at("ledger").at("expected") == samples);
  CHECK(sent.rows == reference_rows(format == "u8" ? Stored::bytes : Stored::floats));
}

TEST_CASE("packets come by IPv6 as well, to a thread with a processor of its own",
          "[app][live][send][packets][e2e]") {
  if (!has_ipv6()) {
    WARN("this machine has no IPv6: nothing is checked");
    return;
  }
  cpu_set_t allowed;
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &allowed)) ++cpu;
  Sending sending{{sky()}, "chime", fmt::format("format=u8&cpu={}", cpu), {}, {}};
  sending.host = "[::1]";
  const Sent sent = send_until_all_are_received(sending);
  check_nothing_was_lost(sent);
  CHECK(sent.rows == reference_rows(Stored::bytes));
  CHECK(sent.summary.at("warnings").empty());
}

TEST_CASE("live finds in other packets of send what replay finds",
          "[app][live][send][packets][e2e]") {
  struct Row {
    const char* kind;
    const char* options;
    Stored stored;
  };
  const auto row = GENERATE(values<Row>({
      {"spead", "heap_samples=128&heap_channels=16", Stored::bytes},
      {"pbeam", "servers=1&packet_channels=64&timeout_s=4", Stored::floats},
      {"counter",
       "header_bytes=12&counter=4:4:be&group_field=0:2&beam_field=8:1:le:1:5&groups=4"
       "&packet_channels=16&packet_samples=8&order=channel_time&timeout_s=4",
       Stored::bytes},
  }));
  CAPTURE(row.kind);
  const Sent sent = send_until_all_are_received({{sky()}, row.kind, row.options, {}, {}});
  check_nothing_was_lost(sent);
  CHECK(sent.summary.at("ledger").at("expected") == samples);
  CHECK(sent.rows == reference_rows(row.stored));
}

TEST_CASE("live finds in FAST's packets of send what replay finds",
          "[app][live][send][packets][e2e]") {
  const TemporaryFolder folder;
  const std::string path = simulate_fast(folder);
  const auto expected = fast_rows(folder, path);
  const Sent sent =
      send_until_all_are_received({{path}, "fast", "timeout_s=4", {}, {"--no-networks"}, "0:100"});
  check_nothing_was_lost(sent);
  CHECK(sent.summary.at("ledger").at("expected") == 2000);
  CHECK(sent.rows == expected);
}

TEST_CASE("what live says was lost is what send did not send", "[app][live][send][packets][e2e]") {
  struct Row {
    const char* kind;
    const char* options;
  };
  const auto row = GENERATE(values<Row>({
      {"chime", "format=u8"},
      {"spead", "heap_samples=32&heap_channels=16"},
      {"counter",
       "header_bytes=12&counter=4:4:be&group_field=0:2&beam_field=8:1&groups=4&packet_channels=16"
       "&packet_samples=8&timeout_s=4"},
  }));
  CAPTURE(row.kind);
  const Sent sent = send_until_all_are_received(
      {{sky(5), sky(7)},
       row.kind,
       fmt::format("{}&beams=5,7", row.options),
       {"loss=0.05,loss_burst=0.06/3", "duplicate=0.02,reorder=0.05:6", "cut=0.01"},
       {"--no-networks"}});
  const auto& plan = sent.plan;
  const auto& packets = sent.summary.at("packets");
  CAPTURE(plan.at("packets").dump(1), plan.at("observations").dump(1), packets.dump(1));
  REQUIRE(plan.at("observations").size() == 1);
  CHECK(plan.at("packets").at("lost") > 0);
  CHECK(plan.at("packets").at("lost_in_burst") > 0);
  CHECK(sent.summary.at("status") == "complete");

  std::uint64_t cells = 0;
  std::uint64_t placed = 0;
  std::uint64_t whole = 0;
  std::uint64_t partial = 0;
  const auto& beams = plan.at("observations")[0].at("beams");
  REQUIRE(beams.size() == 2);
  REQUIRE(sent.summary.at("beams").size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    cells += beams[i].at("cells").at("expected").get<std::uint64_t>();
    placed += beams[i].at("cells").at("placed").get<std::uint64_t>();
    whole += beams[i].at("spectra").at("whole").get<std::uint64_t>();
    partial += beams[i].at("spectra").at("partial").get<std::uint64_t>();
    const auto& ledger = sent.summary.at("beams")[i].at("ledger");
    CHECK(ledger.at("balanced") == true);
    CHECK(ledger.at("expected") == beams[i].at("spectra").at("expected"));
    CHECK(ledger.at("missing") == beams[i].at("spectra").at("lost"));
  }
  CHECK(placed < cells);
  CHECK(packets.at("cells").at("expected") == cells);
  CHECK(packets.at("cells").at("placed") == placed);
  CHECK(packets.at("spectra").at("whole") == whole);
  CHECK(packets.at("spectra").at("partial") == partial);
  // The words for the end may still be on their way when the observation has ended.
  const auto ends = plan.at("packets").at("end").get<std::int64_t>();
  const auto left = plan.at("packets").at("sent").get<std::int64_t>() -
                    packets.at("datagrams").get<std::int64_t>();
  CHECK(left >= 0);
  CHECK(left <= ends);
}
