// Time against DM: what is drawn changes with what is there.
#include <cmath>
#include <string>

#include "publishers/plots/overview.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file_content.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;

namespace {

Overview an_hour() {
  Overview overview{"site-20260101T000000.000000-b0000", 3600.0, 1500.0, {}};
  const char* const labels[] = {"burst", "interference", "unjudged"};
  for (int i = 0; i < 60; ++i) {
    overview.points.push_back({60.0 * i + 7.0, std::fmod(97.0 * i, 1500.0), 7.0 + i * i / 20.0,
                               labels[i % 5 == 0   ? 0
                                      : i % 7 == 0 ? 2
                                                   : 1]});
  }
  return overview;
}

}  // namespace

TEST_CASE("an observation at a glance", "[publishers][plots]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("overview.png");
  Overview overview = an_hour();
  draw_overview(path, overview);
  const std::string first = content(path);
  CHECK(first.rfind("\x89PNG", 0) == 0);
  overview.points.back().snr *= 10.0;
  draw_overview(path, overview);
  CHECK(content(path) != first);
  draw_overview(path, {"nothing", 0.0, 0.0, {}});
  CHECK(content(path).rfind("\x89PNG", 0) == 0);
}
