// Both planes of a patch are varied alike.
#include "training/networks/patch_variation.hpp"

#include <torch/torch.h>

#include <cstdint>
#include <random>
#include <set>

#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

constexpr std::int64_t side = 64;

// A band that is bright in one cell, and a DM.
torch::Tensor patch_with_mark(std::int64_t band, std::int64_t dm, std::int64_t cell) {
  torch::Tensor patch = torch::full({2, side, side}, 1, torch::kChar);
  patch[0][band][cell] = 100;
  patch[1][dm][cell] = 90;
  return patch;
}

}  // namespace

TEST_CASE("a patch stays one of the same pulse, however it is varied", "[training][networks]") {
  std::mt19937_64 random{5};
  std::set<std::int64_t> later;
  int turned = 0;
  int without_bands = 0;
  constexpr int draws = 400;
  for (int i = 0; i < draws; ++i) {
    const PatchVariation variation = draw_patch_variation(random);
    turned += variation.turned ? 1 : 0;
    later.insert(variation.later);
    REQUIRE(variation.bands_from >= 0);
    REQUIRE(variation.bands_from + variation.bands_out <= side);
    // Off the middle by 2 cells and 5 rows.
    const torch::Tensor patch = varied_patch(variation, patch_with_mark(20, 32 + 5, 34));
    REQUIRE(patch.dtype() == torch::kChar);
    REQUIRE(patch.sizes() == torch::IntArrayRef({2, side, side}));
    const std::int64_t cell = (variation.turned ? side - 1 - 34 : 34) + variation.later;
    const std::int64_t dm = variation.turned ? 32 - 5 : 32 + 5;
    CHECK(patch[1][dm][cell].item<int>() >= 90 - 4);
    CHECK((patch[1] > 50).sum().item<int>() == 1);
    const bool out = variation.bands_from <= 20 && 20 < variation.bands_from + variation.bands_out;
    without_bands += variation.bands_out > 0 ? 1 : 0;
    CHECK((patch[0] > 50).sum().item<int>() == (out ? 0 : 1));
    if (!out) CHECK(patch[0][20][cell].item<int>() >= 100 - 4);
    if (variation.bands_out > 0) {
      const torch::Tensor left_out =
          patch[0].slice(0, variation.bands_from, variation.bands_from + variation.bands_out);
      CHECK(left_out.abs().max().item<int>() == 0);
    }
  }
  CHECK(turned > draws / 3);
  CHECK(turned < 2 * draws / 3);
  CHECK(without_bands > draws / 5);
  CHECK(without_bands < 2 * draws / 5);
  CHECK(*later.begin() == -6);
  CHECK(*later.rbegin() == 6);
}

TEST_CASE("what is turned twice is where it was", "[training][networks]") {
  const torch::Tensor patch = patch_with_mark(7, 11, 40);
  PatchVariation variation;
  variation.turned = true;
  const torch::Tensor twice = varied_patch(variation, varied_patch(variation, patch));
  CHECK(torch::equal(twice, patch));
}

TEST_CASE("noise of a patch stays within its bound, and within codes", "[training][networks]") {
  PatchVariation variation;
  variation.noise = 4;
  torch::Tensor patch = torch::zeros({2, side, side}, torch::kChar);
  patch[0].fill_(127);
  const torch::Tensor noisy = varied_patch(variation, patch);
  CHECK(noisy[0].max().item<int>() == 127);
  CHECK(noisy[0].min().item<int>() == 123);
  CHECK(noisy[1].max().item<int>() == 4);
  CHECK(noisy[1].min().item<int>() == -4);
}

}  // namespace draftstream
