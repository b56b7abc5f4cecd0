// Candidates against truth: who is found, what is an error, what a false alarm.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "training/evaluation.hpp"

using namespace draftstream;

namespace {

TrueBurst burst(double toa, double dm, double snr, double width_s = 3e-3) {
  TrueBurst truth;
  truth.burst.toa = Seconds{toa};
  truth.burst.dm = DispersionMeasure{dm};
  truth.burst.snr = snr;
  truth.burst.width = Seconds{width_s};
  truth.boxcar_toa = Seconds{toa};
  truth.boxcar_snr = 0.9 * snr;
  return truth;
}

// 1500 to 1200 MHz, 180 s.
Truth sky(std::vector<TrueBurst> bursts) {
  Truth truth;
  truth.recording = "sky.fil";
  truth.samples = 180'000;
  truth.time = {UtcInstant{60000, 0.0}, Seconds{1e-3}};
  truth.frequency = FrequencyAxis{Megahertz{1499.85}, Megahertz{-0.3}, 1000};
  truth.bursts = std::move(bursts);
  return truth;
}

FoundPulse pulse(double toa, double dm, double snr) {
  return {"", Seconds{toa}, DispersionMeasure{dm}, snr, Seconds{4e-3}};
}

std::size_t false_alarms(const FoundPulse& found, const Truth& truth) {
  return evaluate(std::vector{found}, truth).false_alarms.size();
}

}  // namespace

TEST_CASE("every candidate and every burst gets one fate", "[training][evaluation]") {
  const Truth truth = sky({burst(10.0, 300.0, 20.0), burst(20.0, 500.0, 9.0),
                           burst(30.0, 400.0, 6.5), burst(40.0, 100.0, 100.0)});
  const std::vector<FoundPulse> found{
      pulse(10.001, 300.5, 17.0),  // 0: burst 0, but 2 is better
      pulse(15.0, 300.0, 8.0),     // 1: nothing there
      pulse(9.999, 299.0, 19.0),   // 2: burst 0
      pulse(40.002, 101.0, 80.0),  // 3: burst 3
      pulse(20.0, 900.0, 12.0),    // 4: time of burst 1, DM of none
      pulse(30.0, 402.0, 7.0),     // 5: burst 2
  };
  const Evaluation result = evaluate(found, truth);
  REQUIRE(result.matches.size() == 3);
  CHECK(result.matches[0].burst == 0);
  CHECK(result.matches[0].found == 2);
  CHECK(result.matches[1].burst == 2);
  CHECK(result.matches[1].found == 5);
  CHECK(result.matches[2].burst == 3);
  CHECK(result.matches[2].found == 3);
  CHECK(result.missed == std::vector<std::size_t>{1});
  CHECK(result.duplicates == std::vector<std::size_t>{0});
  CHECK(result.false_alarms == std::vector<std::size_t>{1, 4});
  CHECK(std::abs(result.false_alarms_per_hour - 40.0) < 1e-9);  // 2 in 180 s

  REQUIRE(result.dm_error);  // -1, 2, 1
  CHECK(std::abs(result.dm_error->mean - 2.0 / 3.0) < 1e-9);
  CHECK(std::abs(result.dm_error->rms - std::sqrt(2.0)) < 1e-9);
  CHECK(std::abs(result.dm_error->worst - 2.0) < 1e-9);
  REQUIRE(result.time_error_s);  // -1, 0, 2 ms
  CHECK(std::abs(result.time_error_s->mean - 1e-3 / 3.0) < 1e-9);
  CHECK(std::abs(result.time_error_s->worst - 2e-3) < 1e-9);
  REQUIRE(result.snr_ratio);  // 0.95, 7 / 6.5, 0.8
  CHECK(std::abs(result.snr_ratio->mean - (0.95 + 7.0 / 6.5 + 0.8) / 3.0) < 1e-9);
  CHECK(std::abs(result.snr_ratio->worst - 0.8) < 1e-9);
  CHECK(std::abs(result.boxcar_snr_ratio->worst - 7.0 / 5.85) < 1e-9);

  std::size_t bursts = 0;
  for (const RecallBin& bin : result.recall) {
    bursts += bin.bursts;
    if (bin.low == 8.0) CHECK((bin.bursts == 1 && bin.found == 0));
    if (bin.low == 6.0) CHECK((bin.bursts == 1 && bin.found == 1));
    if (bin.low == 50.0) CHECK((bin.bursts == 1 && bin.found == 1));
  }
  CHECK(bursts == 4);
}

TEST_CASE("tolerances follow the formula", "[training][evaluation]") {
  // By hand: smear over 0.3 MHz at 1350 MHz for DM 300 is 303.57 us, so W = 3.1768 ms with a sample
  // of 1 ms; s_t = sqrt(2) W / 2.3548 / 20 = 95.39 us. Over the channels, f^-2 has mean 5.55556e-7,
  // deviation 7.1722e-8 and span 2.49738e-7 MHz^-2; x_top = 4.44533e-7.
  const Truth truth = sky({burst(10.0, 300.0, 20.0)});
  const MatchTolerance tolerance = match_tolerance(truth.bursts[0], truth);
  CHECK(std::abs(tolerance.dm.value() - (1.6027 + 1.5328)) < 0.001);
  CHECK(std::abs(tolerance.time.value() - (0.8790e-3 + 2.5884e-3)) < 0.001e-3);

  // Four times the S/N: the first terms fall to a quarter.
  const Truth strong = sky({burst(10.0, 300.0, 80.0)});
  const MatchTolerance tight = match_tolerance(strong.bursts[0], strong);
  CHECK(std::abs(tight.dm.value() - (0.4007 + 1.5328)) < 0.01);
}

TEST_CASE("a candidate matches up to the tolerance and no farther",
          "[training][evaluation][property]") {
  const double dm = GENERATE(0.0, 50.0, 3000.0);
  const double snr = GENERATE(6.0, 30.0, 300.0);
  const Truth truth = sky({burst(10.0, dm, snr)});
  const MatchTolerance tolerance = match_tolerance(truth.bursts[0], truth);
  const double time = tolerance.time.value() + 2e-3;  // half the candidate's width
  for (const double sign : {-1.0, 1.0}) {
    CHECK(false_alarms(pulse(10.0 + 0.99 * sign * time, dm, 5.0), truth) == 0);
    CHECK(false_alarms(pulse(10.0 + 1.01 * sign * time, dm, 5.0), truth) == 1);
    CHECK(false_alarms(pulse(10.0, dm + 0.99 * sign * tolerance.dm.value(), 5.0), truth) == 0);
    CHECK(false_alarms(pulse(10.0, dm + 1.01 * sign * tolerance.dm.value(), 5.0), truth) == 1);
  }
}

TEST_CASE("two bursts close together are both found", "[training][evaluation]") {
  const Truth truth = sky({burst(10.0, 300.0, 20.0), burst(10.003, 300.0, 15.0)});
  const std::vector<FoundPulse> found{pulse(10.003, 300.0, 15.0), pulse(10.0, 300.0, 20.0),
                                      pulse(10.0015, 300.0, 9.0)};
  const Evaluation result = evaluate(found, truth);
  REQUIRE(result.matches.size() == 2);
  CHECK(result.matches[0].found == 1);
  CHECK(result.matches[1].found == 0);
  CHECK(result.duplicates == std::vector<std::size_t>{2});
  CHECK(result.false_alarms.empty());
}

TEST_CASE("a band of one channel tells no DM", "[training][evaluation]") {
  Truth truth = sky({burst(10.0, 300.0, 20.0)});
  truth.bursts[0].burst.band = Band{Megahertz{1499.9}, Megahertz{1499.8}};
  CHECK(false_alarms(pulse(10.0, 2000.0, 9.0), truth) == 0);
}

TEST_CASE("what is no number matches nothing", "[training][evaluation]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const Truth truth = sky({burst(10.0, 300.0, 20.0)});
  CHECK(false_alarms(pulse(nan, 300.0, 9.0), truth) == 1);
  CHECK(false_alarms(pulse(10.0, nan, 9.0), truth) == 1);
}

TEST_CASE("nothing found in nothing is a report too", "[training][evaluation]") {
  const Truth truth = sky({});
  const Evaluation result = evaluate({}, truth);
  CHECK(result.false_alarms_per_hour == 0.0);
  CHECK_FALSE(result.dm_error);
  const auto json = nlohmann::json::parse(to_json(result, {}, truth));
  CHECK(json["dm_error_pc_cm3"].is_null());
  CHECK_THAT(to_text(result, {}, truth), ContainsSubstring("0 candidates"));
}

TEST_CASE("the report says what the evaluation holds", "[training][evaluation]") {
  const Truth truth = sky({burst(10.0, 300.0, 20.0), burst(20.0, 500.0, 9.0)});
  std::vector<FoundPulse> found{pulse(10.001, 300.5, 17.0), pulse(15.0, 300.0, 8.0)};
  found[1].id = "e17";
  const Evaluation result = evaluate(found, truth);

  const auto json = nlohmann::json::parse(to_json(result, found, truth));
  CHECK(json["schema"] == "draftstream-evaluation/1.0.0");
  CHECK(json["bursts"] == 2);
  CHECK(json["found"] == 1);
  CHECK(json["false_alarms"][0]["id"] == "e17");
  CHECK(json["missed"][0]["dm_pc_cm3"] == 500.0);
  CHECK(std::abs(json["matches"][0]["dm_error_pc_cm3"].get<double>() - 0.5) < 1e-9);
  CHECK(json["recall"].back()["snr_high"].is_null());

  const std::string text = to_text(result, found, truth);
  CHECK_THAT(text, ContainsSubstring("8 to 10                 1        0    0.000\n"));
  CHECK_THAT(text, ContainsSubstring("20 to 30                1        1    1.000\n"));
  CHECK_THAT(text, ContainsSubstring("2 candidates: 1 bursts, 0 duplicates, 1 false alarms (20 per "
                                     "hour of 180 s)"));
  CHECK_THAT(text, ContainsSubstring("burst 1"));
}
