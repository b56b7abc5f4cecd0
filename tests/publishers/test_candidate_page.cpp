// Pages about candidates: what is on them, and that they are drawn.
#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include <stdexcept>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "publishers/cutouts/event_cutout.hpp"
#include "publishers/event_maker.hpp"
#include "publishers/plots/candidate_page.hpp"
#include "publishers/plots/candidate_view.hpp"
#include "publishers/uuid.hpp"
#include "tests/engine/search_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file_content.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream {
namespace {

constexpr test::Band band{1500.0, -1.0, 256, 0.5e-3};
constexpr SampleFormat bytes{8};

const Cutout& cutout() {
  static const Cutout one = [] {
    test::Sky sky{band, 20000, 3};
    sky.add({120.0, 9000.0, 8.0, 30.0});
    const Observation observation = sky.observation(bytes);
    SearchConfig config;
    config.dm_max = DispersionMeasure{300.0};
    config.threads = 1;
    LookSettings looks;
    looks.keep = true;
    const auto run =
        test::run_search(observation, sky.stored(bytes, 100.0F, 12.0F), config, {}, {}, looks);
    REQUIRE(run.candidates.size() == 1);
    EventContext context;
    context.session = make_uuid();
    context.observation = observation;
    const Event event = EventMaker{context}.make(run.candidates[0]);
    return cutout_of(event, *run.candidates[0].look, observation, "sky.fil");
  }();
  return one;
}

std::size_t brightest(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

double at(const AxisRange& range, std::size_t cell, std::size_t cells) {
  return range.low +
         (range.high - range.low) * (static_cast<double>(cell) + 0.5) / static_cast<double>(cells);
}

}  // namespace

TEST_CASE("a page shows the pulse where the event says it is", "[publishers][plots]") {
  const CandidatePage page = page_of(cutout());
  CHECK(page.title == cutout().info.event_id);
  const std::size_t cells = page.profile.size();
  CHECK(std::abs(at(page.time_ms, brightest(page.profile), cells)) < 4.0);
  CHECK(page.band_mhz.low == Approx(1244.5));
  CHECK(page.band_mhz.high == Approx(1500.5));
  const double dm = at(page.dm_pc_cm3, brightest(page.dm_curve), page.dm_curve.size());
  CHECK(dm == Approx(120.0).margin(3.0));
  CHECK(page.dm_curve[brightest(page.dm_curve)] == Approx(cutout().info.snr).epsilon(0.15));
  CHECK(page.dm == Approx(cutout().info.dm_pc_cm3));
  CHECK((page.far_time_s.low < 0.0 && page.far_time_s.high > 0.0));
  // The brightest pixel of the surroundings is the candidate.
  const Image& far = page.far_dm_time;
  const auto most = std::max_element(far.values.begin(), far.values.end()) - far.values.begin();
  const auto row = static_cast<std::size_t>(most) / far.columns;
  const auto column = static_cast<std::size_t>(most) % far.columns;
  CHECK(at(page.far_dm_pc_cm3, row, far.rows) == Approx(120.0).margin(4.0));
  CHECK(std::abs(at(page.far_time_s, column, far.columns)) < 0.02);
  // What candidates.csv has, rounded.
  CHECK(page.facts.at(0) == fmt::format("S/N {:.2f}", cutout().info.snr));
  CHECK(page.facts.at(1) == fmt::format("DM {:.2f} pc cm#u-3#d", cutout().info.dm_pc_cm3));
  CHECK(page.facts.at(4) == fmt::format("{:.6f} s after the beginning", cutout().info.toa_s));
  CHECK(page.facts.at(3).rfind("2017-09-04T00:00:04.50", 0) == 0);
}

TEST_CASE("pages are drawn as PNG, PDF and SVG", "[publishers][plots]") {
  const CandidatePage page = page_of(cutout());
  const test::TemporaryFolder folder;
  struct Row {
    const char* name;
    const char* begins;
  };
  for (const Row& row :
       {Row{"page.png", "\x89PNG"}, Row{"page.pdf", "%PDF"}, Row{"page.svg", "<?xml"}}) {
    CAPTURE(row.name);
    draw_candidate(folder.file(row.name), page);
    const std::string drawn = test::content(folder.file(row.name));
    CHECK(drawn.size() > 5000);
    CHECK(drawn.rfind(row.begins, 0) == 0);
  }
  CHECK_THROWS_AS(draw_candidate(folder.file("page.jpg"), page), std::runtime_error);
  CHECK_THROWS_AS(draw_candidate(folder.file("none/page.png"), page), std::runtime_error);
  CandidatePage wrong = page;
  wrong.waterfall.values.pop_back();
  CHECK_THROWS_AS(draw_candidate(folder.file("wrong.png"), wrong), std::invalid_argument);
}

TEST_CASE("a cutout of which no page can be made is refused", "[publishers][plots]") {
  Cutout bad = cutout();
  bad.tile.pop_back();
  CHECK_THROWS_AS(page_of(bad), InputError);
  bad = cutout();
  bad.info.tsamp_s = 0.0;
  CHECK_THROWS_AS(page_of(bad), InputError);
  bad = cutout();
  bad.info.step_mhz = 0.0;
  CHECK_THROWS_AS(page_of(bad), InputError);
}

}  // namespace draftstream
