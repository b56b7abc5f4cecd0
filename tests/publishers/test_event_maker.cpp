// Events from candidates: names, numbers, times.
#include <cmath>
#include <limits>
#include <set>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"
#include "publishers/uuid.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::sample_candidate;
using test::sample_context;

TEST_CASE("an event states what the candidate holds", "[publishers][event_maker]") {
  EventMaker maker{sample_context()};
  const Event event = maker.make(sample_candidate(0));
  CHECK(event.message_type == MessageType::event);
  CHECK(event.alert_type == AlertType::initial);
  CHECK(event.alert_tense == AlertTense::archival);
  CHECK(event.publisher == "parkes/bpsr/1");
  CHECK(event.session == test::session_a);
  CHECK(event.revision == 1);
  CHECK(is_uuid(event.uuid));

  // 13:18:31.123456789 + 2.028125 s, worked out by hand; cut, not rounded, to microseconds.
  CHECK(format_iso8601(event.time.toa) == "2018-04-17T13:18:33.151581789Z");
  CHECK(event.event_id == "parkes-20180417T131833.151581-b0007-0001");
  CHECK(event.time.obs_id == "parkes-20180417T131831.123456-b0007");
  CHECK(event.time.toa_ref_freq_mhz == 1500.0);
  CHECK(event.time.toa_s == 2.028125);
  CHECK(event.time.sample_index == 8112);
  CHECK(event.time.toa_unc_s == 0.0004);
  // 474.8 / (2.41e-4 * 1500^2) = 0.875610881 s earlier at infinite frequency.
  CHECK(std::abs((event.time.toa - event.time.toa_inf).value() - 0.875610881) < 1e-9);

  CHECK(event.dm.value_pc_cm3 == 474.8);
  CHECK(event.dm.unc_pc_cm3 == 0.7);
  CHECK(event.dm.trial_step_pc_cm3 == 1.5);
  CHECK(event.dm.k_dm_mhz2_s == dispersion_constant);
  CHECK(event.signal.snr == 8.0);
  CHECK(std::abs(event.signal.width_ms - 2.0) < 1e-12);  // 8 samples of 0.25 ms
  CHECK(event.signal.freq_lo_mhz == 1436.5);
  CHECK(event.signal.freq_hi_mhz == 1500.5);
  CHECK(event.classifier.label == "unjudged");
  CHECK_FALSE(event.classifier.detector_score.has_value());
  CHECK_FALSE(event.classifier.classifier_score.has_value());
  CHECK(event.position.ra_deg == 188.5);
  CHECK(event.position.source == "header");
  CHECK(event.beam.index == 7);
  CHECK_FALSE(event.beam.id.has_value());
  CHECK(event.observation.telescope == "Parkes");
  CHECK_FALSE(event.observation.backend.has_value());
  CHECK(event.observation.nbit == 2);
  CHECK(std::abs(event.observation.tsamp_us - 250.0) < 1e-9);
  CHECK(event.observation.foff_mhz == -1.0);
  CHECK(event.observation.bw_mhz == 64.0);
  CHECK(event.observation.centre_freq_mhz == 1468.5);
  CHECK(event.quality.frac_missing == 0.125);
  CHECK_FALSE(event.injection.is_injection);
  CHECK_FALSE(event.latency_ms.total.has_value());
}

TEST_CASE("what other beams saw is told in a few numbers", "[publishers][event_maker]") {
  const EventSighting seen = EventMaker{sample_context()}.sighting(sample_candidate(3));
  const Event event = EventMaker{sample_context()}.make(sample_candidate(3));
  CHECK(seen.index == 7);
  CHECK(seen.snr == event.signal.snr);
  CHECK(seen.dm_pc_cm3 == event.dm.value_pc_cm3);
  CHECK(seen.width_ms == event.signal.width_ms);
  CHECK(seen.toa == event.time.toa);
  CHECK_FALSE(event.beam.seen_in.has_value());
  CHECK(event.beam.others.empty());
}

TEST_CASE("what is not known is empty, not 0", "[publishers][event_maker]") {
  EventContext context = sample_context();
  context.observation.ra_deg.reset();
  context.observation.beam.reset();
  context.observation.telescope.clear();
  Candidate candidate = sample_candidate(0);
  candidate.dm_uncertainty = DispersionMeasure{0.0};
  candidate.trial_step = DispersionMeasure{std::numeric_limits<double>::infinity()};
  candidate.toa_uncertainty = Seconds{std::numeric_limits<double>::quiet_NaN()};
  const Event event = EventMaker{context}.make(candidate);
  CHECK_FALSE(event.position.ra_deg.has_value());
  CHECK_FALSE(event.position.source.has_value());
  CHECK_FALSE(event.beam.index.has_value());
  CHECK(event.event_id == "parkes-20180417T131833.151581-b0000-0001");
  CHECK_FALSE(event.observation.telescope.has_value());
  CHECK_FALSE(event.dm.unc_pc_cm3.has_value());
  CHECK_FALSE(event.dm.trial_step_pc_cm3.has_value());
  CHECK_FALSE(event.time.toa_unc_s.has_value());

  context.observation.beam = -1;
  CHECK_FALSE(EventMaker{context}.make(candidate).beam.index.has_value());
}

TEST_CASE("numbers have no holes and names are the same in every run",
          "[publishers][event_maker]") {
  constexpr std::uint64_t count = 500;
  EventContext second_run = sample_context();
  second_run.session = test::session_b;
  EventMaker first{sample_context()};
  EventMaker second{second_run};
  std::set<std::string> names;
  std::set<std::string> uuids;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Event a = first.make(sample_candidate(i));
    const Event b = second.make(sample_candidate(i));
    CHECK(a.seq == i + 1);
    CHECK(first.last_seq() == i + 1);
    CHECK(a.event_id == b.event_id);
    CHECK(a.time.obs_id == b.time.obs_id);
    CHECK(a.uuid != b.uuid);
    names.insert(a.event_id);
    uuids.insert({a.uuid, b.uuid});
  }
  CHECK(names.size() == count);
  CHECK(uuids.size() == 2 * count);
}

TEST_CASE("candidates of one microsecond are counted", "[publishers][event_maker]") {
  EventMaker maker{sample_context()};
  Candidate candidate = sample_candidate(3);
  CHECK(maker.make(candidate).event_id.ends_with("-b0007-0001"));
  candidate.dm = DispersionMeasure{100.0};
  CHECK(maker.make(candidate).event_id.ends_with("-b0007-0002"));
  CHECK(maker.make(sample_candidate(4)).event_id.ends_with("-b0007-0001"));
  candidate.toa = candidate.toa + Seconds{1e-9};  // the same microsecond
  CHECK(maker.make(candidate).event_id.ends_with("-b0007-0003"));
}

TEST_CASE("numbers may continue an earlier run", "[publishers][event_maker]") {
  EventContext context = sample_context();
  context.first_seq = 1000;
  EventMaker maker{context};
  CHECK(maker.last_seq() == 999);
  CHECK(maker.make(sample_candidate(0)).seq == 1000);
}

TEST_CASE("a context that cannot be published is refused", "[publishers][event_maker]") {
  struct Row {
    const char* what;
    std::string EventContext::*field;
    const char* value;
  };
  const auto row = GENERATE(values<Row>({
      {"site", &EventContext::site, "a.b"},
      {"instrument", &EventContext::instrument, ""},
      {"instance", &EventContext::instance, "1/2"},
      {"session", &EventContext::session, "today"},
  }));
  INFO(row.what);
  EventContext context = sample_context();
  context.*row.field = row.value;
  CHECK_THROWS_WITH(EventMaker{context},
                    ContainsSubstring(row.what) && ContainsSubstring(row.value));
}

TEST_CASE("a candidate without a time or a strength is our fault", "[publishers][event_maker]") {
  EventMaker maker{sample_context()};
  Candidate candidate = sample_candidate(0);
  candidate.snr = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(maker.make(candidate), std::invalid_argument);
  candidate = sample_candidate(0);
  candidate.toa = Seconds{std::numeric_limits<double>::infinity()};
  CHECK_THROWS_AS(maker.make(candidate), std::invalid_argument);
  CHECK(maker.make(sample_candidate(0)).seq == 1);  // no hole is left
}
