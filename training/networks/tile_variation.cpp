#include "training/networks/tile_variation.hpp"

#include <torch/torch.h>

#include "training/random.hpp"

namespace draftstream {
namespace {

constexpr std::int64_t most_later = 15;  // less than the coarsest cell of the network
constexpr std::int64_t most_noise = 3;

}  // namespace

TileVariation draw_tile_variation(std::mt19937_64& random) {
  TileVariation variation;
  variation.turned = uniform(random) < 0.5;
  variation.later = whole_between(random, -most_later, most_later);
  variation.noise = whole_between(random, 0, most_noise);
  return variation;
}

void vary_tile(const TileVariation& variation, torch::Tensor& tile,
               std::vector<TilePulse>& pulses) {
  const auto pixels = static_cast<double>(tile.size(2));
  const auto rows = static_cast<double>(tile.size(1));
  if (variation.turned) tile = tile.flip({1, 2});
  if (variation.later != 0) tile = tile.roll(variation.later, 2);
  if (variation.noise != 0) {
    const torch::Tensor noise =
        torch::randint(-variation.noise, variation.noise + 1, tile.sizes(), torch::kShort);
    tile = (tile.to(torch::kShort) + noise).clamp(0, 255).to(torch::kByte);
  }
  for (TilePulse& pulse : pulses) {
    if (variation.turned) {
      pulse.pixel = pixels - pulse.pixel;
      pulse.row = rows - pulse.row;
    }
    pulse.pixel += static_cast<double>(variation.later);
  }
}

}  // namespace draftstream
