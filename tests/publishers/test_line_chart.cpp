// Curves as pictures: what cannot be drawn is refused, and what is odd is left out.
#include "publishers/plots/line_chart.hpp"

#include <limits>
#include <stdexcept>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/file_content.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;

TEST_CASE("curves are drawn", "[publishers][plots]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.png");
  LineChart chart{"title", "x", "y", true, 0.0, 1.0, {}};
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  // A point at 0 has no place on a logarithmic axis; a NaN is a gap.
  chart.series.push_back({"a",
                          {0.0, 0.01, 0.1, 1.0},
                          {0.5, nan, 0.2, 0.3},
                          {0.4, 0.1, 0.1, 0.2},
                          {0.6, 0.2, 0.3, 0.4},
                          3,
                          false});
  draw_lines(path, chart);
  const std::string without = content(path);
  CHECK(without.rfind("\x89PNG", 0) == 0);
  chart.series.push_back({"b", {0.1, 1.0}, {0.9, 0.8}, {}, {}, 1, false});
  draw_lines(path, chart);
  CHECK(content(path) != without);
  chart.series = {{"nothing", {}, {}, {}, {}, 0, false}};
  draw_lines(path, chart);
  CHECK(content(path).rfind("\x89PNG", 0) == 0);
}

TEST_CASE("curves that are none are refused", "[publishers][plots]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.png");
  const auto with = [](LineSeries series) {
    return LineChart{"title", "x", "y", false, 0.0, 1.0, {std::move(series)}};
  };
  CHECK_THROWS_AS(draw_lines(path, LineChart{}), std::invalid_argument);
  CHECK_THROWS_AS(draw_lines(path, with({"", {1.0}, {}, {}, {}, 0, false})), std::invalid_argument);
  CHECK_THROWS_AS(draw_lines(path, with({"", {1.0}, {1.0}, {0.0}, {}, 0, false})),
                  std::invalid_argument);
  CHECK_THROWS_AS(draw_lines(path, with({"", {1.0}, {1.0}, {0.0}, {1.0, 2.0}, 0, false})),
                  std::invalid_argument);
  CHECK_THROWS_AS(draw_lines(path, with({"", {1.0}, {1.0}, {}, {}, 4, false})),
                  std::invalid_argument);
  CHECK_THROWS_AS(draw_lines("/nowhere/a.png", with({"", {1.0}, {1.0}, {}, {}, 0, false})),
                  std::runtime_error);
}
