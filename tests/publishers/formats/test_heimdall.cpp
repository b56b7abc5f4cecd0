// heimdall's .cand files: what each line says, worked out by hand.
#include <cmath>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "engine/dm_plan.hpp"
#include "tests/publishers/formats/written_formats.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::content;
using test::files_in;
using test::sample_beam;
using test::write;
using test::Written;

TEST_CASE("heimdall: nine columns, each with a tab behind it", "[publishers][formats]") {
  FormatBeam beam = sample_beam();
  beam.trials = {DispersionMeasure{474.8}, DispersionMeasure{474.8}, 1.25};
  Written written{CandidateFormat::heimdall, {beam}};
  REQUIRE(files_in(written.own) == std::vector<std::string>{"2018-04-17-13:18:31_07.cand"});
  const auto path = written.own / "2018-04-17-13:18:31_07.cand";
  CHECK(content(path).empty());
  write(written.files, test::sample_event(0));
  // Sample 8112 of 0.25 ms; 8 samples from 8108 on are filter 3.
  CHECK(content(path) == "8\t8112\t2.028\t3\t0\t474.8\t17\t8108\t8115\t\n");
  // 12 samples (index 4) are nearer to 16 than to 8 in powers of 2; 11 are not.
  Event wide = test::sample_event(0);
  wide.signal.width_samples = 12;
  write(written.files, wide);
  wide.signal.width_samples = 11;
  wide.time.sample_index = 5;
  write(written.files, wide);
  CHECK_THAT(content(path), ContainsSubstring("\t4\t0\t474.8\t17\t8106\t8117\t\n"));
  CHECK_THAT(content(path), ContainsSubstring("8\t5\t0.00125\t3\t0\t474.8\t17\t0\t10\t\n"));
}

TEST_CASE("heimdall: the trial is the nearest of the plan", "[publishers][formats][property]") {
  const FormatBeam beam = sample_beam();
  const DmPlan plan{beam.observation.frequency, beam.observation.time.sample_time,
                    test::searched_dms};
  Written written{CandidateFormat::heimdall};
  std::mt19937 random{5};
  std::vector<double> dms{0.0, 2000.0, plan.trial(plan.trials() - 1).value() + 1.0};
  for (int i = 0; i < 200; ++i) {
    dms.push_back(std::uniform_real_distribution<double>{0.0, 2000.0}(random));
  }
  Event event = test::sample_event(1);
  for (const double dm : dms) {
    event.dm.value_pc_cm3 = dm;
    write(written.files, event);
  }
  std::istringstream lines{content(written.own / "2018-04-17-13:18:31_07.cand")};
  for (const double dm : dms) {
    double column = 0.0;
    for (int skipped = 0; skipped < 4; ++skipped) lines >> column;
    std::size_t trial = 0;
    REQUIRE(lines >> trial >> column);
    CHECK(column == dm);
    REQUIRE(trial < plan.trials());
    for (std::size_t other = 0; other < plan.trials(); ++other) {
      CHECK(std::abs(plan.trial(trial).value() - dm) <= std::abs(plan.trial(other).value() - dm));
    }
    lines.ignore(1000, '\n');
  }
}

TEST_CASE("heimdall: beams from 0 are counted from 1, others as they are",
          "[publishers][formats]") {
  const auto numbers = [](const std::vector<std::optional<int>>& beams) {
    std::vector<FormatBeam> all;
    for (const auto beam : beams) {
      all.push_back(sample_beam());
      all.back().observation.beam = beam;
    }
    const Written written{CandidateFormat::heimdall, all};
    std::vector<std::string> names;
    for (const std::string& file : files_in(written.own)) names.push_back(file.substr(20));
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(numbers({7}) == Names{"07.cand"});
  CHECK(numbers({std::nullopt}) == Names{"01.cand"});
  CHECK(numbers({1, 13}) == Names{"01.cand", "13.cand"});
  CHECK(numbers({0, 1, 12}) == Names{"01.cand", "02.cand", "13.cand"});
}
