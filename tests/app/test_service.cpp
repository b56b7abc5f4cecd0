// What a service manager hears of a live run.
#include <algorithm>
#include <csignal>
#include <future>
#include <latch>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/live_service.hpp"
#include "app/output_folder.hpp"
#include "app/service_manager.hpp"
#include "app/wire.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/app/notify_socket.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/stream_peer.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using namespace std::chrono_literals;
using test::NotifySocket;
using test::Program;
using test::TemporaryFolder;

namespace {

constexpr int watchdog_us = 400'000;

bool any_holds(const std::vector<std::string>& messages, const std::string& text) {
  return std::any_of(messages.begin(), messages.end(), [&text](const std::string& message) {
    return message.find(text) != std::string::npos;
  });
}

// Brings one spectrum, then stands still until it is told to go on.
class HaltingFeed final : public BeamFeed {
 public:
  explicit HaltingFeed(bool says_it_waits) : says_it_waits_{says_it_waits} {
    observation_.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-4.0}, 64};
    observation_.time.sample_time = Seconds{1e-3};
    observation_.format.bits = 8;
  }

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return {}; }
  [[nodiscard]] std::vector<std::string> warnings() const override { return {}; }
  void fill(SpectrumRing& ring, std::uint64_t /*chunk_samples*/) override {
    const auto memory = ring.claim(1);
    std::fill(memory.begin(), memory.end(), std::byte{7});
    ring.publish(1);
    go_on_.wait();
    ring.finish();
  }
  void stop(SpectrumRing& /*ring*/) noexcept override {}
  [[nodiscard]] bool whole(std::uint64_t /*samples_read*/) const noexcept override { return true; }
  [[nodiscard]] bool waits() const noexcept override { return says_it_waits_; }

  void go_on() { go_on_.count_down(); }

 private:
  bool says_it_waits_;
  Observation observation_;
  std::latch go_on_{1};
};

// A run of a feed that halts, beside a service that watches it.
class HaltedRun {
 public:
  explicit HaltedRun(bool says_it_waits) {
    settings_.networks = false;
    settings_.quiet = true;
    settings_.search.threads = 1;
    settings_.search.dm_max = DispersionMeasure{100.0};
    auto feed = std::make_unique<HaltingFeed>(says_it_waits);
    feed_ = feed.get();
    beams_.push_back({std::move(feed), {}});
    announcer_.emplace(output_.journal(), Existing::replace, settings_);
    run_ = std::async(std::launch::async, [this] {
      return run_search(beams_, settings_, output_, *announcer_, interrupt_, {}, {}, &monitor_);
    });
  }
  ~HaltedRun() {
    if (run_.valid()) (void)end();
  }
  HaltedRun(const HaltedRun&) = delete;
  HaltedRun& operator=(const HaltedRun&) = delete;

  RunResult end() {
    feed_->go_on();
    return run_.get();
  }

 private:
  TemporaryFolder folder_;
  Interrupt interrupt_;
  RunMonitor monitor_;
  LiveService service_{interrupt_, monitor_, 20s};
  OutputFolder output_{folder_.file("out")};
  Settings settings_;
  std::optional<Announcer> announcer_;
  std::vector<BeamInput> beams_;
  HaltingFeed* feed_ = nullptr;
  std::future<RunResult> run_;
};

// 8 s of 64 channels with a burst; 1 ms samples. Made once.
const std::string& sky() {
  static const test::SimulatedSky sky{{"--nchans", "64", "--tsamp", "1e-3", "--duration", "8",
                                       "--seed", "7", "--burst", "dm=300,t=2.5,width_ms=4,snr=25"}};
  return sky.path();
}

bool is_known() {
  if (knows_service_manager()) return true;
  WARN("built without libsystemd: nobody is told anything");
  return false;
}

}  // namespace

TEST_CASE("a stage that is stuck gets the watchdog no sign of life", "[app][service]") {
  if (!is_known()) return;
  NotifySocket manager{watchdog_us};
  Interrupt interrupt;
  RunMonitor monitor;
  StageSteps search;
  StageSteps results;
  const auto watched_search = monitor.stages().watch("search", [&] { return search.state(); });
  const auto watched_results = monitor.stages().watch("results", [&] { return results.state(); });
  LiveService service{interrupt, monitor, 20s};
  manager.until("WATCHDOG=1");
  {
    const StageSteps::Step blocked{results};
    manager.until("STATUS=stuck: results");
    CHECK_FALSE(any_holds(manager.until("STATUS=stuck: results"), "WATCHDOG=1"));
    CHECK(service.stuck() == std::vector<std::string>{"results"});
  }
  manager.until("WATCHDOG=1");
  manager.until("STATUS=waiting for an observation");
  CHECK(service.stuck().empty());
}

TEST_CASE("a feed that holds data and does nothing is stuck", "[app][service]") {
  if (!is_known()) return;
  NotifySocket manager{watchdog_us};
  HaltedRun run{false};
  manager.until("STATUS=stuck: feed; observation local-");
  CHECK_FALSE(any_holds(manager.until("STATUS=stuck: feed"), "WATCHDOG=1"));
  const RunResult result = run.end();
  CHECK(result.summary.status == "complete");
  CHECK(result.summary.counts.ledger.balanced());
  manager.until("WATCHDOG=1");
}

TEST_CASE("a feed that waits for data is not stuck", "[app][service]") {
  if (!is_known()) return;
  NotifySocket manager{watchdog_us};
  HaltedRun run{true};
  const auto before = manager.until("STATUS=observation local-");
  const auto after = manager.until("STATUS=observation local-");
  CHECK_FALSE(any_holds(before, "stuck"));
  CHECK_FALSE(any_holds(after, "stuck"));
  CHECK(any_holds(after, "WATCHDOG=1"));
  CHECK(run.end().summary.status == "complete");
}

TEST_CASE("live tells when it is ready, how it goes, that it reloads and that it stops",
          "[app][service][e2e]") {
  if (!is_known()) return;
  NotifySocket manager{watchdog_us};
  const TemporaryFolder folder;
  test::write_file(folder.file("live.yaml"), "search:\n  threshold_snr: 7\n");
  Program live{
      test::program_path(),
      {"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("out"), "--dm", "0:600", "--publish",
       "tcp://127.0.0.1:*", "--no-networks", "--config", folder.file("live.yaml")}};
  manager.until("READY=1");
  const std::string address = live.wait_for("listening on ");
  const test::StreamPeer peer{test::connect_to(address)};
  const std::string whole = test::content(sky());
  CHECK(peer.write(std::as_bytes(std::span{whole})));
  const std::string status = manager.until("STATUS=observation local-").back();
  CHECK_THAT(status, ContainsSubstring(" x real time, lag ") && ContainsSubstring(" samples lost"));

  test::write_file(folder.file("live.yaml"), "search:\n  threshold_snr: 9\n  dm_tolerance: 1.5\n");
  live.signal(SIGHUP);
  manager.until("RELOADING=1");
  manager.until("READY=1");
  CHECK(live.wait_for("on: search.threshold_snr: ") == "7, now 9");
  CHECK(live.wait_for("restart takes this: search.dm_tolerance: ") == "1.25, now 1.5");
  test::write_file(folder.file("live.yaml"), "search:\n  treshold_snr: 9\n");
  live.signal(SIGHUP);
  CHECK_THAT(live.wait_for("nothing was changed: "), ContainsSubstring("treshold_snr"));

  live.signal(SIGTERM);
  manager.until("STOPPING=1");
  CHECK(live.wait().status == 143);
  const auto summary = nlohmann::json::parse(test::content(folder.file("out/summary.json")));
  CHECK(summary.at("status") == "interrupted");
  CHECK(summary.at("ledger").at("balanced") == true);
}

TEST_CASE("what is reloaded holds from the next observation on", "[app][service][e2e]") {
  const TemporaryFolder folder;
  test::write_file(folder.file("live.yaml"), "search:\n  threshold_snr: 7\n");
  Program live{
      test::program_path(),
      {"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("out"), "--dm", "0:600", "--publish",
       "tcp://127.0.0.1:*", "--no-networks", "--config", folder.file("live.yaml")}};
  const std::string address = live.wait_for("listening on ");
  CHECK(test::run_draftstream({"send", "--speed", "max", sky(), address}).status == 0);
  REQUIRE_FALSE(live.wait_for("results are in ").empty());
  test::write_file(folder.file("live.yaml"), "search:\n  threshold_snr: 1000\n");
  live.signal(SIGHUP);
  REQUIRE_FALSE(live.wait_for("search.threshold_snr: 7, now ").empty());
  CHECK(test::run_draftstream({"send", "--speed", "max", sky(), address}).status == 0);
  REQUIRE(live.wait_for("results are in " + folder.file("out/obs")) == "_0002");
  live.signal(SIGTERM);
  CHECK(live.wait().status == 143);
  CHECK(test::rows(folder.file("out/candidates.csv"), 2).size() > 1);
  CHECK(test::rows(folder.file("out/obs_0002/candidates.csv"), 2).size() == 1);  // names
}

TEST_CASE("with no time to drain, what was not taken is left, and all is accounted for",
          "[app][service][e2e]") {
  const TemporaryFolder folder;
  Program live{test::program_path(),
               {"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("out"), "--dm", "0:600",
                "--publish", "tcp://127.0.0.1:*", "--no-networks", "--drain-s", "0"}};
  const test::StreamPeer peer{test::connect_to(live.wait_for("listening on "))};
  const std::string whole = test::content(sky());
  CHECK(peer.write(std::as_bytes(std::span{whole}).first(whole.size() - 64 * 1500)));
  REQUIRE_FALSE(live.wait_for("searching ").empty());
  live.signal(SIGTERM);
  CHECK(live.wait().status == 143);
  const auto summary = nlohmann::json::parse(test::content(folder.file("out/summary.json")));
  CHECK(summary.at("status") == "interrupted");
  CHECK(summary.at("ledger").at("balanced") == true);
}

TEST_CASE("lines for the journal begin with their level", "[app][service][e2e]") {
  const TemporaryFolder folder;
  test::write_file(folder.file("err"), "");
  const std::string live = test::program_path() + " live file:" + sky() + " -o " +
                           folder.file("out") + " --publish tcp://127.0.0.1:* --no-networks";
  const std::string stream = "JOURNAL_STREAM=$(stat -c %d:%i " + folder.file("err") + ") ";
  CHECK(test::run_program("/bin/sh", {"-c", stream + live + " 2>>" + folder.file("err")}).status ==
        0);
  const std::string said = test::content(folder.file("err"));
  CHECK_THAT(said, ContainsSubstring("\n<6>results are in "));
  for (const std::string& line : test::lines(said)) {
    CAPTURE(line);
    CHECK((line.size() > 3 && line[0] == '<' && line[2] == '>'));
  }
  // The variable alone is not enough: it may come from whoever started this.
  const auto other = test::run_program("/bin/sh", {"-c", stream + live});
  CHECK(other.status == 0);
  CHECK(other.err.find("<6>") == std::string::npos);
  CHECK_THAT(other.err, ContainsSubstring("Z info: "));
}
