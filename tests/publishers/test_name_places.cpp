// Names of boxes: none covers another or a box, whatever there is.
#include <random>
#include <stdexcept>
#include <vector>

#include "publishers/plots/name_places.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

const Frame panel{{100.0, 700.0}, {50.0, 450.0}};

bool overlap(const Frame& a, const Frame& b) {
  return a.x.low < b.x.high && b.x.low < a.x.high && a.y.low < b.y.high && b.y.low < a.y.high;
}

TEST_CASE("a name stands above its box, or below where there is no room", "[publishers][plots]") {
  const Frame middle{{300.0, 320.0}, {200.0, 220.0}};
  const Frame top{{500.0, 520.0}, {430.0, 450.0}};
  const Frame corner{{680.0, 700.0}, {300.0, 320.0}};
  const auto names = place_names(panel, {middle, top, corner}, {60.0, 60.0, 60.0}, 15.0);
  REQUIRE(names.size() == 3);
  CHECK(names[0]->x.low == 300.0);
  CHECK(names[0]->y.low == 224.0);
  CHECK(names[1]->y.high == 426.0);
  CHECK(names[2]->x.high == 700.0);
  CHECK(names[2]->x.low == 640.0);
}

TEST_CASE("names cover neither each other nor a box", "[publishers][plots][property]") {
  std::mt19937 chance{11};
  const auto between = [&chance](double low, double high) {
    return std::uniform_real_distribution<double>{low, high}(chance);
  };
  std::size_t placed = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<Frame> boxes;
    std::vector<double> widths;
    for (int i = 0; i < 6; ++i) {
      // A crowd, as interference makes it.
      const double x = between(340.0, 380.0);
      const double y = between(60.0, 140.0);
      boxes.push_back({{x, x + 18.0}, {y, y + 22.0}});
      widths.push_back(between(20.0, 70.0));
    }
    const auto names = place_names(panel, boxes, widths, 15.0);
    REQUIRE(names.size() == boxes.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!names[i]) continue;
      ++placed;
      CHECK(names[i]->x.high - names[i]->x.low == Approx(widths[i]));
      CHECK((names[i]->x.low >= panel.x.low && names[i]->x.high <= panel.x.high));
      CHECK((names[i]->y.low >= panel.y.low && names[i]->y.high <= panel.y.high));
      for (const Frame& box : boxes) CHECK_FALSE(overlap(*names[i], box));
      for (std::size_t j = 0; j < i; ++j) {
        if (names[j]) CHECK_FALSE(overlap(*names[i], *names[j]));
      }
    }
  }
  CHECK(placed == 1200);  // there is room for all of them
}

TEST_CASE("a name that has no room is left out", "[publishers][plots]") {
  const Frame small{{0.0, 50.0}, {0.0, 50.0}};
  CHECK_FALSE(place_names(small, {{{10.0, 20.0}, {10.0, 20.0}}}, {60.0}, 15.0).front());
  CHECK_THROWS_AS(place_names(small, {}, {60.0}, 15.0), std::invalid_argument);
}

}  // namespace
}  // namespace draftstream
