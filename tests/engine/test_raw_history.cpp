#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/raw_history.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

constexpr std::size_t channels = 3;
constexpr std::size_t block = 8;

Observation observation() {
  Observation result;
  result.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-1.0}, channels};
  result.time.sample_time = Seconds{1e-3};
  result.format = SampleFormat{8};
  return result;
}

/// Every byte tells its place.
std::byte stored(std::uint64_t sample, std::size_t channel) {
  return static_cast<std::byte>(7 * sample + 61 * channel + 1);
}

void feed(RawHistory& history, std::uint64_t first, std::size_t samples,
          const std::vector<Gap>& gaps, const std::vector<std::uint64_t>& checks,
          const std::vector<Hole>& holes = {}) {
  std::vector<std::byte> bytes;
  for (std::uint64_t n = first; n < first + samples; ++n) {
    for (std::size_t c = 0; c < channels; ++c) bytes.push_back(stored(n, c));
  }
  const FilterbankChunk chunk{first, samples, channels, SampleFormat{8}, bytes, gaps, holes};
  REQUIRE(history.continued_by(chunk));
  std::size_t visits = 0;
  for (std::size_t row = 0; row < samples; ++visits) {
    row += history.take(chunk, row);
    REQUIRE(visits < checks.size());
    CHECK(history.taken() == checks[visits]);
  }
}

bool holds_its_samples(const FilterbankChunk& chunk) {
  for (std::size_t t = 0; t < chunk.samples(); ++t) {
    for (std::size_t c = 0; c < channels; ++c) {
      if (chunk.spectrum(t)[c] != stored(chunk.first() + t, c)) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("chunks of any length fill blocks that do not move", "[engine][raw_history]") {
  RawHistory history{observation(), block, 3 * block};
  feed(history, 0, 5, {}, {5});
  feed(history, 5, 13, {}, {8, 16, 18});
  feed(history, 18, 22, {}, {24, 32, 40});
  const FilterbankChunk newest = history.newest(block);
  CHECK(newest.first() == 32);
  CHECK(holds_its_samples(newest));
  for (std::uint64_t n = 16; n < 40; ++n) CHECK(history.spectrum(n)[1] == stored(n, 1));
}

TEST_CASE("the newest samples are whole where the ring ends inside them", "[engine][raw_history]") {
  RawHistory history{observation(), block, 2 * block};
  feed(history, 0, 19, {}, {8, 16, 19});
  const FilterbankChunk newest = history.newest(block);
  CHECK(newest.first() == 11);
  CHECK(newest.samples() == block);
  CHECK(holds_its_samples(newest));
}

TEST_CASE("gaps come along, cut to what is asked for", "[engine][raw_history]") {
  RawHistory history{observation(), block, 2 * block};
  feed(history, 0, 7, {{2, 1, Fate::missing}, {6, 1, Fate::late}}, {7});
  feed(history, 7, 5, {{7, 3, Fate::late}}, {8, 12});
  const auto newest = history.newest(block);
  REQUIRE(newest.first() == 4);
  std::vector<bool> late(block, false);
  for (const Gap& gap : newest.gaps()) {
    CHECK(gap.fate == Fate::late);
    for (std::uint64_t n = gap.first; n < gap.end(); ++n) late[n - 4] = true;
  }
  CHECK(late == std::vector<bool>{false, false, true, true, true, true, false, false});
}

TEST_CASE("samples in holes are unpacked as missing, as long as they are kept",
          "[engine][raw_history][holes]") {
  RawHistory history{observation(), block, 3 * block};
  feed(history, 0, 11, {}, {8, 11}, {{2, 3, 0, 2}, {6, 5, 2, 1}});
  feed(history, 11, 13, {}, {16, 24}, {{11, 4, 2, 1}, {20, 4, 0, 3}});
  const auto is_lost = [](std::uint64_t n, std::size_t c) {
    return (n >= 2 && n < 5 && c < 2) || (n >= 6 && n < 15 && c == 2) || n >= 20;
  };
  const auto check = [&](std::uint64_t first, std::uint64_t end) {
    std::vector<float> all(channels * (end - first));
    history.unpack(0, channels, first, end - first, all);
    for (std::size_t c = 0; c < channels; ++c) {
      std::vector<float> one(end - first);
      history.unpack(c, first, one);
      for (std::uint64_t n = first; n < end; ++n) {
        INFO("sample " << n << ", channel " << c);
        const auto value = static_cast<float>(std::to_integer<int>(stored(n, c)));
        REQUIRE(std::isnan(one[n - first]) == is_lost(n, c));
        REQUIRE((is_lost(n, c) || one[n - first] == value));
        const float again = all[c * (end - first) + n - first];
        REQUIRE((again == one[n - first] || (std::isnan(again) && is_lost(n, c))));
      }
    }
  };
  check(0, 24);
  check(3, 13);
  CHECK(history.newest(block).holes().size() == 1);
  CHECK(history.newest(2 * block).holes()[0] == Hole{8, 3, 2, 1});
  feed(history, 24, 8, {}, {32});
  feed(history, 32, 8, {}, {40});
  std::vector<float> later(16);
  history.unpack(2, 24, later);  // in the places of what was lost
  for (const float value : later) CHECK_FALSE(std::isnan(value));
}

TEST_CASE("what does not continue the observation is told apart", "[engine][raw_history]") {
  RawHistory history{observation(), block, 2 * block};
  feed(history, 0, 3, {}, {3});
  const std::array<std::byte, 8> bytes{};
  const std::span<const std::byte> three{bytes.data(), 3};
  CHECK(history.continued_by({3, 1, channels, SampleFormat{8}, three, {}}));
  CHECK_FALSE(history.continued_by({4, 1, channels, SampleFormat{8}, three, {}}));
  CHECK_FALSE(history.continued_by({3, 1, 2, SampleFormat{8}, three.first(2), {}}));
  CHECK_FALSE(history.continued_by({3, 1, channels, SampleFormat{16}, {bytes.data(), 6}, {}}));
}
