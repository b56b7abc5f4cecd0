// Alerts of the prompt search: told, seen brighter, confirmed, taken back.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "app/prompt_alerts.hpp"
#include "engine/dispersion.hpp"
#include "publishers/topic.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

constexpr Seconds sample_time{1e-3};
constexpr Seconds never_before{1e9};

// 64 channels from 1500 to 1248 MHz.
Observation observation_of(int beam) {
  Observation observation = test::sample_observation();
  observation.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-4.0}, 64};
  observation.time.sample_time = sample_time;
  observation.beam = beam;
  return observation;
}

struct Run {
  explicit Run(std::size_t beams = 1)
      : alerts{make_beams(beams), nullptr, [this](Event& event) {
                 if (told.size() == fails_after) throw std::runtime_error("the disk is full");
                 told.push_back(event);
               }} {}

  static std::vector<PromptAlerts::Beam> make_beams(std::size_t count) {
    std::vector<PromptAlerts::Beam> all;
    for (std::size_t i = 0; i < count; ++i) {
      EventContext context = test::sample_context();
      context.observation = observation_of(static_cast<int>(i));
      context.tense = AlertTense::current;
      const FrequencyAxis& band = context.observation.frequency;
      all.push_back(
          {context, {Seconds{}, band.highest(), band.lowest(), Seconds{0.5}, sample_time}});
    }
    return all;
  }

  std::vector<Event> told;
  std::size_t fails_after = 1'000'000;
  PromptAlerts alerts;
};

Candidate pulse(double toa_s, double dm, std::uint32_t width = 4, double snr = 10.0) {
  Candidate candidate;
  candidate.toa = Seconds{toa_s};
  candidate.dm = DispersionMeasure{dm};
  candidate.boxcar_samples = width;
  candidate.snr = snr;
  candidate.label = "burst";
  return candidate;
}

JudgedCandidate judged(std::size_t beam, const Candidate& candidate) {
  return {beam, candidate, false, 1, {}};
}

// Of DM 1 over the band.
double sweep_s_per_dm() {
  const Observation observation = observation_of(0);
  return dispersion_delay(DispersionMeasure{1.0}, observation.frequency.lowest(),
                          observation.frequency.highest())
      .value();
}

}  // namespace

TEST_CASE("an alert is a candidate of its own search, with a name of its own", "[app][alerts]") {
  Run run;
  run.alerts.take(0, {1, 1, pulse(2.0, 100.0)});
  REQUIRE(run.told.size() == 1);
  const Event& alert = run.told.front();
  CHECK(alert.message_type == MessageType::candidate);
  CHECK(alert.alert_type == AlertType::initial);
  CHECK(alert.alert_tense == AlertTense::current);
  CHECK(alert.search == SearchKind::prompt);
  CHECK(alert.revision == 1);
  CHECK(alert.classifier.label == "burst");
  const std::string name = EventMaker{run.make_beams(1)[0].context}.make(pulse(2.0, 100)).event_id;
  CHECK(alert.event_id == name + "-p");
  CHECK(topic_name(alert) == "frb.candidate.v1.parkes.b0000.");
  CHECK(to_json(parse_event(to_json(alert))) == to_json(alert));
}

TEST_CASE("a pulse that is seen brighter is told again under its name", "[app][alerts]") {
  Run run;
  run.alerts.take(0, {1, 1, pulse(2.0, 100.0)});
  run.alerts.take(0, {1, 2, pulse(2.001, 101.0, 4, 15.0)});
  REQUIRE(run.told.size() == 2);
  const Event& update = run.told.back();
  CHECK(update.message_type == MessageType::update);
  CHECK(update.alert_type == AlertType::update);
  CHECK(update.revision == 2);
  CHECK(update.event_id == run.told.front().event_id);
  CHECK(update.uuid != run.told.front().uuid);
  CHECK(update.signal.snr == 15.0);
  CHECK(topic_name(update) == "frb.candidate.v1.parkes.b0000.");
  CHECK(run.alerts.summary().told == 1);
  CHECK(run.alerts.summary().revised == 1);
  // Taken back as the third.
  run.alerts.settled(never_before);
  REQUIRE(run.told.size() == 3);
  CHECK(run.told.back().revision == 3);
  CHECK(run.told.back().event_id == run.told.front().event_id);
  // What was never begun is not told of again.
  run.alerts.take(0, {1, 4, pulse(2.001, 101.0, 4, 25.0)});
  CHECK(run.told.size() == 3);
}

TEST_CASE("a pulse is an alert's if their tracks are near at both ends", "[app][alerts]") {
  const double per_dm_s = sweep_s_per_dm();
  struct Row {
    const char* name;
    Candidate found;
    bool confirms;
  };
  // The alert: 2 s, DM 100, 4 samples of 1 ms. With another 4 samples, 18 ms are near.
  const std::vector<Row> table{
      {"the same", pulse(2.0, 100.0), true},
      {"17 ms later", pulse(2.017, 100.0), true},
      {"17 ms earlier", pulse(1.983, 100.0), true},
      {"19 ms later", pulse(2.019, 100.0), false},
      {"19 ms earlier", pulse(1.981, 100.0), false},
      {"19 ms later, but wider", pulse(2.019, 100.0, 6), true},
      {"17 ms later at the lowest channel", pulse(2.0, 100.0 + 0.017 / per_dm_s), true},
      {"19 ms later there", pulse(2.0, 100.0 + 0.019 / per_dm_s), false},
      {"19 ms earlier there", pulse(2.0, 100.0 - 0.019 / per_dm_s), false},
      {"near at the lowest channel only", pulse(2.03, 100.0 - 0.03 / per_dm_s), false},
  };
  for (const Row& row : table) {
    CAPTURE(row.name);
    Run run;
    run.alerts.take(0, {1, 1, pulse(2.0, 100.0)});
    const auto ids = run.alerts.confirm(judged(0, row.found));
    CHECK(ids.size() == (row.confirms ? 1 : 0));
    CHECK(run.alerts.summary().confirmed == (row.confirms ? 1 : 0));
    run.alerts.settled(never_before);
    CHECK(run.alerts.summary().retracted == (row.confirms ? 0 : 1));
    CHECK(run.told.size() == (row.confirms ? 1 : 2));
  }
}

TEST_CASE("an alert is confirmed once, whoever confirms it again", "[app][alerts]") {
  Run run;
  run.alerts.take(0, {1, 1, pulse(2.0, 100.0)});
  run.alerts.take(0, {2, 1, pulse(2.005, 100.0)});
  const std::vector<std::string> both{run.told[0].event_id, run.told[1].event_id};
  CHECK(run.alerts.confirm(judged(0, pulse(2.002, 100.0))) == both);
  CHECK(run.alerts.confirm(judged(0, pulse(2.003, 100.0))) == both);
  CHECK(run.alerts.summary().confirmed == 2);
  // A revision does not make it another one.
  run.alerts.take(0, {2, 2, pulse(2.006, 100.0)});
  run.alerts.settled(never_before);
  CHECK(run.alerts.summary().retracted == 0);
}

TEST_CASE("what another beam tells of confirms the alert of a beam that saw it, too",
          "[app][alerts]") {
  Run run{3};
  for (const std::size_t beam : {0U, 1U, 2U}) {
    run.alerts.take(beam, {1, 1, pulse(2.0, 100.0)});
  }
  JudgedCandidate seen = judged(1, pulse(2.0, 100.0));
  seen.others.push_back({2, pulse(2.001, 100.0)});
  CHECK(run.alerts.confirm(seen) ==
        std::vector<std::string>{run.told[1].event_id, run.told[2].event_id});
  run.alerts.settled(never_before);
  REQUIRE(run.told.size() == 4);
  CHECK(run.told[3].event_id == run.told[0].event_id);
  CHECK(run.told[3].message_type == MessageType::retraction);
  CHECK(topic_name(run.told[3]) == "frb.candidate.v1.parkes.b0000.");
}

TEST_CASE("an alert that the full search takes for interference is retracted", "[app][alerts]") {
  Run run;
  run.alerts.take(0, {1, 1, pulse(2.0, 100.0)});
  Candidate interference = pulse(2.0, 100.0);
  interference.label = "interference";
  CHECK(run.alerts.confirm(judged(0, interference)).empty());
  run.alerts.settled(never_before);
  REQUIRE(run.told.size() == 2);
  CHECK(run.told.back().retraction_reason == "the full search takes it for interference");
  CHECK(run.alerts.summary().retracted == 1);
}

TEST_CASE("an alert is retracted once nothing can confirm it any more, not before",
          "[app][alerts]") {
  Run run{2};
  run.alerts.take(0, {1, 1, pulse(2.0, 100.0)});
  run.alerts.take(1, {1, 1, pulse(8.0, 100.0)});
  // The latest that could: 4 ms of its width, 500 ms of the widest box, 10 ms.
  run.alerts.settled(Seconds{2.513});
  CHECK(run.told.size() == 2);
  CHECK(run.alerts.confirm(judged(0, pulse(2.51, 100.0, 500))).size() == 1);
  run.alerts.take(0, {2, 1, pulse(2.0, 100.0)});
  run.alerts.settled(Seconds{2.515});
  REQUIRE(run.told.size() == 4);
  const Event& retraction = run.told.back();
  CHECK(retraction.event_id == run.told[2].event_id);
  CHECK(retraction.message_type == MessageType::retraction);
  CHECK(retraction.alert_type == AlertType::retraction);
  CHECK(retraction.search == SearchKind::prompt);
  CHECK(retraction.revision == 2);
  CHECK(retraction.uuid != run.told[2].uuid);
  CHECK(retraction.retraction_reason == "the full search found no such pulse");
  // It is gone.
  CHECK(run.alerts.confirm(judged(0, pulse(2.0, 100.0))).empty());
  run.alerts.settled(Seconds{2.6});
  CHECK(run.told.size() == 4);
  // So is one of a beam that has ended.
  run.alerts.ended(0, true);
  CHECK(run.told.size() == 4);
  run.alerts.ended(1, false);
  REQUIRE(run.told.size() == 5);
  CHECK(run.told.back().event_id == run.told[1].event_id);
  CHECK(run.told.back().retraction_reason == "the full search ended before it had come to it");
  const PromptAlertSummary summary = run.alerts.summary();
  CHECK(summary.told == 3);
  CHECK(summary.told == summary.confirmed + summary.retracted);
}

TEST_CASE("where too many alerts are open, no more are told", "[app][alerts]") {
  Run run;
  for (std::uint64_t i = 0; i < PromptAlerts::most_open + 3; ++i) {
    run.alerts.take(0, {i + 1, 1, pulse(0.1 * static_cast<double>(i), 100.0)});
  }
  CHECK(run.alerts.summary().told == PromptAlerts::most_open);
  CHECK(run.alerts.summary().left_out == 3);
  run.alerts.take(0, {PromptAlerts::most_open + 1, 2, pulse(3.0, 100.0)});
  CHECK(run.told.size() == PromptAlerts::most_open);
  run.alerts.settled(Seconds{1.0});
  run.alerts.take(0, {5000, 1, pulse(4.0, 100.0)});
  CHECK(run.told.back().time.toa_s == 4.0);
  run.alerts.ended(0, true);
  const PromptAlertSummary summary = run.alerts.summary();
  CHECK(summary.told == PromptAlerts::most_open + 1);
  CHECK(summary.retracted == summary.told);
}

TEST_CASE("what cannot be told is no alert, and ends the telling", "[app][alerts]") {
  Run run;
  run.fails_after = 1;
  run.alerts.take(0, {1, 1, pulse(2.0, 100.0)});
  CHECK(run.alerts.error() == nullptr);
  run.alerts.take(0, {2, 1, pulse(2.0, 100.0)});
  REQUIRE(run.alerts.error() != nullptr);
  CHECK_THROWS_WITH(std::rethrow_exception(run.alerts.error()), "the disk is full");
  run.fails_after = 1000;
  run.alerts.take(0, {3, 1, pulse(3.0, 100.0)});
  run.alerts.settled(never_before);
  CHECK(run.told.size() == 1);
  CHECK(run.alerts.summary().told == 1);
  CHECK(run.alerts.summary().retracted == 0);
}

TEST_CASE("beams tell, confirm and settle side by side", "[app][alerts][threads]") {
  constexpr std::size_t beams = 4;
  constexpr std::uint64_t each = 200;
  Run run{beams};
  std::vector<std::thread> threads;
  for (std::size_t beam = 0; beam < beams; ++beam) {
    threads.emplace_back([&run, beam] {
      for (std::uint64_t i = 0; i < each; ++i) {
        const Candidate one = pulse(static_cast<double>(i), 100.0);
        run.alerts.take(beam, {i + 1, 1, one});
        if (i % 2 == 0) (void)run.alerts.confirm(judged(beam, one));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  run.alerts.settled(never_before);
  const PromptAlertSummary summary = run.alerts.summary();
  CHECK(summary.told == beams * each);
  CHECK(summary.confirmed == beams * each / 2);
  CHECK(summary.retracted == beams * each / 2);
  CHECK(run.told.size() == beams * each + summary.retracted);
}
