// Boxes: their widths, S/N and peaks, each looked at once.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/boxcar.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream {
namespace {

constexpr std::uint16_t channels = 25;

std::vector<float> white(std::size_t samples, std::uint64_t seed) {
  std::vector<float> sums(samples);
  for (std::size_t t = 0; t < samples; ++t) sums[t] = 5.0F * test::gaussian(seed, t);
  return sums;
}

/// All boxes of one series.
std::vector<Detection> search(BoxcarSearch& boxes, const std::vector<float>& sums,
                              std::size_t widths, std::uint16_t goods = channels,
                              bool uniform = true) {
  const std::vector<std::uint16_t> all_goods(sums.size(), goods);
  std::vector<Detection> detections;
  boxes.search({sums, all_goods, 0, 0, uniform}, std::vector<float>(widths, 1.0F), 1.0, 7,
               detections);
  return detections;
}

}  // namespace

TEST_CASE("widths grow by about a half", "[engine][boxcar]") {
  using List = std::vector<std::uint32_t>;
  CHECK(boxcar_widths(1) == List{1});
  CHECK(boxcar_widths(2) == List{1, 2});
  CHECK(boxcar_widths(5) == List{1, 2, 3, 4});
  CHECK(boxcar_widths(100) == List{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96});
  CHECK(boxcar_widths(512) ==
        List{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512});
}

// A top hat of 8 samples, each 3 high, where each sum has 25 good channels: 24 / sqrt(8 * 25).
TEST_CASE("S/N is the sum over the root of its variance", "[engine][boxcar]") {
  std::vector<float> sums(1000, 0.0F);
  for (std::size_t t = 400; t < 408; ++t) sums[t] = 30.0F;
  const double expected = 240.0 / std::sqrt(8.0 * 25.0);
  for (const bool uniform : {true, false}) {
    BoxcarSearch boxes{boxcar_widths(64), 10.0};
    const auto found = search(boxes, sums, 12, channels, uniform);
    REQUIRE(found.size() == 1);
    CHECK(std::abs(found[0].snr - expected) < 1e-9);
    CHECK(found[0].first == 400);
    CHECK(found[0].width == 8);
    CHECK(found[0].end() == 408);
    CHECK(found[0].trial == 7);
    CHECK(found[0].noise == 1.0);
  }
  // With a quarter of the variance lost to conditioning, S/N counts for more.
  BoxcarSearch boxes{{8}, 10.0};
  const std::vector<std::uint16_t> goods(1000, channels);
  std::vector<Detection> found;
  boxes.search({sums, goods, 5000, 0, true}, std::vector<float>{0.75F}, 1.0, 0, found);
  REQUIRE(found.size() == 1);
  CHECK(std::abs(found[0].snr - expected / std::sqrt(0.75)) < 1e-6);
  CHECK(found[0].first == 5400);
}

TEST_CASE("boxes of little data, and of little left of it, are not looked at", "[engine][boxcar]") {
  std::vector<float> sums(1000, 0.0F);
  sums[500] = 1000.0F;
  std::vector<std::uint16_t> goods(1000, channels);
  goods[500] = 12;
  const std::vector<float> shares{1.0F};
  std::vector<Detection> found;
  BoxcarSearch boxes{{1}, 10.0};
  boxes.search({sums, goods, 0, 0, false}, shares, 12.5, 0, found);
  CHECK(found.empty());
  boxes.search({sums, goods, 0, 0, false}, shares, 12.0, 0, found);
  REQUIRE(found.size() == 1);
  CHECK(std::abs(found[0].snr - 1000.0 / std::sqrt(12.0)) < 1e-9);
  found.clear();
  boxes.search({sums, goods, 0, 0, false}, std::vector<float>{0.04F}, 1.0, 0, found);
  CHECK(found.empty());
}

TEST_CASE("gaps change no other box: uniform or not, the same detections",
          "[engine][boxcar][property]") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto sums = white(3000, seed);
    BoxcarSearch a{boxcar_widths(64), 3.5};
    BoxcarSearch b{boxcar_widths(64), 3.5};
    const auto one = search(a, sums, 12, channels, true);
    const auto other = search(b, sums, 12, channels, false);
    REQUIRE(one.size() == other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      CHECK(one[i].snr == other[i].snr);
      CHECK(one[i].first == other[i].first);
    }
    CHECK(a.counts().above == b.counts().above);
  }
}

TEST_CASE("pulses apart are two, pulses together are one", "[engine][boxcar]") {
  struct Row {
    std::size_t distance;
    std::size_t peaks;
  };
  for (const Row& row : {Row{2, 1}, Row{5, 1}, Row{20, 2}, Row{100, 2}, Row{400, 2}}) {
    INFO(row.distance << " samples apart");
    std::vector<float> sums(2000, 0.0F);
    for (std::size_t t = 0; t < 2; ++t) {
      sums[700 + t] = 180.0F;  // S/N 51
      sums[700 + row.distance + t] = 140.0F;
    }
    BoxcarSearch boxes{boxcar_widths(512), 7.0};
    const auto found = search(boxes, sums, 18);
    REQUIRE(found.size() == row.peaks);
    CHECK(found[0].first == 700);
    if (row.peaks == 2) CHECK(found[1].first == 700 + row.distance);
  }
}

TEST_CASE("peaks come in order of time, and a storm has a bound", "[engine][boxcar]") {
  auto sums = white(20000, 3);
  for (std::size_t t = 0; t < sums.size(); t += 20) sums[t] += 200.0F;
  BoxcarSearch boxes{{1}, 7.0};
  const auto found = search(boxes, sums, 1);
  CHECK(found.size() == 256);
  CHECK(boxes.counts().peaks_dropped == 1000 - 256);
  for (std::size_t i = 1; i < found.size(); ++i) CHECK(found[i].first > found[i - 1].first);
  double faintest = 1e9;
  for (const Detection& detection : found) faintest = std::min(faintest, detection.snr);
  std::size_t brighter = 0;
  for (const float sum : sums)
    brighter += static_cast<double>(sum) / 5.0 / found[0].noise > faintest ? 1 : 0;
  CHECK(brighter <= 256);  // those dropped were the faintest
}

// Cut into tiles of any length, with enough of the tile before in front, the series has every box
// once: sum over widths of (samples - width + 1).
TEST_CASE("each box is looked at once, however tiles are cut", "[engine][boxcar][property]") {
  const auto widths = boxcar_widths(48);
  const std::size_t lookback = widths.back() - 1;
  const auto sums = white(3000, 4);
  const std::vector<std::uint16_t> goods(sums.size(), channels);
  const std::vector<float> shares(widths.size(), 1.0F);
  std::uint64_t boxes_in_all = 0;
  std::uint64_t above_in_all = 0;
  for (const std::uint32_t width : widths) {
    boxes_in_all += sums.size() - width + 1;
    for (std::size_t start = 0; start + width <= sums.size(); ++start) {
      double sum = 0.0;
      for (std::size_t t = start; t < start + width; ++t) sum += static_cast<double>(sums[t]);
      above_in_all += sum / std::sqrt(25.0 * width) >= 2.5 ? 1 : 0;
    }
  }
  for (const std::size_t tile : {60UL, 777UL, 1000UL, 2999UL, 3000UL}) {
    BoxcarSearch boxes{widths, 2.5};
    std::vector<Detection> found;
    for (std::size_t first = 0; first < sums.size(); first += tile) {
      const std::size_t front = std::min(first, lookback);
      const std::size_t length = front + std::min(tile, sums.size() - first);
      boxes.search({std::span{sums}.subspan(first - front, length),
                    std::span{goods}.subspan(first - front, length), first - front, front, true},
                   shares, 1.0, 0, found);
    }
    INFO("tiles of " << tile);
    CHECK(boxes.counts().boxes == boxes_in_all);
    // Where a series scatters a little more than it should, S/N is lowered: no more than that.
    CHECK(boxes.counts().above <= above_in_all);
    CHECK(static_cast<double>(boxes.counts().above) > 0.75 * static_cast<double>(above_in_all));
  }
}

// A pulse of 8 samples at every place around the edge of a tile: one tile or the next sees it all.
TEST_CASE("no pulse is lost at the edge of a tile", "[engine][boxcar][property]") {
  const auto widths = boxcar_widths(32);
  const std::size_t lookback = widths.back() - 1;
  const std::vector<std::uint16_t> goods(2000, channels);
  const std::vector<float> shares(widths.size(), 1.0F);
  for (std::size_t place = 950; place < 1050; ++place) {
    std::vector<float> sums(2000, 0.0F);
    for (std::size_t t = place; t < place + 8; ++t) sums[t] = 30.0F;
    BoxcarSearch boxes{widths, 10.0};
    std::vector<Detection> found;
    boxes.search({std::span{sums}.first(1000), std::span{goods}.first(1000), 0, 0, true}, shares,
                 1.0, 0, found);
    boxes.search({std::span{sums}.subspan(1000 - lookback),
                  std::span{goods}.subspan(1000 - lookback), 1000 - lookback, lookback, true},
                 shares, 1.0, 0, found);
    std::size_t whole = 0;
    for (const Detection& one : found) whole += one.first == place && one.width == 8 ? 1 : 0;
    REQUIRE(whole == 1);
  }
}

// White noise plus a slow drift: without the measured excess, wide boxes would be full of false
// alarms.
TEST_CASE("red noise raises the threshold where it is", "[engine][boxcar]") {
  auto sums = white(8192, 5);
  float walk = 0.0F;
  for (std::size_t t = 0; t < sums.size(); ++t) {
    walk = 0.995F * walk + 0.7F * test::gaussian(6, t);
    sums[t] += walk;
  }
  BoxcarSearch wide{{256}, 7.0};
  CHECK(search(wide, sums, 1).empty());
  double largest = 0.0;
  for (std::size_t start = 0; start + 256 <= sums.size(); ++start) {
    double sum = 0.0;
    for (std::size_t t = start; t < start + 256; ++t) sum += static_cast<double>(sums[t]);
    largest = std::max(largest, sum / std::sqrt(256.0 * 25.0));
  }
  CHECK(largest > 10.0);

  // S/N 20 in white noise. The walk has a sigma of 7 where the noise has 5: 20 / hypot(1, 1.4).
  sums[4000] += 100.0F;
  BoxcarSearch narrow{{1}, 7.0};
  const auto found = search(narrow, sums, 1);
  REQUIRE(found.size() == 1);
  CHECK(std::abs(found[0].noise - 1.72) < 0.2);
  CHECK(std::abs(found[0].snr * found[0].noise - static_cast<double>(sums[4000]) / 5.0) < 1e-6);
}

}  // namespace draftstream
