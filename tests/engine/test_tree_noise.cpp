// Predicted and measured scatter of a tree's series.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "engine/tree/tree_noise.hpp"
#include "tests/engine/tree_cases.hpp"
#include "tests/engine/tree_reference.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

/// The mean of measured over predicted variance, over all trials.
double measured_over_predicted(const TreePlan& plan, const std::vector<std::uint8_t>& good,
                               std::uint64_t seed) {
  constexpr std::size_t samples = 12000;
  auto channels = test::TreeNoise{plan.channels(), samples, seed}.rounded();
  for (std::size_t c = 0; c < good.size(); ++c) {
    if (good[c] == 0) channels[c].assign(samples, 0);
  }
  const auto trials = test::rounded_trials(plan, channels);
  const auto sigmas = tree_sigmas(plan, good);
  double ratio = 0.0;
  for (std::size_t k = 0; k < trials.size(); ++k) {
    double squares = 0.0;
    double count = 0.0;
    for (std::size_t t = 1000; t < samples; ++t) {  // behind what came before the first sample
      squares += static_cast<double>(trials[k][t]) * trials[k][t];
      count += 1.0;
    }
    const double predicted = static_cast<double>(sigmas[k]) * static_cast<double>(sigmas[k]);
    ratio += squares / count / predicted / static_cast<double>(trials.size());
  }
  return ratio;
}

}  // namespace

TEST_CASE("sigmas worked out by hand", "[engine][tree_noise][table]") {
  const double channel = 25.0 + 1.0 / 12.0;
  SECTION("one stage rounds nothing") {
    const TreePlan plan{{0.0, 1.0, 2.0, 3.0}, {0.0, 1.0}, {4}, 1};
    const auto sigmas = tree_sigmas(plan, std::vector<std::uint8_t>{1, 0, 1, 1});
    REQUIRE(sigmas.size() == 2);
    CHECK(sigmas[0] == Approx(4.0 * std::sqrt(3.0 * channel)));
    CHECK(sigmas[1] == Approx(4.0 * std::sqrt(3.0 * channel)));
  }
  SECTION("two stages round once; nodes without a good channel do not") {
    const TreePlan plan{{0.0, 1.0, 2.0, 3.0, 4.0}, {0.0, 1.0}, {2, 4}, 1};
    const double factor = 27803.0 / 32768.0;  // 1.2 / sqrt(2)
    const double row = 2.0 * channel * factor * factor + 1.0 / 12.0;
    const double ragged = channel * factor * factor + 1.0 / 12.0;
    CHECK(tree_sigmas(plan, std::vector<std::uint8_t>{1, 1, 1, 1, 1})[0] ==
          Approx(4.0 * std::sqrt(2.0 * row + ragged)).epsilon(0.005));
    CHECK(tree_sigmas(plan, std::vector<std::uint8_t>{1, 1, 0, 0, 1})[0] ==
          Approx(4.0 * std::sqrt(row + ragged)).epsilon(0.005));
    CHECK(tree_sigmas(plan, std::vector<std::uint8_t>{0, 0, 0, 0, 0})[0] == 0.0F);
  }
  SECTION("a stage that sums nothing changes nothing") {
    const TreePlan plain{{0.0, 1.0, 2.0, 3.0}, {0.0, 1.0}, {4}, 1};
    const TreePlan twice{{0.0, 1.0, 2.0, 3.0}, {0.0, 1.0}, {1, 1, 4}, 1};
    const std::vector<std::uint8_t> good{1, 1, 1, 1};
    CHECK(tree_sigmas(twice, good)[1] == Approx(tree_sigmas(plain, good)[1]).epsilon(1e-6));
  }
  SECTION("a list of another length is refused") {
    const TreePlan plan{{0.0, 1.0}, {0.0}, {2}, 1};
    CHECK_THROWS_AS(tree_sigmas(plan, std::vector<std::uint8_t>{1}), std::invalid_argument);
  }
}

TEST_CASE("noise scatters as predicted", "[engine][tree_noise][property][arithmetic]") {
  struct Shape {
    std::size_t channels;
    std::vector<unsigned> radices;
    int step;
    std::size_t masked_in_8;  // of each eight neighbouring channels
  };
  const auto shape = GENERATE(values<Shape>({{64, {8, 8}, 1, 0},
                                             {61, {4, 4, 4}, 1, 0},
                                             {129, {2, 4, 4, 8}, 1, 0},
                                             {256, {4, 16, 4}, 4, 2},
                                             {200, {8, 4, 8}, 2, 6},
                                             {256, {8, 16, 2}, 1, 7},
                                             {256, {8, 32}, 1, 7}}));
  const TreePlan plan{test::delays_of(shape.channels, 1500.0, 1000.0, 500.0), test::even_trials(9),
                      shape.radices, shape.step};
  std::vector<std::uint8_t> good(shape.channels, 1);
  for (std::size_t c = 0; c < good.size(); ++c) good[c] = c % 8 < shape.masked_in_8 ? 0 : 1;
  // 9 trials of 11000 samples: the mean variance is known to 0.5 % or better, sigma to half of
  // that.
  const double ratio = measured_over_predicted(plan, good, 5 + shape.channels);
  INFO(shape.channels << " channels: sigma " << std::sqrt(ratio) << " of what was predicted");
  CHECK(std::sqrt(ratio) == Approx(1.0).margin(0.01));
}

}  // namespace draftstream
