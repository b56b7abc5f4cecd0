// How good networks are, counted by hand on scenes that were made up.
#include "training/model_evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "training/evaluation.hpp"
#include "training/interference.hpp"

using namespace draftstream;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

SceneBurst burst(double snr, const Scores& best) {
  SceneBurst made;
  made.snr = snr;
  made.width = 4;
  made.sweep = 500.0;
  made.best = best;
  return made;
}

JudgedScene scene(std::vector<InterferenceKind> interference) {
  JudgedScene made;
  made.band = {Megahertz{1500.0}, Megahertz{1200.0}};
  made.interference = std::move(interference);
  made.duration_s = 36.0;
  made.tiles = 100.0;
  return made;
}

// Scores: S/N, detector, classifier, both.
JudgedScene with_bursts(std::vector<InterferenceKind> interference,
                        std::vector<SceneBurst> bursts) {
  JudgedScene made = scene(std::move(interference));
  made.with_bursts = true;
  made.bursts = std::move(bursts);
  for (const SceneBurst& one : made.bursts) {
    if (!std::isnan(one.best[3])) made.candidates.push_back({one.best, true});
  }
  return made;
}

JudgedScene without(std::vector<InterferenceKind> interference, std::vector<Scores> others) {
  JudgedScene made = scene(std::move(interference));
  for (const Scores& one : others) made.candidates.push_back({one, false});
  return made;
}

const RecallRow& row(const RecallTable& table, double rate, JudgedBy judge) {
  return *std::find_if(table.rows.begin(), table.rows.end(), [&](const RecallRow& one) {
    return one.false_rate == rate && one.by == judge;
  });
}

std::vector<JudgedScene> made_up() {
  const auto chirps = InterferenceKind::chirps;
  const auto radar = InterferenceKind::radar;
  std::vector<JudgedScene> scenes{
      // 300 tiles: three others may pass at 0.01, none at 0.001.
      without({chirps}, {{40.0, 0.9, 0.8, 0.95}, {30.0, 0.2, 0.7, 0.6}}),
      without({radar}, {{20.0, 0.3, 0.1, 0.15}, {nan, 0.85, 0.8, 0.9}}),
      without({}, {{6.0, 0.05, 0.15, 0.1}}),
      with_bursts({chirps}, {burst(9.0, {8.0, 0.4, 0.9, 0.7})}),  // bin 8 to 10
      with_bursts({radar}, {burst(9.5, {9.0, 0.95, 0.9, 0.97}),   // bin 8 to 10
                            burst(7.5, {nan, nan, nan, nan})}),   // missed
      with_bursts({}, {burst(6.5, {6.2, 0.8, 0.5, 0.7}),          // bin 6 to 7
                       burst(20.0, {nan, 0.9, 0.9, 0.99}),        // by networks alone
                       burst(5.0, {5.6, 0.9, 0.9, 0.99})}),       // below all bins
  };
  scenes[3].nbits = 2;
  return scenes;
}

Candidate candidate(double snr, double toa, double dm, double probability) {
  Candidate made;
  made.snr = snr;
  made.toa = Seconds{toa};
  made.dm = DispersionMeasure{dm};
  made.boxcar_samples = 4;
  made.detector_score = 0.25;
  made.classifier_score = 0.75;
  made.probability = probability;
  return made;
}

}  // namespace

TEST_CASE("thresholds and recall of all scenes", "[training][model_evaluation]") {
  const auto scenes = made_up();
  const ModelEvaluation result = evaluate_model(scenes);
  REQUIRE(result.tables.size() == 3);
  const RecallTable& all = result.tables[0];
  CHECK(all.scenes_with_bursts == 3);
  CHECK(all.scenes_without == 3);
  CHECK(all.tiles == Approx(300.0));
  CHECK(all.hours == Approx(0.03));
  // What can be found: by bins of 6, 7, 8 and 15.
  CHECK(all.found_by_search[0].passed == 1);
  CHECK(all.found_by_search[1].passed == 0);
  CHECK(all.found_by_search[1].of == 1);
  CHECK(all.found_by_search[2].passed == 2);
  CHECK(all.found_by_search[4].passed == 0);
  CHECK(all.found[4].passed == 1);
  CHECK(all.found[4].of == 1);

  REQUIRE(all.rows.size() == 8);
  // At 0.01, three pass: 40, 30 and 20 for S/N, so that 6 does not.
  const RecallRow& snr = row(all, 0.01, JudgedBy::snr);
  CHECK(snr.threshold == std::nextafter(6.0, 7.0));
  CHECK(snr.false_alarms == 3);
  CHECK(snr.recall[0].passed == 1);  // 6.2
  CHECK(snr.recall[1].passed == 0);
  CHECK(snr.recall[2].passed == 2);
  CHECK(snr.recall[4].passed == 0);  // networks alone
  const RecallRow& both = row(all, 0.01, JudgedBy::both);
  CHECK(both.threshold == std::nextafter(0.15, 1.0));
  CHECK(both.false_alarms == 3);
  CHECK(both.recall[0].passed == 1);
  CHECK(both.recall[2].passed == 2);
  CHECK(both.recall[4].passed == 1);
  // At 0.001 none may pass.
  CHECK(row(all, 0.001, JudgedBy::snr).threshold == std::nextafter(40.0, 41.0));
  CHECK(row(all, 0.001, JudgedBy::snr).recall[2].passed == 0);
  const RecallRow& strict = row(all, 0.001, JudgedBy::both);
  CHECK(strict.threshold == std::nextafter(0.95, 1.0));
  CHECK(strict.false_alarms == 0);
  CHECK(strict.recall[2].passed == 1);
  CHECK(strict.recall[2].of == 2);
  CHECK(row(all, 0.001, JudgedBy::detector).recall[2].passed == 1);    // 0.95 above 0.9
  CHECK(row(all, 0.001, JudgedBy::classifier).recall[2].passed == 2);  // 0.9 above 0.8

  REQUIRE(all.gains.size() == 2);
  CHECK(all.gains[0].gain[4].difference().value == Approx(1.0));
  CHECK(all.gains[0].gain[2].difference().value == Approx(0.0));
  CHECK(all.gains[1].gain[2].difference().value == Approx(0.5));
}

TEST_CASE("mimics and interference are left out with all that comes of them",
          "[training][model_evaluation]") {
  const auto scenes = made_up();
  const ModelEvaluation result = evaluate_model(scenes);
  const RecallTable& mild = result.tables[1];
  CHECK(mild.name == "without_mimics");
  CHECK(mild.tiles == Approx(200.0));
  CHECK(mild.scenes_with_bursts == 2);
  CHECK(mild.found[2].of == 1);
  // Two may pass of 0.9, 0.15 and 0.1.
  CHECK(row(mild, 0.01, JudgedBy::both).threshold == std::nextafter(0.1, 1.0));
  const RecallTable& clean = result.tables[2];
  CHECK(clean.name == "clean");
  CHECK(clean.tiles == Approx(100.0));
  CHECK(clean.found[2].of == 0);
  CHECK(clean.found[0].of == 1);
  CHECK(row(clean, 0.001, JudgedBy::snr).threshold == std::nextafter(6.0, 7.0));
  CHECK(row(clean, 0.01, JudgedBy::snr).threshold < 0.0);  // the one may pass
}

TEST_CASE("curves lead from one false alarm to all of them", "[training][model_evaluation]") {
  const auto scenes = made_up();
  const RecallTable all = evaluate_model(scenes).tables[0];
  REQUIRE(all.roc.size() == 4);
  for (const RocCurve& curve : all.roc) {
    REQUIRE(curve.false_a_tile.size() == curve.recall.size());
    REQUIRE_FALSE(curve.recall.empty());
    CHECK(std::is_sorted(curve.false_a_tile.begin(), curve.false_a_tile.end()));
    CHECK(curve.false_a_tile.front() >= 1.0 / 300.0);
    for (std::size_t i = 0; i < curve.recall.size(); ++i) {
      CHECK(curve.recall[i].of == 2);  // S/N 8 to 15
      if (i > 0) CHECK(curve.recall[i].passed >= curve.recall[i - 1].passed);
    }
    CHECK(curve.recall.back().passed == 2);
  }
  CHECK(all.roc[0].false_a_tile.back() == Approx(4.0 / 300.0));  // one has no S/N
  CHECK(all.roc[3].false_a_tile.back() == Approx(5.0 / 300.0));
  CHECK(all.roc[0].recall.front().passed == 0);
  CHECK(all.roc[3].recall.front().passed == 1);  // above 0.9: 0.97
}

TEST_CASE("slices tell bursts and scenes apart", "[training][model_evaluation]") {
  auto scenes = made_up();
  scenes[4].bursts[0].width = 8;
  scenes[4].bursts[1].width = 9;
  const ModelEvaluation result = evaluate_model(scenes);
  const auto slice = [&](const std::string& what, const std::string& name) {
    const auto found =
        std::find_if(result.slices.begin(), result.slices.end(),
                     [&](const Slice& one) { return one.what == what && one.name == name; });
    INFO(what << " " << name);
    REQUIRE(found != result.slices.end());
    return *found;
  };
  // Of S/N 7 and more: 9, 9.5, 7.5 and 20.
  const Slice narrow = slice("width", "3 to 8 samples");
  CHECK(narrow.found.of == 3);
  CHECK(narrow.found.passed == 3);
  CHECK(narrow.tiles == 0.0);
  CHECK(slice("width", "9 to 32 samples").found.of == 1);
  CHECK(slice("width", "9 to 32 samples").found.passed == 0);
  CHECK(slice("sweep", "300 to 1000 samples").found.of == 4);
  CHECK(slice("sweep", "1000 to 3000 samples").found.of == 0);
  CHECK(slice("bits", "2 bits").found.of == 1);
  CHECK(slice("bits", "8 bits").found.of == 3);
  CHECK(slice("band", "1300 to 1450 MHz").found.of == 4);  // 1350
  CHECK(slice("zero_dm", "off").found.of == 4);
  const Slice chirps = slice("interference", "chirps");
  CHECK(chirps.found.of == 1);
  CHECK(chirps.tiles == Approx(100.0));
  CHECK(chirps.recall[0][0].passed == 1);
  CHECK(chirps.recall[1][0].passed == 0);
  CHECK(chirps.false_alarms[0][0] == 2);  // 40 and 30 above 6
  CHECK(chirps.false_alarms[1][0] == 0);
  const Slice radar = slice("interference", "radar");
  CHECK(radar.false_alarms[0][0] == 1);  // the other has no S/N
  CHECK(radar.false_alarms[0][3] == 1);  // 0.9, not 0.15
  CHECK(slice("interference", "none").found.of == 1);
}

TEST_CASE("probabilities are compared with how often they come true",
          "[training][model_evaluation]") {
  const auto scenes = made_up();
  const ModelEvaluation result = evaluate_model(scenes);
  REQUIRE(result.reliability.size() == 3);
  const Reliability& both = result.reliability[2];
  CHECK(both.by == JudgedBy::both);
  // Above 0.9: 0.95 and 0.9 of others; 0.97, 0.99, 0.99 of bursts.
  CHECK(both.bursts[9].of == 5);
  CHECK(both.bursts[9].passed == 3);
  CHECK(both.said[9] == Approx(0.96));
  // 0.6 is none; both of 0.7 are.
  CHECK(both.bursts[6].of == 1);
  CHECK(both.bursts[6].passed == 0);
  CHECK(both.bursts[7].passed == 2);
  CHECK(both.bursts[1].of == 2);  // 0.15 and 0.1
  CHECK(std::isnan(both.said[0]));
  // |4.8 - 3| + |0.6 - 0| + |1.4 - 2| + |0.25 - 0| over 10.
  CHECK(both.error == Approx(0.325));
}

TEST_CASE("candidates are matched, and a burst has the best of them",
          "[training][model_evaluation]") {
  Truth truth;
  truth.samples = 10'000;
  truth.time = {UtcInstant{60000, 0.0}, Seconds{1e-3}};
  truth.frequency = FrequencyAxis{Megahertz{1499.85}, Megahertz{-0.3}, 1000};
  TrueBurst true_burst;
  true_burst.burst.dm = DispersionMeasure{300.0};
  true_burst.burst.snr = 20.0;
  true_burst.burst.width = Seconds{3e-3};
  true_burst.boxcar_toa = Seconds{2.0};
  true_burst.boxcar_snr = 18.0;
  true_burst.boxcar_samples = 3;
  truth.bursts.push_back(true_burst);
  true_burst.boxcar_toa = Seconds{8.0};
  true_burst.frac_inside = 0.5;  // does not count, but is no false alarm either
  truth.bursts.push_back(true_burst);

  const std::vector<Candidate> found{
      candidate(12.0, 2.001, 300.5, 0.3), candidate(17.0, 1.999, 299.0, 0.1),
      candidate(9.0, 2.0, 900.0, 0.99), candidate(6.0, 2.0, 300.0, 0.6),
      candidate(9.0, 8.0, 300.0, 0.5)};
  JudgedScene judged;
  match_bursts(truth, found, {true, true, true, false, true}, judged);
  REQUIRE(judged.bursts.size() == 1);
  CHECK(judged.bursts[0].snr == 18.0);
  CHECK(judged.bursts[0].width == 3);
  // Channel centres 1499.85 and 1200.15 MHz: 300 / 2.41e-4 (1200.15^-2 - 1499.85^-2) s.
  CHECK(judged.bursts[0].sweep == Approx(310.87).epsilon(1e-4));
  CHECK(of(judged.bursts[0].best, JudgedBy::snr) == 17.0);
  CHECK(of(judged.bursts[0].best, JudgedBy::both) == 0.6);
  CHECK(of(judged.bursts[0].best, JudgedBy::detector) == 0.25);
  REQUIRE(judged.candidates.size() == 5);
  CHECK(judged.candidates[0].burst);
  CHECK(judged.candidates[1].burst);
  CHECK_FALSE(judged.candidates[2].burst);
  CHECK(judged.candidates[3].burst);
  CHECK(judged.candidates[4].burst);
  CHECK(std::isnan(of(judged.candidates[3].scores, JudgedBy::snr)));  // found by networks alone
  CHECK(of(judged.candidates[3].scores, JudgedBy::both) == 0.6);

  match_bursts(truth, {}, {}, judged);
  CHECK(judged.candidates.empty());
  CHECK(std::isnan(of(judged.bursts[0].best, JudgedBy::snr)));
}

TEST_CASE("a candidate in the mark of a bright burst is that burst",
          "[training][model_evaluation]") {
  Truth truth;
  truth.samples = 10'000;
  truth.time = {UtcInstant{60000, 0.0}, Seconds{1e-3}};
  truth.frequency = FrequencyAxis{Megahertz{1499.85}, Megahertz{-0.3}, 1000};
  TrueBurst bright;
  bright.burst.dm = DispersionMeasure{300.0};
  bright.burst.snr = 1000.0;
  bright.burst.width = Seconds{1e-3};
  bright.boxcar_toa = Seconds{2.0};
  bright.boxcar_samples = 10;
  truth.bursts.push_back(bright);
  // A DM is 310.87 / 300 samples of sweep. With w = 10: 36 samples of sweep are 34.74 of DM; then
  // 32 + 10 + 18 samples late in the middle of the band, where 18 are made of the DM.
  struct Case {
    std::optional<Band> band;
    double dm_off;
    double late;
    bool is_one;
  };
  // From 0.58936 to 0.78269 of the sweep: 119.45 samples of it are 115.27 of DM. With 115 (119.17
  // samples) 81.75 are made of the DM in the middle, and 53.52 late.
  const Band part{Megahertz{1300.0}, Megahertz{1250.0}};
  for (const auto& [band, dm_off, late, is_one] : {Case{{}, 34.7, 0.0, true},
                                                   {{}, 34.8, 0.0, false},
                                                   {{}, 34.7, 0.0418, true},
                                                   {{}, 34.7, 0.0424, false},
                                                   {{}, 34.7, -0.0778, true},
                                                   {{}, 34.7, -0.0784, false},
                                                   {{}, -34.7, 0.0778, true},
                                                   {{}, -34.7, 0.0784, false},
                                                   {{}, 0.0, 0.0419, true},
                                                   {{}, 0.0, -0.0425, false},
                                                   {part, 115.0, -0.0817, true},
                                                   {part, 115.6, -0.0817, false},
                                                   {part, 115.0, -0.0285, true},
                                                   {part, 115.0, -0.0279, false},
                                                   {part, 115.0, -0.1350, true},
                                                   {part, 115.0, -0.1356, false}}) {
    truth.bursts[0].burst.band = band;
    JudgedScene judged;
    match_bursts(truth, {candidate(50.0, 2.0 + late, 300.0 + dm_off, 0.5)}, {true}, judged);
    CAPTURE(band.has_value(), dm_off, late);
    CHECK(judged.candidates[0].burst == is_one);
  }
}

TEST_CASE("tiles cover the sweeps that lie inside", "[training][model_evaluation]") {
  // 4096 samples, no sweep above 1024: 2 tiles less half of 1024^2 / (2048 * 1024).
  CHECK(tiles_in(4096.0, 1024.0) == Approx(2.0 - 0.25));
  CHECK(tiles_in(2048.0, 1024.0) == Approx(0.75));
  CHECK(tiles_in(1024.0, 9000.0) == Approx(0.25));  // a triangle
}

TEST_CASE("scenes of an evaluation", "[training][model_evaluation]") {
  std::set<std::uint64_t> skies;
  std::vector<int> by_bin(6, 0);
  for (std::size_t number = 0; number < 90; ++number) {
    const Scene scene = evaluation_scene(1, number);
    CHECK(scene.sky.bursts.empty() == (number % 3 == 2));
    skies.insert(scene.sky.seed);
    skies.insert(evaluation_scene(2, number).sky.seed);
    if (scene.sky.bursts.empty()) continue;
    const double boxcar = 0.94 * scene.sky.bursts[0].snr;
    CHECK(boxcar < 200.0001);
    const auto bin = recall_bin(boxcar + 1e-9);
    REQUIRE(bin);
    ++by_bin[*bin];
  }
  CHECK(skies.size() == 180);
  CHECK(by_bin == std::vector<int>{10, 10, 10, 10, 10, 10});
  CHECK(skies.count(draw_scene(1).sky.seed) == 0);
}

TEST_CASE("scenes of an evaluation have as much interference as asked for",
          "[training][model_evaluation]") {
  const auto with = [](double part) {
    std::size_t count = 0;
    for (std::size_t number = 0; number < 200; ++number) {
      const auto list = evaluation_scene(1, number, part).sky.interference;
      count += std::any_of(list.begin(), list.end(), [](const Interference& one) {
        return one.kind != InterferenceKind::dead;
      });
    }
    return count;
  };
  CHECK(with(0.0) == 0);
  CHECK(with(1.0) == 200);
  CHECK(with(0.75) > 130);  // 150 +- 6
  CHECK(with(0.75) < 170);
  CHECK_THROWS_AS(evaluation_scene(1, 0, 1.5), ConfigError);
}

TEST_CASE("an evaluation as JSON and as text", "[training][model_evaluation]") {
  const auto scenes = made_up();
  const ModelEvaluation evaluation = evaluate_model(scenes);
  ModelEvaluationRun run;
  run.options.scenes = scenes.size();
  run.detector.name = "first";
  run.classifier.version = "2.0";
  run.seconds = 1.5;
  const auto json = nlohmann::json::parse(to_json(evaluation, run));
  CHECK(json["schema"] == "draftstream-model-evaluation/1.0.0");
  CHECK(json["detector"]["name"] == "first");
  CHECK(json["classifier"]["version"] == "2.0");
  CHECK(json["snr_edges"].size() == 6);
  REQUIRE(json["tables"].size() == 3);
  const auto& row = json["tables"][0]["rows"][0];
  CHECK(row["by"] == "snr");
  CHECK(row["false_a_tile"] == 0.01);
  CHECK(row["false_alarms"]["count"] == 3);
  CHECK(row["false_alarms"]["a_tile"] == Approx(0.01));
  CHECK(row["false_an_hour"] == Approx(100.0));
  CHECK(row["recall"][2]["passed"] == 2);
  CHECK(row["recall"][3]["value"].is_null());  // no bursts there
  CHECK(json["tables"][2]["rows"][0]["threshold"].is_null());
  CHECK(json["tables"][0]["gains"][1]["both_less_snr"][2]["value"] == Approx(0.5));
  CHECK(json["reliability"][2]["error"] == Approx(0.325));
  CHECK(json["slices"][0]["tiles"].is_null());

  const std::string text = to_text(evaluation, run);
  CHECK_THAT(text, Catch::Matchers::Contains("All scenes: 3 scenes with bursts, 3 without"));
  CHECK_THAT(text, Catch::Matchers::Contains("0.50+-.29"));  // 1 of 2: sqrt(0.5 + 0.25) / 3 = 0.29
  CHECK_THAT(text, Catch::Matchers::Contains("1.5 s, 250 ms a scene"));
  // Of nothing at all there are no figures, and no crash.
  const ModelEvaluation nothing = evaluate_model({});
  CHECK(nlohmann::json::parse(to_json(nothing, run))["tables"].size() == 3);
  CHECK_FALSE(to_text(nothing, run).empty());
}
