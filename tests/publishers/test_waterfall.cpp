// Waterfalls: a pulse is where it was put, and what is no data is none.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "publishers/plots/waterfall.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

constexpr test::Band band{1500.0, -4.0, 64, 1e-3};
constexpr SampleFormat bytes{8};
constexpr std::size_t length = 4000;
constexpr double dm = 200.0;
constexpr double middle = 1500.5;  // of the pulse [samples]

struct Recorded {
  test::Sky sky{band, length, 5};
  Observation observation;
  std::vector<std::byte> stored;

  Recorded() {
    sky.add({dm, middle, 12.0, 60.0});
    observation = sky.observation(bytes);
    stored = sky.stored(bytes, 100.0F, 10.0F);
  }
  [[nodiscard]] FilterbankChunk chunk(std::size_t first, std::size_t end,
                                      std::span<const Gap> gaps = {},
                                      std::span<const Hole> holes = {}) const {
    const std::size_t stride = observation.spectrum_bytes();
    return {first,
            end - first,
            band.channels,
            bytes,
            std::span{stored}.subspan(first * stride, (end - first) * stride),
            gaps,
            holes};
  }
};

const Recorded& recorded() {
  static const Recorded one;
  return one;
}

Waterfall made(const WaterfallPlan& plan, const std::vector<bool>& masked = {},
               std::span<const Gap> gaps = {}, std::span<const Hole> holes = {}) {
  WaterfallMaker maker{recorded().observation, masked, plan};
  maker.add(recorded().chunk(0, length, gaps, holes));
  return maker.make();
}

std::size_t brightest(const float* values, std::size_t count) {
  return static_cast<std::size_t>(std::max_element(values, values + count) - values);
}

const float* row_of(const Image& image, std::size_t row) {
  return &image.values[row * image.columns];
}

bool is_empty(const Image& image, std::size_t row) {
  return std::none_of(row_of(image, row), row_of(image, row) + image.columns,
                      [](float value) { return std::isfinite(value); });
}

}  // namespace

TEST_CASE("a dedispersed waterfall shows the pulse in all bands at once", "[publishers][plots]") {
  const Waterfall waterfall = made({1000, 1000, DispersionMeasure{dm}});
  REQUIRE(waterfall.image.rows == 64);
  REQUIRE(waterfall.image.columns == 500);  // 2 samples a cell
  CHECK(waterfall.time_s.low == Approx(1.0));
  CHECK(waterfall.time_s.high == Approx(2.0));
  const auto peak = std::max_element(waterfall.profile.begin(), waterfall.profile.end());
  CHECK(std::abs(static_cast<double>(peak - waterfall.profile.begin()) - 250.0) <= 2.0);
  // A Gaussian 12 samples wide, in cells of 2.
  CHECK(*peak == Approx(60.0 * 0.4).epsilon(0.25));
  int at_the_pulse = 0;
  for (std::size_t row = 0; row < 64; ++row) {
    const auto cell = static_cast<double>(brightest(row_of(waterfall.image, row), 500));
    at_the_pulse += std::abs(cell - 250.0) <= 6.0 ? 1 : 0;
  }
  CHECK(at_the_pulse >= 45);
}

TEST_CASE("a dispersed waterfall shows the sweep", "[publishers][plots]") {
  const Waterfall waterfall = made({1000, 2500, DispersionMeasure{0.0}});
  REQUIRE(waterfall.image.columns == 500);  // 5 samples a cell
  int at_the_pulse = 0;
  for (std::size_t row = 0; row < 64; ++row) {
    const std::size_t channel = 63 - row;  // the lowest frequency first
    const double expected = (middle + band.late(dm, channel) - 1000.0) / 5.0;
    const auto cell = static_cast<double>(brightest(row_of(waterfall.image, row), 500));
    at_the_pulse += std::abs(cell - expected) <= 3.0 ? 1 : 0;
    CHECK(waterfall.delays[row] * dm == Approx(band.late(dm, channel) * 1e-3).margin(1e-6));
  }
  CHECK(at_the_pulse >= 45);
}

TEST_CASE("how samples are cut into chunks does not change a waterfall",
          "[publishers][plots][property]") {
  const WaterfallPlan plan{900, 1100, DispersionMeasure{dm}};
  const Waterfall whole = made(plan);
  WaterfallMaker maker{recorded().observation, {}, plan};
  for (std::size_t first = 0; first < length; first += 37) {
    maker.add(recorded().chunk(first, std::min(length, first + 37)));
  }
  const Waterfall cut = maker.make();
  CHECK(cut.image.values == whole.image.values);
  CHECK(cut.profile == whole.profile);
  CHECK(maker.end() <= 900 + 1100 + 3 + static_cast<std::uint64_t>(band.sweep(dm) + 1.0));
}

TEST_CASE("what is no data is none in a waterfall", "[publishers][plots]") {
  const WaterfallPlan plan{1000, 1000, DispersionMeasure{0.0}};
  std::vector<bool> masked(64, false);
  masked[63] = true;  // the lowest
  const std::vector<Gap> gaps{{1200, 100, Fate::missing}};
  const std::vector<Hole> holes{{1500, 20, 10, 2}};
  const Waterfall waterfall = made(plan, masked, gaps, holes);
  CHECK(is_empty(waterfall.image, 0));
  CHECK_FALSE(is_empty(waterfall.image, 1));
  for (std::size_t cell = 0; cell < 500; ++cell) {
    CAPTURE(cell);
    const bool missing = cell >= 100 && cell < 150;
    CHECK(std::isfinite(waterfall.profile[cell]) != missing);
    CHECK(std::isfinite(row_of(waterfall.image, 30)[cell]) != missing);
    const bool hole = cell >= 250 && cell < 260;
    CHECK(std::isfinite(row_of(waterfall.image, 63 - 10)[cell]) == (!missing && !hole));
    CHECK(std::isfinite(row_of(waterfall.image, 63 - 12)[cell]) == !missing);
  }
}

TEST_CASE("delays are rounded, and a gap ends where it ends", "[publishers][plots]") {
  Recorded spikes;
  for (std::size_t channel = 0; channel < band.channels; ++channel) {
    const auto late = static_cast<std::size_t>(std::llround(band.late(dm, channel)));
    spikes.sky.at(1100 + late, channel) = 60.0F;
  }
  spikes.stored = spikes.sky.stored(bytes, 100.0F, 2.0F);
  // A sample a cell.
  WaterfallMaker maker{spikes.observation, {}, {1000, 400, DispersionMeasure{dm}}};
  maker.add(spikes.chunk(0, length));
  const Waterfall waterfall = maker.make();
  REQUIRE(waterfall.image.columns == 400);
  for (std::size_t row = 0; row < 64; ++row) {
    CAPTURE(row);
    CHECK(brightest(row_of(waterfall.image, row), 400) == 100);
  }
  const std::vector<Gap> gaps{{1101, 7, Fate::missing}, {1200, 1, Fate::missing}};
  const Waterfall with_gaps = made({1000, 400, DispersionMeasure{0.0}}, {}, gaps);
  for (std::size_t cell = 0; cell < 400; ++cell) {
    CAPTURE(cell);
    const bool missing = (cell >= 101 && cell < 108) || cell == 200;
    CHECK(std::isfinite(with_gaps.profile[cell]) != missing);
  }
}

TEST_CASE("a waterfall of nothing is empty", "[publishers][plots]") {
  const WaterfallMaker maker{recorded().observation, {}, {1000, 1000, DispersionMeasure{dm}}};
  CHECK(maker.make().empty());
  CHECK_FALSE(made({1000, 1000, DispersionMeasure{dm}}).empty());
  CHECK(made({5000, 1000, DispersionMeasure{0.0}}).empty());  // behind the end
}

TEST_CASE("the DM-time image of a waterfall is brightest at the pulse", "[publishers][plots]") {
  for (const double at : {dm, 150.0}) {
    CAPTURE(at);
    const Waterfall waterfall = made({1000, 1000, DispersionMeasure{at}});
    const AxisRange range{100.0, 300.0};
    const Image image = dm_time_of(waterfall, range, 100);
    REQUIRE(image.rows == 100);
    REQUIRE(image.columns == 500);
    const std::size_t most = brightest(image.values.data(), image.values.size());
    const double found = range.low + (static_cast<double>(most / 500) + 0.5) * 2.0;
    CHECK(found == Approx(dm).margin(8.0));
    CHECK(std::abs(static_cast<double>(most % 500) - 250.0) <= 4.0);
  }
}

}  // namespace draftstream
