// expected = searched + masked + missing + late + invalid + overrun.
#include <array>
#include <cstdint>
#include <random>
#include <string_view>

#include "ingest/ledger.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("fates are named as published", "[ingest][ledger]") {
  CHECK(name(Fate::searched) == "searched");
  CHECK(name(Fate::masked) == "masked");
  CHECK(name(Fate::missing) == "missing");
  CHECK(name(Fate::late) == "late");
  CHECK(name(Fate::invalid) == "invalid");
  CHECK(name(Fate::overrun) == "overrun");
}

TEST_CASE("a ledger balances exactly when every sample has one fate",
          "[ingest][ledger][property]") {
  std::mt19937_64 random{6};
  std::uniform_int_distribution<std::uint64_t> length{1, 1'000'000'000'000};
  std::uniform_int_distribution<std::size_t> pick{0, fates - 1};
  Ledger ledger;
  CHECK(ledger.balanced());  // nothing expected, nothing seen
  std::array<std::uint64_t, fates> counted{};
  std::uint64_t expected = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t samples = length(random);
    const std::size_t fate = pick(random);
    ledger.expect(samples);
    expected += samples;
    REQUIRE_FALSE(ledger.balanced());
    ledger.count(static_cast<Fate>(fate), samples - 1);
    REQUIRE_FALSE(ledger.balanced());  // one spectrum is enough to be seen
    ledger.count(static_cast<Fate>(fate), 1);
    counted[fate] += samples;
    REQUIRE(ledger.balanced());
  }
  CHECK(ledger.expected() == expected);
  CHECK(ledger.accounted() == expected);
  for (std::size_t fate = 0; fate < fates; ++fate) {
    CHECK(ledger[static_cast<Fate>(fate)] == counted[fate]);
    CHECK(counted[fate] > 0);
  }
  ledger.count(Fate::late, 1);
  CHECK_FALSE(ledger.balanced());  // too much does not balance either
}

TEST_CASE("the ledgers of two observations add up", "[ingest][ledger]") {
  Ledger a;
  a.expect(10);
  a.count(Fate::searched, 7);
  a.count(Fate::late, 2);
  Ledger b;
  b.expect(5);
  b.count(Fate::searched, 6);
  Ledger sum = a;
  sum += b;
  CHECK(sum.expected() == 15);
  CHECK(sum[Fate::searched] == 13);
  CHECK(sum[Fate::late] == 2);
  CHECK(sum.balanced());
}

TEST_CASE("a gap ends behind its last sample", "[ingest][ledger]") {
  CHECK(Gap{10, 5, Fate::late}.end() == 15);
  CHECK(Gap{10, 5, Fate::late} == Gap{10, 5, Fate::late});
  CHECK_FALSE(Gap{10, 5, Fate::late} == Gap{10, 5, Fate::missing});
}

}  // namespace draftstream
