#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "engine/infer/classifier_patch.hpp"
#include "tests/engine/window_of_sky.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::Sky;

namespace {

constexpr test::Band band{1500.0, -1.5, 256, 1e-4};

ClassifierPatch make_patch(const Sky& sky, const test::Pulse& pulse,
                           const test::IsGood& is_good = {}) {
  const Observation seen = sky.observation();
  const BandDelays delays{seen.frequency, seen.time.sample_time};
  ClassifierPatchMaker maker{delays};
  const PatchPlace place{pulse.middle, delays.sweep(DispersionMeasure{pulse.dm}),
                         static_cast<std::uint32_t>(pulse.width)};
  ClassifierPatch patch;
  maker.make(test::window_of(sky, delays, maker.stretches(place), is_good), place, patch);
  return patch;
}

Sky with(const test::Pulse& pulse) {
  Sky sky{pulse.width > 100.0 ? test::Band{1500.0, -12.0, 32, 1e-4} : band, 40000, 3};
  sky.add(pulse);
  return sky;
}

double mean(const ClassifierPatch& patch, std::size_t plane, std::size_t row, std::size_t rows,
            std::size_t cell, std::size_t cells) {
  double sum = 0.0;
  for (std::size_t r = row; r < row + rows; ++r) {
    for (std::size_t k = cell; k < cell + cells; ++k) sum += patch.at(plane, r, k);
  }
  return sum / static_cast<double>(rows * cells);
}

}  // namespace

TEST_CASE("a pulse stands upright in its patch, four cells wide", "[engine][infer][patch]") {
  for (const double width : {4.0, 8.0, 40.0, 100.0}) {
    const test::Pulse pulse{200.0, 12000.0, width, 40.0, test::Profile::top_hat};
    const ClassifierPatch patch = make_patch(with(pulse), pulse);
    INFO("width " << width);
    // S/N 40 over 64 bands and 4 cells: 2.5 in each, times 20.
    const double on = mean(patch, 0, 0, 64, 30, 4);
    CHECK(on == Approx(50.0).margin(7.0));
    CHECK(std::abs(mean(patch, 0, 0, 64, 0, 26)) < 2.0);
    CHECK(std::abs(mean(patch, 0, 0, 64, 38, 26)) < 2.0);
    CHECK(mean(patch, 0, 0, 32, 30, 4) == Approx(on).margin(8.0));  // in the lower half, too
    // A cell of its own DM holds S/N 20: asinh(20 / 3) * 24 = 62.
    CHECK(mean(patch, 1, 32, 1, 30, 4) == Approx(62.0).margin(7.0));
    CHECK(mean(patch, 1, 0, 1, 30, 4) < 40.0);
    CHECK(mean(patch, 1, 63, 1, 30, 4) < 40.0);
  }
}

TEST_CASE("at the wrong DM the pulse leans, later at lower ones", "[engine][infer][patch]") {
  const test::Pulse pulse{200.0, 12000.0, 16.0, 60.0, test::Profile::top_hat};
  test::Pulse seen = pulse;
  seen.dm = 199.0;  // 9 samples too little at the low end
  const ClassifierPatch patch = make_patch(with(pulse), seen);
  const auto centre = [&](std::size_t row, std::size_t rows) {
    double sum = 0.0;
    double moment = 0.0;
    for (std::size_t k = 24; k < 44; ++k) {
      const double value = mean(patch, 0, row, rows, k, 1);
      sum += value;
      moment += value * (static_cast<double>(k) + 0.5);
    }
    return moment / sum;
  };
  const double bottom = centre(0, 8);
  const double top = centre(56, 8);
  CHECK(top == Approx(32.0).margin(0.6));
  CHECK(bottom > top + 1.2);
  // Its own DM lies above row 32: 4 samples of sweep a row.
  const auto peak = [&](std::size_t row) {
    double most = -127.0;
    for (std::size_t k = 0; k < 64; ++k) most = std::max(most, mean(patch, 1, row, 1, k, 1));
    return most;
  };
  std::size_t best = 0;
  for (std::size_t row = 0; row < 64; ++row) best = peak(row) > peak(best) ? row : best;
  CHECK(best > 32);
  CHECK(best < 37);
}

TEST_CASE("noise has unit variance in every cell", "[engine][infer][patch]") {
  const test::Pulse nothing{200.0, 12000.0, 12.0, 0.0, test::Profile::top_hat};
  const auto half = [](std::int64_t t, std::size_t c) { return c % 2 == 0 && t % 3 != 0; };
  for (const bool masked : {false, true}) {
    const ClassifierPatch patch =
        make_patch(Sky{band, 20000, 4}, nothing, masked ? test::IsGood{half} : test::IsGood{});
    double squares = 0.0;
    double dm_squares = 0.0;
    for (std::size_t row = 0; row < 64; ++row) {
      for (std::size_t k = 0; k < 64; ++k) {
        const double value = patch.at(0, row, k) / 20.0;
        const double dm_value = 3.0 * std::sinh(patch.at(1, row, k) / 24.0);
        squares += value * value;
        dm_squares += dm_value * dm_value;
      }
    }
    INFO(masked);
    CHECK(squares / 4096.0 == Approx(1.0).margin(0.1));
    CHECK(dm_squares / 4096.0 == Approx(1.0).margin(0.25));
  }
}

TEST_CASE("few channels leave bands empty, and the edges are nothing", "[engine][infer][patch]") {
  const test::Pulse wide{100.0, 3000.0, 500.0, 40.0, test::Profile::top_hat};  // begins at -5000
  const ClassifierPatch patch = make_patch(with(wide), wide);
  CHECK(mean(patch, 0, 0, 1, 0, 64) == 0.0);  // 32 channels: every other band
  CHECK(mean(patch, 0, 63, 1, 0, 7) == 0.0);  // 125 samples a cell: before the first sample
  CHECK(mean(patch, 0, 0, 64, 30, 4) > 20.0);
}
