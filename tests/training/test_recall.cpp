// Recall and its errors, by hand.
#include "training/recall.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("bins hold their lower edge, not their upper one", "[training][recall]") {
  CHECK_FALSE(recall_bin(5.999));
  CHECK(recall_bin(6.0) == 0U);
  CHECK(recall_bin(6.999) == 0U);
  CHECK(recall_bin(7.0) == 1U);
  CHECK(recall_bin(8.0) == 2U);
  CHECK(recall_bin(14.999) == 3U);
  CHECK(recall_bin(15.0) == 4U);
  CHECK(recall_bin(50.0) == 5U);
  CHECK(recall_bin(1e9) == 5U);
}

TEST_CASE("a threshold lets as many others pass as it may", "[training][recall]") {
  const std::vector<double> others{3.0, 9.0, 1.0, 7.0, 5.0};
  // tiles, rate, and how many pass: 0.02 * 100 = 2, 0.029 * 100 = 2.9.
  struct Case {
    double rate;
    std::size_t passing;
  };
  for (const auto& [rate, passing] :
       {Case{0.001, 0}, {0.01, 1}, {0.02, 2}, {0.029, 2}, {0.04, 4}}) {
    const double threshold = threshold_at(rate, others, 100.0);
    std::size_t above = 0;
    for (const double one : others) above += one >= threshold ? 1 : 0;
    CHECK(above == passing);
  }
  CHECK(threshold_at(0.001, others, 100.0) == std::nextafter(9.0, 10.0));
  CHECK(threshold_at(0.01, others, 100.0) == std::nextafter(7.0, 8.0));
  CHECK(threshold_at(0.05, others, 100.0) == -std::numeric_limits<double>::infinity());
  CHECK(threshold_at(0.001, {}, 100.0) == -std::numeric_limits<double>::infinity());
  // Equal ones pass together or not at all.
  CHECK(threshold_at(0.01, {4.0, 4.0, 4.0}, 100.0) > 4.0);
}

TEST_CASE("a fraction's bounds are Wilson's", "[training][recall]") {
  // 8 of 10: (8.5 -+ sqrt(1.6 + 0.25)) / 11.
  Fraction most;
  for (int i = 0; i < 10; ++i) most.count(i < 8);
  CHECK(most.passed == 8);
  CHECK(most.of == 10);
  CHECK(most.value() == Approx(0.8));
  CHECK(most.bounds().low == Approx(0.649078));
  CHECK(most.bounds().high == Approx(0.896377));
  CHECK(most.error() == Approx(0.123649).epsilon(1e-4));
  // None of 3: (0.5 -+ 0.5) / 4; all of 3 mirrored.
  CHECK(Fraction{0, 3}.bounds().low == 0.0);
  CHECK(Fraction{0, 3}.bounds().high == Approx(0.25));
  CHECK(Fraction{3, 3}.bounds().low == Approx(0.75));
  CHECK(Fraction{3, 3}.bounds().high == 1.0);
  CHECK(std::isnan(Fraction{}.value()));
  CHECK(Fraction{}.bounds().low == 0.0);
  CHECK(Fraction{}.bounds().high == 1.0);
}

TEST_CASE("bounds hold what is true two times in three", "[training][recall][property]") {
  // Probabilities of 0 to 50 of 50 with p = 0.3, by recurrence.
  constexpr std::size_t n = 50;
  constexpr double p = 0.3;
  double probability = std::pow(1.0 - p, n);
  double inside = 0.0;
  for (std::size_t k = 0; k <= n; ++k) {
    const Bounds bounds = Fraction{k, n}.bounds();
    if (bounds.low <= p && p <= bounds.high) inside += probability;
    probability *= static_cast<double>(n - k) / static_cast<double>(k + 1) * p / (1.0 - p);
  }
  CHECK(inside > 0.60);
  CHECK(inside < 0.76);
}

TEST_CASE("rates of false alarms have bounds as well", "[training][recall]") {
  // (6.5 -+ 2.5) / 20 for 6 of 20 tiles; nothing in 20: 0 to 1 / 20.
  CHECK(rate_bounds(6, 20.0).low == Approx(0.2));
  CHECK(rate_bounds(6, 20.0).high == Approx(0.45));
  CHECK(rate_bounds(0, 20.0).low == 0.0);
  CHECK(rate_bounds(0, 20.0).high == Approx(0.05));
  // What Wilson's tends to where events are rare.
  const Bounds rare = Fraction{6, 100000000}.bounds();
  CHECK(rare.low == Approx(rate_bounds(6, 1e8).low).epsilon(1e-6));
  CHECK(rare.high == Approx(rate_bounds(6, 1e8).high).epsilon(1e-6));
}

TEST_CASE("judgements of the same bursts differ by what only one of them found",
          "[training][recall]") {
  Paired paired;
  for (int i = 0; i < 5; ++i) paired.count(true, false);
  for (int i = 0; i < 3; ++i) paired.count(false, true);
  for (int i = 0; i < 80; ++i) paired.count(true, true);
  for (int i = 0; i < 12; ++i) paired.count(false, false);
  const Difference difference = paired.difference();
  CHECK(difference.value == Approx(0.02));                           // (5 - 3) / 100
  CHECK(difference.error == Approx(std::sqrt(8.0 - 0.04) / 100.0));  // 4 / 100 taken off
  CHECK(std::isnan(Paired{}.difference().value));
}
