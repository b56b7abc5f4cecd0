// Searching while parts of the work are left out, block by block.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "tests/engine/fake_networks.hpp"
#include "tests/engine/search_run.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::same;
using test::SearchRun;
using test::Sky;

const test::Band band{1500.0, -4.0, 64, 0.5e-3};
constexpr SampleFormat bytes{8};
constexpr std::uint64_t block = 1024;  // of small_blocks()
constexpr std::size_t blocks = 32;

/// What is left out of which block.
using Script = std::map<std::uint64_t, Shed>;

Shedding by(const Script& script) {
  return [script](std::uint64_t first) {
    const auto found = script.find(first / block);
    return found == script.end() ? Shed{} : found->second;
  };
}

constexpr Shed no_networks{true, 0, false};
constexpr Shed skipped{false, 0, true};

Shed fewer_octaves(std::size_t octaves) {
  return {false, octaves, false};
}

// Several octaves, whose longest sweep is about a block.
SearchConfig config_of(unsigned threads = 1) {
  SearchConfig config = test::small_blocks(EngineKind::tree);
  config.dm_max = DispersionMeasure{600.0};
  config.threads = threads;
  return config;
}

// Bursts everywhere, also across the borders of blocks; the last block is short.
const Sky& sky() {
  static const Sky one = [] {
    Sky made{band, blocks * block - 200, 61};
    for (std::size_t i = 0; 700 * i < made.samples; ++i) {
      const auto number = static_cast<double>(i);
      made.add({std::fmod(20.0 + 137.0 * number, 590.0), 300.0 + 700.0 * number,
                4.0 + static_cast<double>(i % 5), 16.0 + static_cast<double>(7 * i % 20)});
    }
    return made;
  }();
  return one;
}

SearchRun run(const Script& script, const SearchConfig& config = config_of(),
              std::span<const std::size_t> chunks = {}, LookSettings looks = {}) {
  const auto stored = sky().stored(bytes, 120.0F, 14.0F);
  return test::run_search(sky().observation(bytes), stored, config, {}, chunks, std::move(looks),
                          {}, script.empty() ? Shedding{} : by(script));
}

// May one of these blocks have had a part in what was said of it: those that it crosses, and those
// whose detections are clustered with its own?
bool is_near(const Candidate& candidate, const Script& script) {
  const double end = static_cast<double>(candidate.first_sample + candidate.boxcar_samples) +
                     band.sweep(candidate.dm.value());
  const auto first_block = static_cast<std::int64_t>(candidate.first_sample / block) - 2;
  const auto last_block = static_cast<std::int64_t>(end / block) + 2;
  return std::any_of(script.begin(), script.end(), [&](const auto& one) {
    const auto shed = static_cast<std::int64_t>(one.first);
    return one.second != no_networks && shed >= first_block && shed <= last_block;
  });
}

std::vector<Candidate> far_from(const SearchRun& run, const Script& script) {
  std::vector<Candidate> all;
  std::copy_if(run.candidates.begin(), run.candidates.end(), std::back_inserter(all),
               [&](const Candidate& candidate) { return !is_near(candidate, script); });
  return all;
}

bool same(const std::vector<Candidate>& a, const std::vector<Candidate>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Candidate& x, const Candidate& y) { return test::same(x, y); });
}

// Candidates whose arrival is in one of these blocks.
std::size_t arrived_in(const SearchRun& run, std::uint64_t first_block, std::uint64_t end_block) {
  return static_cast<std::size_t>(
      std::count_if(run.candidates.begin(), run.candidates.end(), [&](const Candidate& candidate) {
        return candidate.sample_index >= first_block * block &&
               candidate.sample_index < end_block * block;
      }));
}

}  // namespace

TEST_CASE("where nothing was shed, candidates are those of a search that sheds nothing",
          "[engine][search][shedding][property]") {
  const SearchRun whole = run({});
  REQUIRE(whole.candidates.size() > 30);
  REQUIRE(whole.counts.shed == ShedCounts{});
  const Script script = GENERATE(values<Script>({
      {{5, skipped}},
      {{0, skipped}, {1, skipped}},
      {{10, fewer_octaves(1)}, {11, fewer_octaves(2)}},
      {{8, fewer_octaves(99)}, {9, skipped}, {20, skipped}, {21, skipped}, {22, skipped}},
      {{12, no_networks}, {29, skipped}, {30, skipped}},
  }));
  CAPTURE(script.size(), script.begin()->first);
  const SearchRun shed = run(script);
  const auto expected = far_from(whole, script);
  REQUIRE(expected.size() > 10);
  REQUIRE(expected.size() < whole.candidates.size());
  CHECK(same(far_from(shed, script), expected));
  CHECK(shed.counts.ledger.balanced());
  CHECK(shed.counts.ledger.expected() == sky().samples);
  for (const Candidate& candidate : shed.candidates) CHECK(std::isfinite(candidate.snr));
}

TEST_CASE("what is left out does what it says, and is counted", "[engine][search][shedding]") {
  const SearchRun whole = run({});
  SECTION("blocks") {
    const SearchRun shed = run({{6, skipped}, {7, skipped}, {8, skipped}});
    REQUIRE(arrived_in(whole, 6, 9) > 2);
    CHECK(arrived_in(shed, 6, 9) == 0);
    CHECK(shed.counts.shed == ShedCounts{0, 0, 0, 3, 3 * block});
    CHECK(shed.counts.ledger[Fate::overrun] == 3 * block);
    CHECK(shed.counts.ledger[Fate::searched] + shed.counts.ledger[Fate::masked] ==
          sky().samples - 3 * block);
    CHECK(shed.counts.blocks == whole.counts.blocks - 3);
    CHECK(shed.counts.boxes < whole.counts.boxes);
  }
  SECTION("octaves of DM, from the highest down") {
    Script script;
    for (std::uint64_t b = 0; b < blocks; ++b) script[b] = fewer_octaves(1);
    const SearchRun one = run(script);
    for (auto& [b, shed] : script) shed.octaves = 99;
    const SearchRun all_but_one = run(script);
    // The last block is short: nothing is left out of it.
    const auto highest = [](const SearchRun& of) {
      double dm = 0.0;
      for (const Candidate& candidate : of.candidates) {
        if (candidate.sample_index > (blocks - 4) * block) continue;
        dm = std::max(dm, candidate.dm.value());
      }
      return dm;
    };
    CHECK(highest(whole) > 500.0);
    CHECK(highest(one) < 0.6 * highest(whole));
    CHECK(highest(one) > 200.0);
    CHECK(highest(all_but_one) < 100.0);
    CHECK(!all_but_one.candidates.empty());
    CHECK(one.counts.shed == ShedCounts{0, blocks - 1, blocks - 1, 0, 0});
    CHECK(all_but_one.counts.shed.octaves_left_out >= 2 * (blocks - 1));
    CHECK(all_but_one.counts.boxes < one.counts.boxes);
    CHECK(one.counts.ledger == whole.counts.ledger);
  }
  SECTION("networks, where there are none") {
    const SearchRun shed = run({{3, no_networks}, {4, no_networks}});
    CHECK(same(shed, whole));
  }
}

TEST_CASE("what is found does not depend on chunks, threads and the back end while load is shed",
          "[engine][search][shedding][property]") {
  const Script script{{2, fewer_octaves(1)}, {3, fewer_octaves(2)}, {4, skipped},
                      {7, skipped},          {8, skipped},          {12, fewer_octaves(1)},
                      {13, skipped},         {20, fewer_octaves(3)}};
  const SearchRun expected = run(script);
  REQUIRE(expected.candidates.size() > 20);
  for (const std::size_t chunk : {37UL, 1000UL, 1024UL, 5000UL}) {
    INFO("chunks of " << chunk);
    CHECK(same(run(script, config_of(), std::vector<std::size_t>{chunk}), expected));
  }
  for (const unsigned threads : {2U, 5U}) {
    INFO(threads << " threads");
    CHECK(same(run(script, config_of(threads), std::vector<std::size_t>{1, 5000, 3, 1023}),
               expected));
  }
  SearchConfig walked = config_of(2);
  walked.backend = BackEnd::walked;
  CHECK(same(run(script, walked), expected));
}

TEST_CASE("a burst that crosses a skipped block says so", "[engine][search][shedding]") {
  // Its sweep is three blocks: it begins shortly before the one that is skipped, and ends two
  // later.
  SearchConfig config = config_of();
  config.dm_max = DispersionMeasure{2000.0};
  Sky one{band, 14 * block, 71};
  one.add({1900.0, 5 * block - 200.0, 6.0, 60.0});
  const auto stored = one.stored(bytes, 120.0F, 14.0F);
  const auto observation = one.observation(bytes);
  const auto whole = test::run_search(observation, stored, config);
  REQUIRE(whole.candidates.size() == 1);
  CHECK_FALSE(whole.candidates[0].overrun);
  const auto shed =
      test::run_search(observation, stored, config, {}, {}, {}, {}, by({{5, skipped}}));
  REQUIRE(shed.candidates.size() == 1);
  CHECK(shed.candidates[0].overrun);
  CHECK(shed.candidates[0].gap_within_event);
  CHECK(shed.candidates[0].frac_missing > 0.2);
  CHECK(shed.candidates[0].snr < whole.candidates[0].snr);
  CHECK(std::abs(shed.candidates[0].dm.value() - 1900.0) < 10.0);
  // A gap that was never sent is no overrun.
  const std::vector<Gap> gaps{{5 * block, block, Fate::missing}};
  const auto lost = test::run_search(observation, stored, config, gaps);
  REQUIRE(lost.candidates.size() == 1);
  CHECK_FALSE(lost.candidates[0].overrun);
  CHECK(lost.candidates[0].gap_within_event);
}

TEST_CASE("candidates stay unjudged that become final with a block without networks",
          "[engine][search][shedding][infer][arithmetic]") {
  LookSettings looks;
  const auto judged = [&](const Script& script) {
    const test::FakeNetworks fakes;
    looks.networks = fakes.networks();
    return run(script, config_of(), {}, looks);
  };
  const SearchRun whole = judged({});
  REQUIRE(whole.counts.judged == whole.counts.candidates - whole.counts.finds);
  REQUIRE(whole.candidates.size() > 30);
  std::map<double, int> unjudged;  // by arrival
  for (std::uint64_t b = 0; b < blocks - 1; ++b) {
    const SearchRun shed = judged({{b, no_networks}});
    CHECK(shed.counts.shed == ShedCounts{1, 0, 0, 0, 0});
    CHECK(shed.counts.judged + shed.counts.left_unjudged + shed.counts.finds ==
          shed.counts.candidates);
    for (const Candidate& candidate : shed.candidates) {
      if (candidate.label == "unjudged") ++unjudged[candidate.toa.value()];
    }
  }
  // Each one of the search once; those of the last blocks become final at the end.
  std::size_t late = 0;
  for (const Candidate& candidate : whole.candidates) {
    const auto found = unjudged.find(candidate.toa.value());
    if (found == unjudged.end()) {
      ++late;
    } else {
      CHECK(found->second == 1);
    }
  }
  CHECK(late < 15);
  CHECK(unjudged.size() > 20);
}

TEST_CASE("a long gap is searched as what holds no number is", "[engine][search][parity]") {
  const std::vector<Gap> gaps{{6 * block - 300, 9 * block, Fate::invalid},
                              {20 * block, block, Fate::invalid}};
  const auto stored = sky().stored(SampleFormat{16}, 3000.0F, 200.0F);
  const SampleFormat format{16};
  const auto run_gaps = test::run_search(sky().observation(format), stored, config_of(), gaps);
  std::vector<float> floats(sky().values.size());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    std::uint16_t value = 0;
    std::memcpy(&value, stored.data() + 2 * i, sizeof value);
    floats[i] = value;
  }
  for (const Gap& gap : gaps) {
    std::fill_n(floats.begin() + static_cast<std::ptrdiff_t>(gap.first * band.channels),
                gap.samples * band.channels, std::numeric_limits<float>::quiet_NaN());
  }
  const auto run_floats = test::run_search(sky().observation(float_samples),
                                           std::as_bytes(std::span{floats}), config_of());
  REQUIRE(run_gaps.candidates.size() > 20);
  CHECK(same(run_gaps.candidates, run_floats.candidates));
  CHECK(run_gaps.counts.ledger == run_floats.counts.ledger);
  CHECK(run_gaps.counts.boxes_above == run_floats.counts.boxes_above);
  CHECK(run_gaps.counts.boxes < run_floats.counts.boxes);  // blocks that must be 0 are not summed
}

TEST_CASE("a search that cannot shed says so", "[engine][search][shedding]") {
  Search direct{sky().observation(bytes), test::small_blocks(EngineKind::direct)};
  CHECK_FALSE(direct.sheds());
  CHECK_THROWS_AS(direct.shed_by(by({})), std::logic_error);
  Search tree{sky().observation(bytes), test::small_blocks(EngineKind::tree)};
  CHECK(tree.sheds());
  CHECK_NOTHROW(tree.shed_by(by({})));
}

}  // namespace draftstream
