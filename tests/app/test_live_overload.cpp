// A search that falls behind its packets, and comes back. Runs the real executable.
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "publishers/control_socket.hpp"
#include "publishers/subscriber.hpp"
#include "tests/app/packet_sky.hpp"

using namespace draftstream;
using namespace std::chrono_literals;
using namespace test::packet_sky;
using nlohmann::json;
using test::Bytes;
using test::TemporaryFolder;
using test::UdpPeer;

namespace {

constexpr std::size_t step = 64;  // samples sent at once: a chunk

// Live, with blocks of 2048 samples, and a control socket.
class Watched {
 public:
  explicit Watched(double longest_lag_s)
      : live{fmt::format("udp+chime://127.0.0.1:0?{}&format=u8&rcvbuf_bytes=100000", chime_options),
             out,
             {"--config", config(folder.file("a.yaml"), longest_lag_s), "--control", endpoint,
              "--widths-ms", "32", "--chunk-samples", std::to_string(step), "--no-networks"}},
        peer{live.address} {}

  // Samples [sent, end) of a sky that repeats itself.
  void send(std::size_t end, bool at_once = false) {
    for (; samples_sent < end; samples_sent += block) {
      for (std::size_t channel = 0; channel < channels; channel += coarse, ++packets_sent) {
        Bytes packet = chime_packet(values, {5}, 2, samples_sent % samples, channel);
        const std::uint64_t count = samples_sent * 1000;
        std::memcpy(packet.data() + 16, &count, sizeof count);
        if (at_once) {
          peer.send_at_once(packet);
        } else {
          peer.send(packet);
        }
      }
    }
  }
  // One step more, once the search has caught up with what was sent.
  json send_step() {
    json seen;
    do {
      seen = observation();
    } while (!seen.is_null() && seen.at("lag_s").get<double>() > 1e-3 * (step + block));
    send(samples_sent + step);
    return seen;
  }
  json observation() {
    const auto answer = ask_control(endpoint, R"({"op":"status"})", 2min);
    REQUIRE(answer);
    return json::parse(*answer).at("observation");
  }

  TemporaryFolder folder;
  std::string out = folder.file("out");
  std::string endpoint = "ipc://" + folder.file("control");
  std::vector<std::vector<std::uint8_t>> values{stored_samples(sky())};
  Live live;
  UdpPeer peer;
  std::size_t samples_sent = 0;
  std::uint64_t packets_sent = 0;

 private:
  static std::string config(const std::string& path, double longest_lag_s) {
    test::write_file(
        path, fmt::format("overload: {{longest_lag_s: {}, begin_frac: 0.5, recover_frac: 0.5}}\n",
                          longest_lag_s));
    return path;
  }
};

// Statuses that have come about overload.
std::vector<OverloadReport> heard(Subscriber& subscriber) {
  std::vector<OverloadReport> all;
  while (const auto message = subscriber.next(10ms)) {
    if (!message->status || !message->status->report) continue;
    if (const auto& overload = message->status->report->overload) all.push_back(*overload);
  }
  return all;
}

}  // namespace

TEST_CASE("what a program that is held up does not take is counted, and it says when it is back",
          "[app][live][packets][overload][e2e]") {
  Watched watched{1.0};
  while (watched.observation().is_null()) watched.send(watched.samples_sent + step);
  SubscriberOptions options;
  options.endpoint = watched.live.program.wait_for("publishing on ");
  Subscriber subscriber{options};
  json seen;
  do {
    seen = watched.send_step();
  } while (seen.at("topic").at("subscribers") == 0 || seen.at("at_real_time") == false ||
           seen.at("beams")[0].at("samples_searched") == 0);
  (void)heard(subscriber);

  watched.live.program.signal(SIGSTOP);
  watched.send(watched.samples_sent + samples, true);
  watched.live.program.signal(SIGCONT);

  std::optional<OverloadReport> back;
  std::uint64_t highest = 0;
  while (!back) {
    seen = watched.send_step();
    for (const OverloadReport& one : heard(subscriber)) {
      highest = std::max(highest, one.level);
      if (one.level == 0) back = one;
    }
  }
  CHECK(highest >= 1);
  CHECK(back->left_out.empty());
  CHECK(back->lag_s < 0.25);
  do {
    seen = watched.observation();
  } while (seen.at("at_real_time") == false);
  CHECK(seen.at("beams")[0].at("overload").at("level") == 0);
  CHECK(seen.at("beams")[0].at("overload").at("left_out").empty());

  watched.peer.send(chime_end());
  const auto result = watched.live.end_after_one();
  CAPTURE(result.err);
  CHECK(result.status == 143);
  CHECK_THAT(result.err, ContainsSubstring(" s behind"));
  CHECK_THAT(result.err, ContainsSubstring("back at real time"));
  const json summary = summary_of(watched.out);
  const json& packets = summary.at("packets");
  const auto drops = packets.at("kernel_drops").get<std::uint64_t>();
  CHECK(drops > 0);
  CHECK(drops + packets.at("datagrams").get<std::uint64_t>() == watched.packets_sent + 1);
  CHECK(packets.at("cells").at("missing") == coarse * drops);
  CHECK(summary.at("ledger").at("expected") == watched.samples_sent);
  CHECK(summary.at("ledger").at("balanced") == true);
  CHECK(summary.at("ledger").at("overrun") == summary["counts"].at("shed").at("samples_skipped"));
  CHECK_THAT(summary.at("warnings").at(0).get<std::string>(),
             ContainsSubstring("datagrams found the kernel's buffer full"));
}

TEST_CASE("a search that is behind leaves blocks out, and accounts for them",
          "[app][live][packets][overload][e2e]") {
  Watched watched{0.001};  // a sample behind is too much
  watched.send(4 * samples);
  watched.peer.send(chime_end());
  const auto result = watched.live.end_after_one();
  CAPTURE(result.err);
  const json summary = summary_of(watched.out);
  const json& ledger = summary.at("ledger");
  const json& shed = summary.at("counts").at("shed");
  CHECK(shed.at("blocks_skipped") > 0);
  CHECK(shed.at("samples_skipped") == 2048 * shed.at("blocks_skipped").get<std::uint64_t>());
  CHECK(shed.at("blocks_unjudged") == 0);  // nobody judges
  CHECK(ledger.at("expected") == 4 * samples);
  CHECK(ledger.at("balanced") == true);
  CHECK(ledger.at("missing") == 0);
  CHECK(ledger.at("overrun") == shed.at("samples_skipped"));
  CHECK_THAT(result.err, ContainsSubstring("leaving out: octave, blocks"));
}
