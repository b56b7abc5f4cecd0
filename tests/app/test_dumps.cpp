// The raw samples around events: what is kept, and what it is good for.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/trigger_dumps.hpp"
#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"
#include "publishers/candidate_reader.hpp"
#include "replay/recording.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;
using test::lines;
using test::TemporaryFolder;

namespace {

// 24 s of 64 channels with three bursts; 1 ms samples. Made once.
const std::string& sky() {
  static const test::SimulatedSky sky{{"--nchans", "64", "--tsamp", "1e-3", "--duration", "24",
                                       "--seed", "11", "--burst", "dm=300,t=2.5,width_ms=4,snr=25",
                                       "--burst", "dm=120,t=12.25,width_ms=2,snr=18", "--burst",
                                       "dm=500,t=18,width_ms=5,snr=10"}};
  return sky.path();
}

std::vector<nlohmann::json> messages(const std::string& out) {
  std::vector<nlohmann::json> all;
  for (const std::string& line : lines(content(out + "/candidates.jsonl"))) {
    all.push_back(nlohmann::json::parse(line));
  }
  return all;
}

nlohmann::json dump_of(const nlohmann::json& event) {
  for (const auto& product : event.at("products")) {
    if (product.at("kind") == "dump") return product;
  }
  return nullptr;
}

nlohmann::json dump_counts(const std::string& out) {
  return nlohmann::json::parse(content(out + "/summary.json")).at("dumps");
}

Observation band_of(std::size_t channels, double tsamp_s) {
  Observation observation;
  observation.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-1.0}, channels};
  observation.time = {UtcInstant{60000, 0.0}, Seconds{tsamp_s}};
  observation.format = {8};
  return observation;
}

Event event_of(double snr) {
  Event event;
  event.event_id = "test-" + std::to_string(static_cast<int>(snr));
  event.signal.snr = snr;
  return event;
}

}  // namespace

TEST_CASE("a dump, searched by itself, holds its event again", "[app][dumps][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const auto chunk = GENERATE(values<std::string>({"auto", "3000"}));
  const auto result = test::run_draftstream(test::replay_arguments(
      sky(), out, test::without_networks, {"--dump-above", "12", "--chunk-samples", chunk}));
  INFO(result.err);
  REQUIRE(result.status == 0);
  const auto found = read_candidates(out + "/candidates.csv");
  REQUIRE(found.size() >= 3);
  std::size_t dumped = 0;
  for (const CandidateRow& row : found) {
    const std::string dump = out + "/dumps/" + row.event_id + ".fil";
    REQUIRE(std::filesystem::exists(dump) == (row.snr >= 12.0));
    if (row.snr < 12.0) continue;
    ++dumped;
    const std::string again = folder.file("again_" + std::to_string(dumped));
    REQUIRE(
        test::run_draftstream(test::replay_arguments(dump, again, test::without_networks)).status ==
        0);
    const auto rows = read_candidates(again + "/candidates.csv");
    const auto same = std::find_if(rows.begin(), rows.end(), [&](const CandidateRow& other) {
      return other.snr == row.snr && other.dm_pc_cm3 == row.dm_pc_cm3 &&
             other.boxcar_samples == row.boxcar_samples;
    });
    REQUIRE(same != rows.end());
    const auto map = nlohmann::json::parse(content(out + "/dumps/" + row.event_id + ".gaps.json"));
    CHECK(same->sample_index + map.at("first_sample").get<std::uint64_t>() == row.sample_index);
    CHECK(map.at("gaps").empty());
    CHECK(map.at("event_id") == row.event_id);
  }
  CHECK(dumped == 2);
  const auto counts = dump_counts(out);
  CHECK(counts.at("complete") == dumped);
  CHECK(counts.at("truncated") == 0);
  CHECK(counts.at("missed") == 0);
  CHECK(counts.at("failed") == 0);
}

TEST_CASE("each dump is told of once, as the next revision of its event", "[app][dumps][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  REQUIRE(test::run_draftstream(
              test::replay_arguments(sky(), out, test::without_networks, {"--dump-above", "12"}))
              .status == 0);
  std::map<std::string, int> told;
  std::uint64_t seq = 0;
  for (const auto& message : messages(out)) {
    CHECK(message.at("seq") == ++seq);
    const auto dump = dump_of(message);
    const bool bright = message.at("signal").at("snr") >= 12.0;
    CHECK(dump.is_null() != bright);
    if (!bright) continue;
    const int revision = ++told[message.at("event_id")];
    CHECK(message.at("revision") == revision);
    CHECK(message.at("message_type") == (revision == 1 ? "event" : "update"));
    CHECK(message.at("alert_type") == (revision == 1 ? "initial" : "update"));
    CHECK(dump.at("status") == (revision == 1 ? "pending" : "complete"));
    if (revision == 2) {
      CHECK(dump.at("bytes") ==
            std::filesystem::file_size(out + "/" + dump.at("uri").get<std::string>()));
    }
  }
  CHECK(told.size() == 2);
  for (const auto& [event, times] : told) CHECK(times == 2);
  // Updates are no events.
  CHECK(read_candidates(out + "/candidates.csv").size() == seq - told.size());
}

TEST_CASE("what cannot be kept is told of, too", "[app][dumps][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  SECTION("no room is allowed") {
    test::write_file(folder.file("small.yaml"), "dumps:\n  most_gb: 0.000001\n");
    REQUIRE(test::run_draftstream(test::replay_arguments(sky(), out, test::without_networks,
                                                         {"--dump-above", "12", "--config",
                                                          folder.file("small.yaml")}))
                .status == 0);
    CHECK(dump_counts(out).at("missed") == 2);
    for (const auto& message : messages(out)) {
      if (message.at("message_type") != "update") continue;
      CHECK(dump_of(message).at("status") == "missed");
      CHECK(dump_of(message).at("reason").get<std::string>().find("of 1000 are used up") !=
            std::string::npos);
    }
  }
  SECTION("the folder cannot be made") {
    std::filesystem::create_directory(out);
    test::write_file(out + "/dumps", "in the way");
    REQUIRE(test::run_draftstream(
                test::replay_arguments(sky(), out, test::without_networks, {"--dump-above", "12"}))
                .status == 0);
    CHECK(dump_counts(out).at("failed") == 2);
    CHECK(read_candidates(out + "/candidates.csv").size() >= 3);
  }
}

TEST_CASE("a stretch holds the sweep, what is around it, and whole blocks", "[app][dumps]") {
  const Observation observation = band_of(400, 1e-3);
  Candidate candidate;
  candidate.dm = DispersionMeasure{300.0};
  candidate.first_sample = 5000;
  candidate.boxcar_samples = 8;
  const DumpStretch stretch = stretch_of(candidate, observation, 1024, Seconds{1.5});
  const double delay = dispersion_delay(candidate.dm, Megahertz{1101.0}, Megahertz{1500.0}).value();
  CHECK(stretch.sweep ==
        RingStretch{5000, 5008 + static_cast<std::uint64_t>(std::ceil(delay * 1e3))});
  CHECK(stretch.wanted.first == 3 * 1024);
  CHECK(stretch.wanted.end % 1024 == 0);
  CHECK(stretch.wanted.end >= stretch.sweep.end + 1500);
  CHECK(stretch.wanted.end < stretch.sweep.end + 1500 + 1024);
  candidate.first_sample = 100;  // nothing is before the observation
  CHECK(stretch_of(candidate, observation, 1024, Seconds{1.5}).wanted.first == 0);
}

TEST_CASE("of a stream that cannot wait, the faintest events go without", "[app][dumps]") {
  const TemporaryFolder folder;
  const Observation observation = band_of(16, 1e-3);
  SpectrumRing ring{{16, observation.format, 65536, false, false}};
  DumpRule rule;
  rule.above_snr = 5.0;
  rule.most_waiting = 2;
  rule.pad = Seconds{0.0};
  std::mutex mutex;
  std::map<std::string, std::string> told;
  TriggerDumps dumps{folder.file("dumps"),
                     {{&ring, &observation, 1024, 0, ReaderKind::opportunistic, "obs"}},
                     rule,
                     {[&](const Event& event) {
                        const std::lock_guard lock{mutex};
                        told[event.event_id] = event.products.front().status;
                      },
                      {}}};
  // The first one waits for its samples; the others wait for it.
  Candidate candidate;
  candidate.boxcar_samples = 4;
  for (const double snr : {50.0, 10.0, 30.0, 20.0, 40.0}) {
    Event event = event_of(snr);
    REQUIRE(dumps.promise(event));
    CHECK(event.products.front().status == "pending");
    dumps.take(0, event, candidate);
  }
  Event faint = event_of(4.0);
  CHECK_FALSE(dumps.promise(faint));
  CHECK(faint.products.empty());
  (void)ring.claim(2048);
  ring.publish(2048);
  ring.finish();
  CHECK(dumps.finish() == nullptr);
  REQUIRE(told.size() == 5);
  CHECK(told["test-50"] == "complete");
  CHECK(told["test-40"] == "complete");
  CHECK(told["test-10"] == "missed");
  CHECK(dumps.summary().complete + dumps.summary().missed == 5);
}

namespace {

// A ring of 16 channels that is fed by hand, its dumps, and what they told.
struct Asked {
  explicit Asked(ReaderKind kind, DumpRule rule = {}, std::uint64_t history = 0)
      : dumps{folder.file("dumps"),
              {{&ring, &observation, 1024, history, kind, "obs"}},
              rule,
              {[](const Event&) {},
               [this](const RequestedDump& dump) {
                 const std::lock_guard lock{mutex};
                 told.push_back(dump);
                 changed.notify_all();
               }}} {}

  void publish(std::uint64_t count) {
    while (count > 0) {
      const std::uint64_t now = std::min<std::uint64_t>(count, 1000);
      const auto memory = ring.claim(now);
      REQUIRE(memory.size() == now * 16);
      // A value tells its sample.
      for (std::size_t i = 0; i < memory.size(); ++i) {
        memory[i] = static_cast<std::byte>((ring.published() + i / 16) % 251);
      }
      ring.publish(now);
      count -= now;
    }
  }
  RequestedDump wait_for(std::size_t count) {
    std::unique_lock lock{mutex};
    REQUIRE(changed.wait_for(lock, std::chrono::minutes{5}, [&] { return told.size() >= count; }));
    return told[count - 1];
  }
  // Whether the recording holds what was published as samples [first, end).
  bool holds(const RequestedDump& dump, std::uint64_t first, std::uint64_t end) {
    const auto recording = open_recording(folder.file(dump.product.uri));
    if (recording->observation().samples != end - first) return false;
    std::vector<std::byte> bytes((end - first) * 16);
    recording->read(0, bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] != static_cast<std::byte>((first + i / 16) % 251)) return false;
    }
    const Seconds off =
        recording->observation().time.start - observation.time.instant(static_cast<double>(first));
    return std::abs(off.value()) < 1e-6;  // the header has a double of days
  }

  TemporaryFolder folder;
  Observation observation = band_of(16, 1e-3);
  SpectrumRing ring{{16, observation.format, 8192, false, false}};
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<RequestedDump> told;
  TriggerDumps dumps;
};

}  // namespace

TEST_CASE("what is asked for is kept, if it is there or comes", "[app][dumps]") {
  Asked asked{GENERATE(ReaderKind::guaranteed, ReaderKind::opportunistic)};
  asked.publish(5000);
  CHECK(asked.dumps.request(0, {1234, 4321}).product.status == "pending");
  RequestedDump dump = asked.wait_for(1);
  CHECK(dump.product.status == "complete");
  CHECK(dump.product.uri == "dumps/obs-d0001.fil");
  CHECK(dump.product.bytes == std::filesystem::file_size(asked.folder.file(dump.product.uri)));
  CHECK(asked.holds(dump, 1234, 4321));
  const auto map = nlohmann::json::parse(content(asked.folder.file("dumps/obs-d0001.gaps.json")));
  CHECK(map.at("event_id").is_null());
  CHECK(map.at("obs_id") == "obs");
  CHECK(map.at("first_sample") == 1234);

  // In part still to come: it waits for that, and others do not wait for it.
  (void)asked.dumps.request(0, {4800, 6000});
  (void)asked.dumps.request(0, {0, 10});
  dump = asked.wait_for(2);
  CHECK(dump.wanted == RingStretch{0, 10});
  CHECK(asked.dumps.requested().at(1).product.status == "pending");
  asked.dumps.searched(0, 5000);
  asked.publish(1000);
  dump = asked.wait_for(3);
  CHECK(dump.product.status == "complete");
  CHECK(asked.holds(dump, 4800, 6000));

  // The end comes before it.
  (void)asked.dumps.request(0, {5900, 6500});
  (void)asked.dumps.request(0, {7000, 7100});
  asked.ring.finish();
  CHECK(asked.dumps.finish() == nullptr);
  REQUIRE(asked.told.size() == 5);
  std::map<std::uint64_t, std::string> outcome;
  for (const RequestedDump& one : asked.told) outcome[one.wanted.first] = one.product.status;
  CHECK(outcome[5900] == "truncated");
  CHECK(outcome[7000] == "missed");
  const DumpSummary summary = asked.dumps.summary();
  CHECK(summary.complete == 3);
  CHECK(summary.truncated == 1);
  CHECK(summary.missed == 1);
  CHECK_THROWS_AS(asked.dumps.request(0, {5000, 5100}), TryAgain);
}

TEST_CASE("a stream that waits keeps what is asked for", "[app][dumps]") {
  Asked asked{ReaderKind::guaranteed, {}, 3000};
  const std::uint64_t holds = asked.ring.capacity();
  asked.publish(holds);
  asked.dumps.searched(0, holds);
  // Its history, and no more, is there whatever comes: room is made up to it.
  asked.publish(holds - 3000);
  asked.dumps.searched(0, 2 * holds - 3000);
  (void)asked.dumps.request(0, {2 * holds - 6000, 2 * holds - 4000});
  const RequestedDump dump = asked.wait_for(1);
  CHECK(dump.product.status == "complete");
  CHECK(asked.holds(dump, 2 * holds - 6000, 2 * holds - 4000));
}

TEST_CASE("what was overwritten is left out, and said", "[app][dumps]") {
  Asked asked{ReaderKind::opportunistic};
  const std::uint64_t holds = asked.ring.capacity();
  asked.publish(holds + 2000);
  (void)asked.dumps.request(0, {1000, 3000});
  const RequestedDump dump = asked.wait_for(1);
  CHECK(dump.product.status == "truncated");
  CHECK(dump.product.reason == "a part of it was overwritten, or never came");
  CHECK(asked.holds(dump, 2000, 3000));
}

TEST_CASE("what cannot be kept is refused when it is asked for", "[app][dumps]") {
  DumpRule rule;
  rule.most_bytes = 40'000;
  Asked asked{ReaderKind::opportunistic, rule};
  const std::uint64_t holds = asked.ring.capacity();
  asked.publish(holds + 2000);
  struct Row {
    RingStretch wanted;
    std::string says;
  };
  const std::vector<Row> table{
      {{3000, 3000}, "found samples 3000 to 3000, expected a beginning before the end"},
      {{4000, 3000}, "found samples 4000 to 3000"},
      {{0, 2000}, "found samples 0 to 2000, which are overwritten, expected some from 2000 on"},
      {{0, holds / 4 * 3 + 1}, "three quarters of the ring"},
      {{2 * holds + 1990, 2 * holds + 2001}, "ahead, as many as the ring holds"},
      {{3000, 6000}, "found 48000 bytes, expected at most 40000: 0 of 40000 are used up"},
      {{0, ~std::uint64_t{0}}, "three quarters of the ring"},
  };
  for (const Row& row : table) {
    CAPTURE(row.wanted.first, row.wanted.end);
    CHECK_THROWS_WITH(asked.dumps.request(0, row.wanted), ContainsSubstring(row.says));
  }
  // As many as may wait for their samples.
  for (int i = 0; i < 16; ++i) (void)asked.dumps.request(0, {holds + 2000, holds + 2001});
  CHECK_THROWS_AS(asked.dumps.request(0, {3000, 3001}), TryAgain);
}

TEST_CASE("a dump that cannot be told of ends the others", "[app][dumps]") {
  const TemporaryFolder folder;
  const Observation observation = band_of(16, 1e-3);
  SpectrumRing ring{{16, observation.format, 65536, false, false}};
  DumpRule rule;
  rule.above_snr = 5.0;
  int times = 0;
  TriggerDumps dumps{folder.file("dumps"),
                     {{&ring, &observation, 1024, 0, ReaderKind::guaranteed, "obs"}},
                     rule,
                     {[&](const Event&) {
                        ++times;
                        throw std::runtime_error("nobody listens");
                      },
                      {}}};
  for (const double snr : {10.0, 20.0}) {
    Event event = event_of(snr);
    REQUIRE(dumps.promise(event));
    dumps.take(0, event, {});
  }
  (void)ring.claim(4096);
  ring.publish(4096);
  ring.finish();
  CHECK(dumps.finish() != nullptr);
  CHECK(times == 1);
}
