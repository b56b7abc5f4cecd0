// Holes remembered, cut and forgotten.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ingest/hole_log.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

std::vector<Hole> within(const HoleLog& log, std::uint64_t first, std::uint64_t end) {
  std::vector<Hole> holes;
  log.append_to(holes, first, end);
  return holes;
}

}  // namespace

TEST_CASE("holes are cut in time to what is asked for", "[ingest][hole_log]") {
  HoleLog log;
  log.add({10, 10, 0, 4});
  log.add({10, 2, 6, 1});
  log.add({15, 20, 8, 3});  // while the first goes on
  log.add({30, 1, 0, 1});
  CHECK(within(log, 0, 10).empty());
  CHECK(within(log, 35, 90).empty());
  CHECK(within(log, 15, 15).empty());
  CHECK(within(log, 0, 11) == std::vector<Hole>{{10, 1, 0, 4}, {10, 1, 6, 1}});
  CHECK(within(log, 12, 17) == std::vector<Hole>{{12, 5, 0, 4}, {15, 2, 8, 3}});
  CHECK(within(log, 19, 31) == std::vector<Hole>{{19, 1, 0, 4}, {19, 12, 8, 3}, {30, 1, 0, 1}});
  CHECK(within(log, 31, 99) == std::vector<Hole>{{31, 4, 8, 3}});  // the one after it has ended
}

TEST_CASE("holes that are empty, or out of order, are ours to mend", "[ingest][hole_log]") {
  HoleLog log;
  log.add({10, 10, 4, 4});
  CHECK_THROWS_AS(log.add({20, 0, 0, 1}), std::logic_error);
  CHECK_THROWS_AS(log.add({20, 1, 0, 0}), std::logic_error);
  CHECK_THROWS_AS(log.add({9, 1, 0, 1}), std::logic_error);
  CHECK_NOTHROW(log.add({10, 10, 8, 1}));
  CHECK(log.size() == 2);
}

TEST_CASE("a log of holes forgets, and remembers the rest as a set of samples would",
          "[ingest][hole_log][property]") {
  std::mt19937 random{77};
  const auto up_to = [&random](std::uint64_t most) { return random() % (most + 1); };
  constexpr std::uint64_t kept = 40;
  HoleLog log;
  std::set<std::pair<std::uint64_t, std::size_t>> missing;  // sample, channel
  std::uint64_t first = 0;
  for (int step = 0; step < 3000; ++step) {
    first += 1 + up_to(3);
    for (std::size_t channel = up_to(3); channel < 12;) {  // some that begin together
      const Hole hole{first, 1 + up_to(9), channel, 1 + up_to(2)};
      const auto is_there = [&](std::uint64_t n) {
        return missing.lower_bound({n, hole.first_channel}) !=
               missing.lower_bound({n, hole.end_channel()});
      };
      bool disjoint = true;
      for (std::uint64_t n = first; n < hole.end(); ++n) disjoint = disjoint && !is_there(n);
      if (disjoint) {
        log.add(hole);
        for (std::uint64_t n = first; n < hole.end(); ++n) {
          for (std::size_t c = channel; c < hole.end_channel(); ++c) missing.emplace(n, c);
        }
      }
      channel = hole.end_channel() + up_to(3);
    }
    const std::uint64_t forgotten = first > kept ? first - kept : 0;
    log.forget_before(forgotten);
    REQUIRE(log.size() <= 12 * (kept + 10));

    const std::uint64_t from = forgotten + up_to(kept);
    const std::uint64_t end = from + up_to(kept);
    std::set<std::pair<std::uint64_t, std::size_t>> seen;
    std::uint64_t last = from;
    for (const Hole& hole : within(log, from, end)) {
      REQUIRE(hole.first >= last);
      REQUIRE(hole.end() <= end);
      last = hole.first;
      for (std::uint64_t n = hole.first; n < hole.end(); ++n) {
        for (std::size_t c = hole.first_channel; c < hole.end_channel(); ++c) {
          REQUIRE(seen.emplace(n, c).second);
        }
      }
    }
    const std::set<std::pair<std::uint64_t, std::size_t>> expected{
        missing.lower_bound({from, 0}), missing.lower_bound({std::max(from, end), 0})};
    REQUIRE(seen == expected);
  }
}

}  // namespace draftstream
