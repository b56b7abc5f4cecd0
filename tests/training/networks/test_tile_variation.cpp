// Tiles and their bursts are varied alike.
#include "training/networks/tile_variation.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

torch::Tensor tile_with_mark(std::int64_t row, std::int64_t pixel) {
  torch::Tensor tile = torch::full({4, 256, 256}, 10, torch::kByte);
  tile.select(1, row).select(1, pixel).fill_(200);
  return tile;
}

TilePulse pulse_at(double row, double pixel) {
  TilePulse pulse;
  pulse.row = row;
  pulse.pixel = pixel;
  return pulse;
}

}  // namespace

TEST_CASE("a burst is where its tile shows it, however that is varied", "[training][networks]") {
  std::mt19937_64 random{3};
  std::set<bool> turned;
  std::set<std::int64_t> later;
  for (int i = 0; i < 200; ++i) {
    const TileVariation variation = draw_tile_variation(random);
    turned.insert(variation.turned);
    later.insert(variation.later);
    torch::Tensor tile = tile_with_mark(100, 70);
    std::vector<TilePulse> pulses{pulse_at(100.5, 70.5)};
    vary_tile(variation, tile, pulses);
    REQUIRE(tile.dtype() == torch::kByte);
    REQUIRE(tile.sizes() == torch::IntArrayRef({4, 256, 256}));
    const auto row = static_cast<std::int64_t>(std::floor(pulses[0].row));
    const auto pixel = static_cast<std::int64_t>(std::floor(pulses[0].pixel));
    for (std::int64_t plane = 0; plane < 4; ++plane) {
      CHECK(tile[plane][row][pixel].item<int>() >= 200 - 3);
      CHECK((tile[plane] > 100).sum().item<int>() == 1);
    }
  }
  CHECK(turned.size() == 2);
  CHECK(*later.begin() == -15);
  CHECK(*later.rbegin() == 15);
}

TEST_CASE("noise stays within its bound, and within a byte", "[training][networks]") {
  TileVariation variation;
  variation.noise = 3;
  torch::Tensor tile = torch::zeros({4, 256, 256}, torch::kByte);
  tile[1].fill_(255);
  tile[2].fill_(100);
  std::vector<TilePulse> pulses;
  vary_tile(variation, tile, pulses);
  CHECK(tile[0].max().item<int>() == 3);
  CHECK(tile[1].min().item<int>() == 252);
  CHECK(tile[2].min().item<int>() == 97);
  CHECK(tile[2].max().item<int>() == 103);
}

}  // namespace draftstream
