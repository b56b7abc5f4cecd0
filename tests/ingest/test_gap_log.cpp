// Gaps remembered, merged, cut and forgotten.
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

#include "ingest/gap_log.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

std::vector<Gap> within(const GapLog& log, std::uint64_t first, std::uint64_t end) {
  std::vector<Gap> gaps;
  log.append_to(gaps, first, end);
  return gaps;
}

}  // namespace

TEST_CASE("gaps that touch and share their fate are one", "[ingest][gap_log]") {
  GapLog log;
  log.add({10, 5, Fate::missing});
  log.add({15, 5, Fate::missing});  // touches: merged
  log.add({20, 5, Fate::late});     // another fate: its own
  log.add({26, 4, Fate::late});     // does not touch: its own
  CHECK(within(log, 0, 100) ==
        std::vector<Gap>{{10, 10, Fate::missing}, {20, 5, Fate::late}, {26, 4, Fate::late}});
  CHECK_THROWS_AS(log.add({29, 4, Fate::late}), std::logic_error);
  CHECK_THROWS_AS(log.add({40, 0, Fate::late}), std::logic_error);
  CHECK(log.size() == 3);
}

TEST_CASE("gaps are cut to what is asked for", "[ingest][gap_log]") {
  GapLog log;
  log.add({10, 10, Fate::missing});
  log.add({30, 10, Fate::late});
  CHECK(within(log, 0, 10).empty());
  CHECK(within(log, 20, 30).empty());
  CHECK(within(log, 15, 15).empty());
  CHECK(within(log, 0, 11) == std::vector<Gap>{{10, 1, Fate::missing}});
  CHECK(within(log, 19, 31) == std::vector<Gap>{{19, 1, Fate::missing}, {30, 1, Fate::late}});
  CHECK(within(log, 12, 15) == std::vector<Gap>{{12, 3, Fate::missing}});
}

TEST_CASE("a log forgets, and remembers the rest as a list would", "[ingest][gap_log][property]") {
  std::mt19937 random{99};
  const auto up_to = [&random](std::uint64_t most) { return random() % (most + 1); };
  GapLog log;
  std::vector<Fate> fates_of;  // one per sample; searched = no gap
  std::uint64_t forgotten = 0;
  for (int step = 0; step < 3000; ++step) {
    fates_of.resize(fates_of.size() + up_to(3), Fate::searched);
    const std::uint64_t first = fates_of.size();
    const std::uint64_t samples = 1 + up_to(4);
    const Fate fate = up_to(1) == 0 ? Fate::missing : Fate::invalid;
    fates_of.resize(first + samples, fate);
    log.add({first, samples, fate});
    const std::uint64_t kept = 60;
    if (fates_of.size() > kept) forgotten = fates_of.size() - kept;
    log.forget_before(forgotten);
    REQUIRE(log.size() <= kept);

    const std::uint64_t from = forgotten + up_to(fates_of.size() - forgotten);
    const std::uint64_t end = from + up_to(fates_of.size() - from);
    std::vector<Fate> seen(end - from, Fate::searched);
    std::uint64_t last_end = from;
    for (const Gap& gap : within(log, from, end)) {
      REQUIRE(gap.samples > 0);
      REQUIRE(gap.first >= last_end);
      REQUIRE(gap.end() <= end);
      last_end = gap.end();
      for (std::uint64_t n = gap.first; n < gap.end(); ++n) seen[n - from] = gap.fate;
    }
    const auto at = fates_of.begin() + static_cast<std::ptrdiff_t>(from);
    REQUIRE(std::vector<Fate>(at, at + static_cast<std::ptrdiff_t>(end - from)) == seen);
  }
}

}  // namespace draftstream
