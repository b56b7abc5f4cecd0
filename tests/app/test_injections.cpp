// Bursts put into what is searched: told as such, counted, and nobody else's.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/injections.hpp"
#include "publishers/candidate_reader.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;
using test::lines;
using test::TemporaryFolder;

namespace {

// 40 s of 64 channels with two bursts; 1 ms samples. Made once.
const std::string& sky() {
  static const test::SimulatedSky sky{{"--nchans", "64", "--tsamp", "1e-3", "--duration", "40",
                                       "--seed", "11", "--burst", "dm=300,t=2.5,width_ms=4,snr=25",
                                       "--burst", "dm=120,t=14.5,width_ms=2,snr=18"}};
  return sky.path();
}

std::vector<nlohmann::json> events(const std::string& out) {
  std::vector<nlohmann::json> all;
  for (const std::string& line : lines(content(out + "/candidates.jsonl"))) {
    all.push_back(nlohmann::json::parse(line));
    if (all.back().at("message_type") != "event") all.pop_back();
  }
  return all;
}

nlohmann::json counts(const std::string& out) {
  return nlohmann::json::parse(content(out + "/summary.json")).at("injections");
}

Observation make_observation() {
  Observation observation;
  observation.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-4.0}, 64};
  observation.time = {UtcInstant{60000, 0.0}, Seconds{1e-3}};
  observation.format = float_samples;
  return observation;
}

}  // namespace

TEST_CASE("injected bursts are found, and told as what they are", "[app][injections][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const auto result = test::run_draftstream(test::replay_arguments(
      sky(), out, test::without_networks, {"--inject-every", "6", "--dump-above", "8"}));
  INFO(result.err);
  REQUIRE(result.status == 0);
  const auto of_run = counts(out);
  CHECK(of_run.at("made") >= 5);
  CHECK(of_run.at("missed") == 0);
  CHECK(of_run.at("recall") == 1.0);
  CHECK(of_run.at("snr_ratio").get<double>() == Approx(1.0).margin(0.2));
  CHECK(of_run.at("found") == of_run.at("last"));
  std::vector<std::string> injected;
  std::vector<std::string> real;
  for (const auto& event : events(out)) {
    const bool is_injection = event.at("injection").at("is_injection");
    CHECK((event.at("alert_tense") == "injection") == is_injection);
    CHECK(event.at("injection").at("injection_id").is_null() != is_injection);
    (is_injection ? injected : real).push_back(event.at("event_id"));
    // What was never received cannot be dumped.
    const std::string dump = out + "/dumps/" + event.at("event_id").get<std::string>() + ".fil";
    CHECK(std::filesystem::exists(dump) != is_injection);
  }
  CHECK(injected.size() >= of_run.at("found"));
  CHECK(real.size() == 2);

  // Chunks do not matter.
  REQUIRE(test::run_draftstream(
              test::replay_arguments(sky(), folder.file("small"), test::without_networks,
                                     {"--inject-every", "6", "--chunk-samples", "700"}))
              .status == 0);
  CHECK(test::rows(folder.file("small/candidates.csv"), 1) ==
        test::rows(out + "/candidates.csv", 1));
}

TEST_CASE("a burst that nobody finds is missed", "[app][injections][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  REQUIRE(
      test::run_draftstream(test::replay_arguments(sky(), out, test::without_networks,
                                                   {"--inject-every", "6", "--threshold", "1000"}))
          .status == 0);
  CHECK(counts(out).at("found") == 0);
  CHECK(counts(out).at("missed") >= 4);
  CHECK(counts(out).at("recall") == 0.0);
  CHECK(counts(out).at("snr_ratio").is_null());
  REQUIRE(
      test::run_draftstream(test::replay_arguments(sky(), out, test::without_networks)).status ==
      0);
  CHECK(counts(out).is_null());
}

TEST_CASE("only what lies where it was put is an injection", "[app][injections]") {
  const Observation observation = make_observation();
  InjectionRule rule;
  rule.every = Seconds{2.0};
  Injections injections{{&observation}, rule};
  // Noise enough to measure: two values in turns, the same in no two channels.
  std::vector<float> spectra(10'000 * 64);
  for (std::size_t i = 0; i < spectra.size(); ++i) {
    spectra[i] = static_cast<float>((i / 64 * 7919 + i % 64 * 104729) % 97);
  }
  const FilterbankChunk chunk{0, 10'000, 64, float_samples, std::as_bytes(std::span{spectra}), {}};
  (void)injections.add(0, chunk);
  const std::uint64_t made = injections.summary().made;
  REQUIRE(made == 4);
  Candidate elsewhere;
  elsewhere.toa = Seconds{0.5};
  elsewhere.dm = DispersionMeasure{100.0};
  elsewhere.snr = 20.0;
  CHECK_FALSE(injections.claim(0, elsewhere));
  injections.settled(0, 1'000);
  CHECK(injections.summary().last == 0);
  injections.ended(0, 10'000);
  CHECK(injections.summary().missed + injections.summary().found <= made);
  CHECK(injections.summary().missed >= 2);
  CHECK(injections.summary().found == 0);
}
