#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/classifier_patch.hpp"
#include "engine/infer/tile_grid.hpp"
#include "engine/infer/tile_tracks.hpp"
#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

using namespace draftstream;

TEST_CASE("which tile a pulse belongs to, by hand", "[engine][infer][tile_grid]") {
  struct Row {
    double middle;
    double sweep;
    std::uint32_t width;
    TilePlace place;
  };
  // Tiles begin every 128 pixels, of 8 samples, 64 before a multiple of that; rows are 4 samples.
  for (const Row& row :
       {Row{0.0, 0.0, 1, {0, -64, 0}}, Row{1023.0, 511.0, 128, {0, -64, 0}},
        Row{1024.0, 512.0, 128, {0, 64, 64}}, Row{10240.0, 5120.0, 8, {0, 1216, 1216}},
        Row{10240.0, 5120.0, 129, {1, 576, 576}}, Row{10240.0, 5120.0, 512, {2, 192, 192}}}) {
    INFO(row.middle << " " << row.sweep << " " << row.width);
    const TilePlace place = tile_grid::place_of(row.middle, row.sweep, row.width);
    CHECK(place.level == row.place.level);
    CHECK(place.first_pixel == row.place.first_pixel);
    CHECK(place.first_row == row.place.first_row);
  }
}

TEST_CASE("every pulse lies in the middle of its tile", "[engine][infer][tile_grid]") {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const double middle = 1e6 * test::uniform(3, 3 * i);
    const double sweep = 1e5 * test::uniform(3, 3 * i + 1);
    const auto width = static_cast<std::uint32_t>(1.0 + 511.0 * test::uniform(3, 3 * i + 2));
    const TilePlace place = tile_grid::place_of(middle, sweep, width);
    CHECK((width >> place.level) <= tile_grid::widest);
    const TilePoint point = tile_grid::point_of(place, middle, sweep);
    CHECK((point.pixel >= 64.0 && point.pixel < 192.0));
    CHECK((point.row >= (place.first_row == 0 ? 0.0 : 64.0) && point.row < 192.0));
    CHECK(tile_grid::middle_of(place, point.pixel) == Approx(middle));
    CHECK(tile_grid::sweep_of(place, point.row) == Approx(sweep));
  }
}

TEST_CASE("channels of one frequency are refused", "[engine][infer][tile_grid]") {
  const FrequencyAxis one{std::vector<Megahertz>{Megahertz{1400.0}, Megahertz{1400.0}}};
  CHECK_THROWS_AS((BandDelays{one, Seconds{1e-3}}), ConfigError);
}

// Each row's track through the two stages is the exact one, but for what a step leaves.
TEST_CASE("two stages follow the tracks", "[engine][infer][tile_tracks]") {
  for (const std::size_t channels : {2U, 3U, 17U, 64U, 300U, 1024U}) {
    const FrequencyAxis band{Megahertz{1500.0}, Megahertz{-300.0 / static_cast<double>(channels)},
                             channels};
    const BandDelays delays{band, Seconds{1e-4}};
    const TilePlace place{0, 1000, 4096};
    const TileTracks tracks{delays.shares(), place};
    const std::vector<Stretch> stretches = tracks.stretches();
    double worst = 0.0;
    bool inside = true;
    for (std::size_t b = 0; b < tracks.sub_bands(); ++b) {
      for (std::size_t row = 0; row < tile_grid::rows; ++row) {
        const double sweep = 4.0 * static_cast<double>(4096 + row);
        for (std::size_t rank = tracks.first_rank(b); rank < tracks.first_rank(b + 1); ++rank) {
          const int late = tracks.late(b, row) + tracks.shift(row / tracks.rows_a_step(), rank);
          worst = std::max(worst, std::abs(late - sweep * delays.shares()[rank]));
          const std::int64_t first = tracks.begin() + late;
          inside = inside && first >= stretches[rank].first &&
                   first + static_cast<std::int64_t>(TileTracks::row_samples) <=
                       stretches[rank].first + static_cast<std::int64_t>(stretches[rank].samples);
        }
      }
    }
    INFO(channels << " channels, " << tracks.sub_bands() << " sub-bands");
    CHECK(inside);
    // Rounding twice, and half a step's sweep over half a sub-band, which is less than 1 / 2 here.
    CHECK(worst < (channels < 17 ? 1.01 : 1.5));
  }
}

TEST_CASE("what a look may reach for covers tiles and patches", "[engine][infer][tile_grid]") {
  const FrequencyAxis band{Megahertz{1500.0}, Megahertz{-2.0}, 128};
  const BandDelays delays{band, Seconds{1e-4}};
  for (const std::uint32_t width : {1U, 7U, 64U, 128U, 129U, 255U, 512U}) {
    const LookReach reach = tile_grid::reach(width);
    for (std::uint64_t i = 0; i < 50; ++i) {
      const double middle = 50000.0 + 1e5 * test::uniform(width, 2 * i);
      const double sweep = 2e4 * test::uniform(width, 2 * i + 1);
      const TilePlace place = tile_grid::place_of(middle, sweep, width);
      ClassifierPatchMaker patches{delays};
      auto all = TileTracks{delays.shares(), place}.stretches();
      for (Stretch& one : all) {
        one.first <<= place.level;
        one.samples <<= place.level;
      }
      for (const Stretch& one : patches.stretches({middle, sweep, width})) all.push_back(one);
      for (const Stretch& one : all) {
        CHECK(static_cast<double>(one.first) >= middle - static_cast<double>(reach.before));
        CHECK(static_cast<double>(one.first) + static_cast<double>(one.samples) <=
              middle + sweep + static_cast<double>(reach.after));
      }
    }
  }
}
