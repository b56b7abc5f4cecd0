// Holes of a block by channel: the same however chunks had cut them.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/block_holes.hpp"
#include "tests/engine/holes_in_sky.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using Run = BlockHoles::Run;

std::vector<Run> of(const BlockHoles& holes, std::size_t channel) {
  const auto runs = holes.of(channel);
  return {runs.begin(), runs.end()};
}

BlockHoles find(std::uint64_t first, std::size_t samples, std::size_t channels,
                const std::vector<Hole>& holes, std::span<const std::uint32_t> places = {}) {
  const std::vector<std::byte> bytes(samples * channels);
  BlockHoles found;
  found.find(FilterbankChunk{first, samples, channels, {8}, bytes, {}, holes}, places);
  return found;
}

}  // namespace

TEST_CASE("holes of a block are told by channel", "[engine][block_holes]") {
  const std::vector<Hole> holes{{100, 10, 0, 2}, {100, 4, 2, 1}, {104, 2, 2, 2}, {108, 5, 1, 1}};
  const BlockHoles found = find(100, 20, 5, holes);
  CHECK(found.any());
  CHECK(of(found, 0) == std::vector<Run>{{0, 10}});
  CHECK(of(found, 1) == std::vector<Run>{{0, 13}});  // they overlap, which they should not
  CHECK(of(found, 2) == std::vector<Run>{{0, 6}});   // they touch
  CHECK(of(found, 3) == std::vector<Run>{{4, 6}});
  CHECK(of(found, 4).empty());
  const std::vector<std::uint32_t> places{4, 3, 2, 1, 0};
  CHECK(of(find(100, 20, 5, holes, places), 1) == std::vector<Run>{{4, 6}});
  CHECK_FALSE(find(0, 20, 5, {}).any());
  CHECK(of(find(0, 20, 5, {}), 3).empty());
}

TEST_CASE("however holes were cut, those of a channel are the same",
          "[engine][block_holes][property]") {
  constexpr std::size_t samples = 500;
  constexpr std::size_t channels = 13;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto holes = test::lost_cells({0.3, 5, 3, 4}, 0, samples, channels, seed);
    const std::size_t chunk = 1 + test::random_bits(seed, 7) % 40;
    std::vector<Hole> cut;  // at the ends of chunks, and into single channels
    for (std::uint64_t first = 0; first < samples; first += chunk) {
      for (const Hole& hole : holes) {
        const std::uint64_t begin = std::max(hole.first, first);
        const std::uint64_t end = std::min<std::uint64_t>(hole.end(), first + chunk);
        for (std::size_t c = hole.first_channel; begin < end && c < hole.end_channel(); ++c) {
          cut.push_back({begin, end - begin, c, 1});
        }
      }
    }
    std::stable_sort(cut.begin(), cut.end(),
                     [](const Hole& a, const Hole& b) { return a.first < b.first; });
    REQUIRE(cut.size() > holes.size());
    const BlockHoles whole = find(0, samples, channels, holes);
    const BlockHoles pieces = find(0, samples, channels, cut);
    std::vector<bool> lost(samples * channels, false);
    test::for_each_sample(holes,
                          [&](std::uint64_t n, std::size_t c) { lost[n * channels + c] = true; });
    for (std::size_t c = 0; c < channels; ++c) {
      REQUIRE(of(whole, c) == of(pieces, c));
      std::vector<bool> seen(samples, false);
      std::uint32_t last = 0;
      for (const Run& run : of(whole, c)) {
        REQUIRE((run.first < run.end && (last == 0 || run.first > last)));
        last = run.end;
        for (std::size_t t = run.first; t < run.end; ++t) seen[t] = true;
      }
      for (std::size_t t = 0; t < samples; ++t) REQUIRE(seen[t] == lost[t * channels + c]);
    }
  }
}

}  // namespace draftstream
