// What the detector is to say of a tile: by hand, and what it costs to say something else.
#include "training/networks/detector_loss.hpp"

#include <torch/torch.h>

#include <cmath>
#include <vector>

#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

float at(const torch::Tensor& target, int plane, int row, int column) {
  return target.index({plane, row, column}).item<float>();
}

// Outputs that say exactly what the target does.
torch::Tensor perfect(const torch::Tensor& target) {
  const torch::Tensor logits = 20.0 * target.slice(0, 1, 2) - 10.0;
  return torch::cat({logits, target.slice(0, 2, 6)}).unsqueeze(0);
}

double loss(const torch::Tensor& outputs, const torch::Tensor& target) {
  return detector_loss(outputs, target.unsqueeze(0)).item<double>();
}

}  // namespace

TEST_CASE("a burst is where its middle lies, and heat around it", "[training][networks]") {
  // Cell (row 25, column 10): 100.5 / 4 = 25.125, 43 / 4 = 10.75.
  const TilePulse pulse{100.5, 43.0, 80.0, 22.857142857142857, 16.0, 20.0};
  const torch::Tensor target = detector_target(std::vector{pulse});
  REQUIRE(target.sizes() == torch::IntArrayRef{6, 64, 64});
  CHECK(target.select(0, 1).sum().item<float>() == 1.0F);
  CHECK(at(target, 1, 25, 10) == 1.0F);
  CHECK(at(target, 0, 25, 10) == 1.0F);
  // Sigma: 0.35 * 22.857 / 4 = 2 cells of time, 0.35 * 80 / 4 = 7 cells of DM.
  CHECK(at(target, 0, 25, 12) == Approx(std::exp(-0.5)));
  CHECK(at(target, 0, 32, 10) == Approx(std::exp(-0.5)));
  CHECK(at(target, 2, 25, 10) == Approx(0.75));
  CHECK(at(target, 3, 25, 10) == Approx(0.125));
  CHECK(at(target, 4, 25, 10) == Approx(1.0));  // log2(16) / 4
  CHECK(at(target, 5, 25, 10) == Approx(std::log(20.0) / 2.0));
}

TEST_CASE("the brighter of two bursts in a cell counts, one outside does not",
          "[training][networks]") {
  const TilePulse faint{2.0, 2.0, 4.0, 4.0, 2.0, 7.0};
  const TilePulse bright{1.0, 3.0, 4.0, 4.0, 8.0, 30.0};
  const TilePulse outside{256.0, 100.0, 4.0, 4.0, 8.0, 30.0};
  const TilePulse before{100.0, -0.1, 4.0, 4.0, 8.0, 30.0};
  for (const auto& pulses :
       {std::vector{faint, bright, outside, before}, std::vector{before, bright, outside, faint}}) {
    const torch::Tensor target = detector_target(pulses);
    CHECK(target.select(0, 1).sum().item<float>() == 1.0F);
    CHECK(at(target, 5, 0, 0) == Approx(std::log(30.0) / 2.0));
    CHECK(at(target, 4, 0, 0) == Approx(0.75));
  }
  CHECK(detector_target({}).abs().sum().item<float>() == 0.0F);
}

TEST_CASE("the loss is of missed bursts, invented ones and wrong places", "[training][networks]") {
  const TilePulse pulse{100.5, 43.0, 4.0, 4.0, 16.0, 20.0};
  const torch::Tensor target = detector_target(std::vector{pulse});
  const torch::Tensor right = perfect(target);
  CHECK(loss(right, target) < 1e-3);

  torch::Tensor missed = right.clone();
  missed.index_put_({0, 0, 25, 10}, 0.0);  // p = 1/2: ln 2 (1 - 1/2)^2
  CHECK(loss(missed, target) == Approx(std::log(2.0) / 4.0).margin(1e-3));

  torch::Tensor invented = right.clone();
  invented.index_put_({0, 0, 60, 60}, 0.0);
  CHECK(loss(invented, target) == Approx(std::log(2.0) / 4.0).margin(1e-3));

  torch::Tensor beside = right.clone();
  beside.index_put_({0, 0, 25, 11}, 0.0);  // a neighbour, heat exp(-1/2): hardly counts
  const double excused = std::pow(1.0 - std::exp(-0.5), 4);
  CHECK(loss(beside, target) == Approx(excused * std::log(2.0) / 4.0).margin(1e-3));

  torch::Tensor displaced = right.clone();
  displaced.index_put_({0, 1, 25, 10}, 0.25);  // instead of 0.75
  displaced.index_put_({0, 4, 3, 3}, 9.0);     // where there is no burst: nobody asks
  CHECK(loss(displaced, target) == Approx(0.25).margin(1e-3));
}

}  // namespace draftstream
