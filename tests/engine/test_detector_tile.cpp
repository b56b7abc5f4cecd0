#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/infer/detector_tile.hpp"
#include "tests/engine/window_of_sky.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::Sky;

namespace {

// Sweep at DM 100: 2270 samples.
constexpr test::Band band{1500.0, -1.5, 200, 1e-4};

struct Brightest {
  double snr = 0.0;
  double row = 0.0;
  double pixel = 0.0;
};

Brightest brightest(const DetectorTile& tile, std::size_t plane) {
  const std::uint8_t* const begin = tile.codes.data() + plane * DetectorTile::plane_size;
  const auto place =
      static_cast<std::size_t>(std::max_element(begin, begin + DetectorTile::plane_size) - begin);
  return {SnrCode::snr(begin[place]), static_cast<double>(place / tile_grid::pixels) + 0.5,
          static_cast<double>(place % tile_grid::pixels) + 0.5};
}

struct Made {
  BandDelays delays;
  TilePlace place;
  TilePoint point;
  DetectorTile tile;
};

// The tile that a pulse belongs to.
Made make_tile(const Sky& sky, const test::Pulse& pulse, const test::IsGood& is_good = {}) {
  const Observation seen = sky.observation();
  Made made{BandDelays{seen.frequency, seen.time.sample_time}, {}, {}, {}};
  const double sweep = made.delays.sweep(DispersionMeasure{pulse.dm});
  made.place = tile_grid::place_of(pulse.middle, sweep, static_cast<std::uint32_t>(pulse.width));
  made.point = tile_grid::point_of(made.place, pulse.middle, sweep);
  DetectorTileMaker maker{made.delays};
  const SampleWindow window =
      test::window_of(sky, made.delays, maker.stretches(made.place), is_good);
  maker.make(window, made.place, made.tile);
  return made;
}

const test::Pulse pulse{100.0, 5000.0, 16.0, 40.0, test::Profile::top_hat};

Sky sky_with(const test::Pulse& one) {
  Sky sky{band, 12000, 5};
  sky.add(one);
  return sky;
}

double mean_snr(const DetectorTile& tile, std::size_t plane, std::size_t first_row,
                std::size_t rows) {
  double sum = 0.0;
  for (std::size_t row = first_row; row < first_row + rows; ++row) {
    for (std::size_t pixel = 0; pixel < tile_grid::pixels; ++pixel) {
      sum += SnrCode::snr(tile.at(plane, row, pixel));
    }
  }
  return sum / static_cast<double>(rows * tile_grid::pixels);
}

}  // namespace

TEST_CASE("a pulse is where it is, as bright as it is", "[engine][infer][detector_tile]") {
  for (const double dm : {0.0, 3.0, 100.0, 123.4}) {
    for (const double width : {2.0, 16.0, 100.0}) {
      const test::Pulse one{dm, 5003.0, width, 40.0, test::Profile::top_hat};
      const Made made = make_tile(sky_with(one), one);
      INFO("DM " << dm << ", width " << width);
      const std::size_t plane = width < 6.0 ? DetectorTile::narrow : DetectorTile::wide;
      const Brightest best = brightest(made.tile, plane);
      CHECK(std::abs(best.pixel - made.point.pixel) < 1.0 + width / 16.0);
      CHECK(std::abs(best.row - made.point.row) < 1.0 + width / 8.0);
      // Boxes of powers of two hold 0.9 of the others; rows are 4 samples of sweep apart.
      const double kept = width < 6.0 ? 0.6 : 0.85;
      CHECK(best.snr > kept * 40.0);
      CHECK(best.snr < 1.15 * 40.0 + 2.0);
      for (const std::size_t half : {DetectorTile::low_half, DetectorTile::high_half}) {
        const Brightest here = brightest(made.tile, half);
        CHECK(here.snr > kept * 0.8 * 28.3);
        CHECK(here.snr < 1.15 * 28.3 + 2.0);
        CHECK(std::abs(here.pixel - made.point.pixel) < 1.5 + width / 4.0);
      }
    }
  }
}

// Half of the track's channels tell it apart from the others' half.
TEST_CASE("each half of the band has its plane", "[engine][infer][detector_tile]") {
  Sky sky{band, 12000, 5};
  Sky only{band, 12000, 6};
  std::fill(only.values.begin(), only.values.end(), 0.0F);
  only.add(pulse);
  for (std::size_t t = 0; t < sky.samples; ++t) {
    for (std::size_t c = 100; c < 200; ++c) sky.at(t, c) += only.at(t, c);  // lower frequencies
  }
  const Made made = make_tile(sky, pulse);
  CHECK(brightest(made.tile, DetectorTile::low_half).snr > 24.0);
  CHECK(brightest(made.tile, DetectorTile::high_half).snr < 9.0);
  const Brightest full = brightest(made.tile, DetectorTile::wide);
  CHECK(full.snr == Approx(20.0).margin(3.5));
}

TEST_CASE("noise alone looks the same everywhere", "[engine][infer][detector_tile]") {
  const Sky sky{band, 12000, 8};
  const Made made = make_tile(sky, pulse);
  // The mean of the highest of so many boxes, of which neighbours share samples, in unit noise.
  CHECK(mean_snr(made.tile, DetectorTile::narrow, 0, 256) == Approx(1.63).margin(0.12));
  for (std::size_t plane = 0; plane < DetectorTile::planes; ++plane) {
    INFO("plane " << plane);
    CHECK(brightest(made.tile, plane).snr < 7.0);
    const double low = mean_snr(made.tile, plane, 0, 64);
    CHECK(mean_snr(made.tile, plane, 192, 64) == Approx(low).margin(0.25));
  }
}

TEST_CASE("channels that are taken out take their S/N along", "[engine][infer][detector_tile]") {
  const Sky sky = sky_with(pulse);
  const auto every_other = [](std::int64_t, std::size_t c) { return c % 2 == 0; };
  const Made made = make_tile(sky, pulse, every_other);
  CHECK(brightest(made.tile, DetectorTile::wide).snr == Approx(40.0 / std::sqrt(2.0)).margin(3.0));
  const Made none = make_tile(sky, pulse, [](std::int64_t, std::size_t) { return false; });
  const SnrCode code;
  const auto is_zero = [&](std::uint8_t one) { return one == code(0.0F); };
  CHECK(std::all_of(none.tile.codes.begin(), none.tile.codes.end(), is_zero));
}

// The middle of the track is gone: its noise must not grow for it.
TEST_CASE("where some samples are missing, the others count", "[engine][infer][detector_tile]") {
  const Sky sky = sky_with(pulse);
  const auto with_gap = [](std::int64_t t, std::size_t) { return t < 5500 || t >= 6000; };
  const Made made = make_tile(sky, pulse, with_gap);
  const Brightest best = brightest(made.tile, DetectorTile::wide);
  CHECK(std::abs(best.pixel - made.point.pixel) < 2.0);
  std::size_t inside = 0;  // channels whose part of the pulse is in the gap
  for (std::size_t c = 0; c < band.channels; ++c) {
    const double t = pulse.middle + band.late(pulse.dm, c);
    inside += t >= 5500.0 && t < 6000.0 ? 1 : 0;
  }
  REQUIRE(inside > 20);
  const double left = std::sqrt(1.0 - static_cast<double>(inside) / 200.0);
  CHECK(best.snr == Approx(40.0 * left).margin(4.0));
  const Sky noise{band, 12000, 8};
  const Made quiet = make_tile(noise, pulse, with_gap);
  CHECK(brightest(quiet.tile, DetectorTile::wide).snr < 7.0);
  CHECK(brightest(quiet.tile, DetectorTile::narrow).snr < 7.0);
}

TEST_CASE("before the first sample there is nothing", "[engine][infer][detector_tile]") {
  const test::Pulse early{0.0, 100.0, 16.0, 40.0, test::Profile::top_hat};
  const Made made = make_tile(sky_with(early), early);
  REQUIRE(made.place.first_pixel == -64);
  const SnrCode code;
  bool nothing = true;
  for (std::size_t pixel = 0; pixel + 1 < 64; ++pixel) {  // at DM 0; others look later
    nothing = nothing && made.tile.at(DetectorTile::narrow, 0, pixel) == code(0.0F);
  }
  CHECK(nothing);
  CHECK(brightest(made.tile, DetectorTile::wide).snr > 34.0);
}

TEST_CASE("red noise is not counted as signal", "[engine][infer][detector_tile]") {
  Sky sky{band, 12000, 8};
  for (float& value : sky.values) value *= 3.0F;
  const Made made = make_tile(sky, pulse);
  CHECK(brightest(made.tile, DetectorTile::wide).snr < 7.0);
}
