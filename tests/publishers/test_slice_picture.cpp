// Pictures of slices: that they are drawn, and that what is drawn is what is there.
#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "publishers/event_maker.hpp"
#include "publishers/plots/panel.hpp"
#include "publishers/plots/slice_picture.hpp"
#include "publishers/plots/slice_view.hpp"
#include "publishers/uuid.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file_content.hpp"
#include "tests/support/synthetic_sky.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream {
namespace {

constexpr test::Band band{1500.0, -4.0, 64, 1e-3};

Observation observation() {
  return test::Sky{band, 1, 1}.observation(SampleFormat{8});
}

Candidate candidate_at(double snr, double dm, std::uint64_t sample) {
  Candidate candidate;
  candidate.snr = snr;
  candidate.dm = DispersionMeasure{dm};
  candidate.boxcar_samples = 4;
  candidate.first_sample = sample - 2;
  candidate.sample_index = sample;
  candidate.toa = Seconds{static_cast<double>(sample) * 1e-3};
  candidate.detector_score = 0.87654321;
  candidate.label = "burst";
  return candidate;
}

Waterfall waterfall(double dm) {
  Waterfall one;
  one.image = {16, 100, {}};
  for (std::size_t i = 0; i < 1600; ++i) {
    one.image.values.push_back(static_cast<float>(std::sin(0.37 * static_cast<double>(i))));
  }
  one.time_s = {1.0, 2.0};
  one.profile.assign(100, 0.5);
  one.profile[40] = 9.0;
  one.profile[41] = std::nan("");
  for (std::size_t i = 16; i > 0; --i) one.delays.push_back(1e-5 * static_cast<double>(i));
  one.dm = DispersionMeasure{dm};
  return one;
}

SliceView view() {
  EventContext context;
  context.session = make_uuid();
  context.observation = observation();
  EventMaker maker{context};
  SliceView slice;
  slice.name = "a #name";
  slice.block = {1, 700};
  const Candidate first = candidate_at(1.0 / 3.0 + 20.0, 200.1 + 0.2, 1400);
  slice.stretch = slice_around(first, observation());
  slice.candidates.push_back({maker.make(first), first, ""});
  const Candidate second = candidate_at(9.5, 180.0, 1500);
  slice.candidates.push_back({maker.make(second), second, ""});
  slice.more = 3;
  slice.dispersed = waterfall(0.0);
  slice.dedispersed = waterfall(first.dm.value());
  return slice;
}

}  // namespace

TEST_CASE("a slice reaches around its candidate", "[publishers][plots]") {
  const SliceStretch stretch = slice_around(candidate_at(20.0, 200.0, 14'000), observation());
  CHECK(stretch.first < 14'000);
  CHECK(stretch.first + stretch.samples > 14'000);
  CHECK(stretch.samples == 2048);
  CHECK(stretch.dm_pc_cm3.low < 200.0);
  CHECK(stretch.dm_pc_cm3.high > 200.0);
  // Nothing lies before the beginning.
  const SliceStretch early = slice_around(candidate_at(20.0, 200.0, 10), observation());
  CHECK(early.first == 0);
  CHECK(early.samples < 2048);
}

TEST_CASE("numbers on a plot are those of the event, rounded", "[publishers][plots]") {
  const SliceView slice = view();
  const Event event = slice.candidates[0].event;
  const SlicePicture picture = picture_of(slice, observation(), {});
  REQUIRE(picture.marks.size() == 2);
  const SliceMark& mark = picture.marks[0];
  CHECK(mark.facts.at(0) == "1: " + event.event_id);
  CHECK(mark.facts.at(1) == "S/N 20.33, DM 200.30 pc cm#u-3#d, t 1.400000 s");
  CHECK(mark.facts.at(2) == "width 4 ms, burst");
  CHECK(mark.facts.at(3) == "detector 0.877");
  CHECK(mark.name == "1: 0.88");
  CHECK(mark.toa_s == event.time.toa_s);
  CHECK(picture.more == 3);
  CHECK(picture.band_mhz.low == Approx(1246.0));
  CHECK(picture.band_mhz.high == Approx(1502.0));
  CHECK(picture.dm_time.rows == 256);
  CHECK(picture.sweep_s.front() == Approx(16e-5 * event.dm.value_pc_cm3));
}

TEST_CASE("a picture that reaches beyond its block says so", "[publishers][plots]") {
  const test::TemporaryFolder folder;
  Observation stream = observation();
  stream.samples.reset();
  SlicePicture picture = picture_of(view(), stream, {});
  CHECK(picture.title == "a #name, chunk 001 (0.700 to 1.400 s), slice 000, whole band");
  CHECK(picture.block_s.high == Approx(1.4));
  REQUIRE(picture.dm_time_s.low == 1.0);
  REQUIRE(picture.dm_time_s.high == 2.0);
  const auto drawn = [&](const AxisRange& block_s) {
    picture.block_s = block_s;
    draw_detections(folder.file("a.png"), picture);
    return test::content(folder.file("a.png"));
  };
  const std::string without = drawn({1.0, 2.0});
  CHECK(drawn({0.7, 2.3}) == without);
  CHECK(drawn({1.0, 1.4}) != without);
  CHECK(drawn({1.4, 2.0}) != without);
  CHECK(drawn({1.4, 2.0}) != drawn({1.0, 1.4}));  // which of them it is

  Observation recording = observation();
  recording.samples = 900;  // it ends in the block
  CHECK(picture_of(view(), recording, {}).block_s.high == Approx(0.9));
}

TEST_CASE("text from outside is no command to who draws it", "[publishers][plots]") {
  CHECK(plain_text("a#u b") == "a##u b");
  CHECK(plain_text("b\x01\xc3\xa4\n~") == "b????~");
  CHECK(plain_text("") == "");
}

TEST_CASE("an impulse leaves the rest of an image to be seen", "[publishers][plots]") {
  Image image{64, 500, {}};
  for (std::size_t i = 0; i < 32'000; ++i) {
    image.values.push_back(static_cast<float>(std::sin(0.37 * static_cast<double>(i))));
  }
  const AxisRange quiet = range_capped(image, 0.02, 0.998, 6.0);
  CHECK(quiet.low == range_between(image, 0.02, 0.998).low);
  CHECK(quiet.high == range_between(image, 0.02, 0.998).high);
  for (std::size_t i = 0; i < 32'000; i += 250) image.values[i] = 200.0F;  // in 0.4 percent
  CHECK(range_between(image, 0.02, 0.998).high == 200.0);
  const AxisRange impulse = range_capped(image, 0.02, 0.998, 6.0);
  CHECK(impulse.low == Approx(quiet.low).margin(0.05));
  CHECK(impulse.high == Approx(6.0 * 0.88).margin(0.1));                 // sin(-61 degrees)
  for (std::size_t i = 0; i < 32'000; i += 50) image.values[i] = 20.0F;  // a burst: 2 percent
  CHECK(range_capped(image, 0.02, 0.998, 6.0).high == 20.0);
  const Image none{1, 2, {std::nanf(""), std::nanf("")}};
  CHECK(range_capped(none, 0.02, 0.998, 6.0).high == 1.0);
}

TEST_CASE("pictures of a slice are drawn as PNG, PDF and SVG", "[publishers][plots]") {
  const test::TemporaryFolder folder;
  SlicePicture picture = picture_of(view(), observation(), {});
  using Draw = void (*)(const std::filesystem::path&, const SlicePicture&);
  for (const Draw draw : {draw_composite, draw_detections, draw_dispersed, draw_dedispersed}) {
    for (const char* name : {"a.png", "a.pdf", "a.svg"}) {
      CAPTURE(name);
      draw(folder.file(name), picture);
      CHECK(test::content(folder.file(name)).size() > 5000);
    }
    const std::string with = test::content(folder.file("a.png"));
    CHECK(with.rfind("\x89PNG", 0) == 0);
    SlicePicture other = picture;
    other.marks[0].facts[1] = "S/N 1";
    draw(folder.file("a.png"), other);
    CHECK(test::content(folder.file("a.png")) != with);
    CHECK_THROWS_AS(draw(folder.file("a.jpg"), picture), std::runtime_error);
    CHECK_THROWS_AS(draw(folder.file("none/a.png"), picture), std::runtime_error);
  }
  picture.marks.clear();  // a block without candidates
  CHECK_NOTHROW(draw_composite(folder.file("b.png"), picture));
  picture.dispersed.image.values.pop_back();
  CHECK_THROWS_AS(draw_composite(folder.file("c.png"), picture), std::invalid_argument);
}

}  // namespace draftstream
