// Truth files: what is written is read again, what is spoilt is refused by name.
#include <cmath>
#include <string>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "training/sky.hpp"
#include "training/truth.hpp"

using namespace draftstream;

namespace {

Truth example() {
  SkyOptions options;
  options.nchans = 32;
  options.tsamp = Seconds{1e-3};
  options.duration = Seconds{10.0};
  options.seed = 0xfedcba9876543210U;
  options.start = {58227, 47911.5};
  options.bursts = {parse_burst("dm=300.25,t=4.1,snr=50,tau_ms=5,index=-1.25,band=1450-1250"),
                    parse_burst("dm=100,t=9.9"),
                    parse_burst("dm=20,t=9.91,components=3,spacing_ms=8,ratio=0.7,band=1400-1300,"
                                "drift_mhz_ms=1.25,slant_ms=0.5,scint_mhz=20,scint_depth=0.75,"
                                "scint_seed=77")};
  options.interference = parse_interference("narrowband:0.1,impulses,dead:0.1");
  Truth truth = Sky{options}.truth();
  truth.recording = "sky \"quoted\".fil";
  return truth;
}

std::string spoilt(const std::string& from, const std::string& to) {
  std::string text = to_json(example());
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a truth file lies beside its recording", "[training][truth]") {
  CHECK(truth_path("sky.fil") == "sky.truth.json");
  CHECK(truth_path("a.b/sky.1.fits") == "a.b/sky.1.truth.json");
  CHECK(truth_path("a.b/sky") == "a.b/sky.truth.json");
}

TEST_CASE("a truth comes back as it was written", "[training][truth]") {
  const Truth truth = example();
  const Truth read = parse_truth(to_json(truth));
  CHECK(read.recording == truth.recording);
  CHECK(read.seed == truth.seed);
  CHECK(read.samples == 10'000);
  CHECK(read.nbits == 8);
  CHECK(read.time.start == truth.time.start);
  CHECK(read.time.sample_time == truth.time.sample_time);
  CHECK(read.frequency == truth.frequency);
  CHECK(read.telescope == truth.telescope);
  CHECK(read.source_name == truth.source_name);
  REQUIRE(read.bursts.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const TrueBurst& a = read.bursts[i];
    const TrueBurst& b = truth.bursts[i];
    CHECK(a.burst.dm == b.burst.dm);
    CHECK(a.burst.toa == b.burst.toa);
    CHECK(std::abs((a.burst.width - b.burst.width).value()) < 1e-15);
    CHECK(std::abs((a.burst.tau - b.burst.tau).value()) < 1e-15);
    CHECK(a.burst.snr == b.burst.snr);
    CHECK(a.burst.index == b.burst.index);
    CHECK(a.burst.band == b.burst.band);
    CHECK(a.burst.components == b.burst.components);
    CHECK(std::abs((a.burst.spacing - b.burst.spacing).value()) < 1e-15);
    CHECK(a.burst.ratio == b.burst.ratio);
    CHECK(a.burst.drift_mhz_ms == b.burst.drift_mhz_ms);
    CHECK(std::abs((a.burst.slant - b.burst.slant).value()) < 1e-15);
    CHECK(a.burst.scint_scale == b.burst.scint_scale);
    CHECK(a.burst.scint_depth == b.burst.scint_depth);
    CHECK(a.burst.scint_seed == b.burst.scint_seed);
    CHECK(a.toa_infinite == b.toa_infinite);
    CHECK(a.fluence_sigma == b.fluence_sigma);
    CHECK(a.peak_sigma == b.peak_sigma);
    CHECK(a.frac_inside == b.frac_inside);
    CHECK(a.boxcar_snr == b.boxcar_snr);
    CHECK(a.boxcar_samples == b.boxcar_samples);
    CHECK(a.boxcar_toa == b.boxcar_toa);
  }
  REQUIRE(read.interference.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(read.interference[i].interference == truth.interference[i].interference);
    CHECK(read.interference[i].events == truth.interference[i].events);
    CHECK(read.interference[i].samples == truth.interference[i].samples);
    CHECK(read.interference[i].channels == truth.interference[i].channels);
  }
  CHECK(to_json(read) == to_json(truth));
}

TEST_CASE("a truth of version 1.0 has bursts of one component", "[training][truth]") {
  std::string text = to_json(example());
  for (const char* field : {"components", "spacing_ms", "ratio", "drift_mhz_ms", "slant_ms",
                            "scint_mhz", "scint_depth", "scint_seed"}) {
    const std::string key = std::string{"\""} + field + "\"";
    for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key)) {
      text.erase(at, text.find(',', at) + 1 - at);
    }
  }
  text.replace(text.find("truth/1.1"), 9, "truth/1.0");
  const Truth read = parse_truth(text);
  REQUIRE(read.bursts.size() == 3);
  CHECK(read.bursts[2].burst.dm == DispersionMeasure{20.0});
  CHECK(read.bursts[2].burst.components == 1);
  CHECK(read.bursts[2].burst.scint_scale == Megahertz{0.0});
}

TEST_CASE("toa at infinite frequency is earlier by the whole delay", "[training][truth]") {
  const Truth truth = example();
  // 300.25 k / f_top^2 with f_top = 1500 - 300 / 64 MHz.
  CHECK(std::abs(truth.bursts[0].toa_infinite.value() - (4.1 - 0.557188374)) < 1e-8);
}

TEST_CASE("a spoilt truth names its field", "[training][truth]") {
  struct Row {
    const char *from, *to, *message;
  };
  const auto row = GENERATE(values<Row>({
      {"{", "", "found text that is no JSON"},
      {"draftstream-truth/1.1", "draftstream-truth/2.1",
       "schema: found \"draftstream-truth/2.1.0\""},
      {"\"components\": 3", "\"components\": 9", "bursts[2].components: found 9"},
      {"\"spacing_ms\": 8.0", "\"spacing_ms\": -8.5", "bursts[2].spacing_ms: found -8.5"},
      {"\"scint_depth\": 0.75", "\"scint_depth\": \"all\"", "bursts[2].scint_depth: found \"all\""},
      {"\"slant_ms\"", "\"slope_ms\"", "bursts[0]: found no field, expected 'slant_ms'"},
      {"\"schema\"", "\"scheme\"", "truth: found no field, expected 'schema'"},
      {"\"nchans\": 32", "\"nchans\": 0", "observation.nchans: found 0, expected a whole number"},
      {"\"nchans\": 32", "\"nchans\": 1e400", "found text that is no JSON"},
      {"\"tsamp_s\": 0.001", "\"tsamp_s\": -0.001", "observation.tsamp_s: found -0.001"},
      {"\"tsamp_s\": 0.001", "\"tsamp_s\": \"1 ms\"", "observation.tsamp_s: found \"1 ms\""},
      {"\"foff_mhz\": -9.375", "\"foff_mhz\": 0.0", "observation.foff_mhz: found 0.0"},
      {"\"foff_mhz\": -9.375", "\"foff_mhz\": -99.0", "every channel above 0 MHz"},
      {"\"dm_pc_cm3\": 300.25", "\"dm_pc_cm3\": null",
       "bursts[0].dm_pc_cm3: found null, expected a number"},
      {"\"dm_pc_cm3\": 100.0", "\"dm\": 100.0", "bursts[1]: found no field, expected 'dm_pc_cm3'"},
      {"\"frac_inside\": 1.0", "\"frac_inside\": 1.5", "bursts[0].frac_inside: found 1.5"},
      {"\"band_mhz\": null", "\"band_mhz\": [1300]", "bursts[1].band_mhz: found [1300]"},
      {"\"kind\": \"dead\"", "\"kind\": \"storm\"", "interference[2].kind: found \"storm\""},
      {"\"kind\": \"dead\"", "\"kind\": \"undead\"", "interference[2].kind: found \"undead\""},
      {"\"channels\": []", "\"channels\": [32]", "interference[1].channels: found 32"},
      {"\"channels\": []", "\"channels\": {}", "interference[1].channels: found {}"},
  }));
  INFO(row.from << " -> " << row.to);
  CHECK_THROWS_AS(parse_truth(spoilt(row.from, row.to)), InputError);
  CHECK_THROWS_WITH(parse_truth(spoilt(row.from, row.to)), ContainsSubstring(row.message));
}

TEST_CASE("no beginning of a truth file is taken for one", "[training][truth]") {
  const std::string text = to_json(example());
  for (std::size_t length = 0; length < text.size(); ++length) {
    CHECK_THROWS_AS(parse_truth(text.substr(0, length)), InputError);
  }
}

TEST_CASE("a field that a later version adds is no fault", "[training][truth]") {
  CHECK_NOTHROW(parse_truth(spoilt("\"seed\"", "\"polarisation\": {\"rm\": 3}, \"seed\"")));
  CHECK_NOTHROW(parse_truth(spoilt("truth/1.1.0", "truth/1.7.0")));
}

TEST_CASE("an absent truth file is missing, not wrong", "[training][truth]") {
  CHECK_THROWS_AS(read_truth("/nowhere/sky.truth.json"), MissingInput);
}
