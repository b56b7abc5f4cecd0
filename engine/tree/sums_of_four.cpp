// Compiled once for each instruction set; the one that fits is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/tree/sums_of_four.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "engine/tree/sums_of_four.hpp"

HWY_BEFORE_NAMESPACE();
namespace draftstream::HWY_NAMESPACE {

void sum_fours_here(const std::int16_t* series, std::size_t length, std::int16_t* out) {
  std::size_t t = 0;
#if HWY_TARGET != HWY_SCALAR
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<std::int16_t> words;
  const hn::RepartitionToWide<decltype(words)> pairs;
  const hn::Rebind<std::int16_t, decltype(pairs)> half;
  const std::size_t lanes = hn::Lanes(words);
  const auto twos = [&](std::size_t at) {
    const auto pair = hn::BitCast(pairs, hn::LoadU(words, series + at));
    return hn::Add(hn::ShiftRight<16>(hn::ShiftLeft<16>(pair)), hn::ShiftRight<16>(pair));
  };
  for (; t + 2 * lanes <= length; t += 2 * lanes) {
    const auto low = twos(t);
    const auto high = twos(t + lanes);
    const auto sums = hn::Add(hn::ConcatEven(pairs, high, low), hn::ConcatOdd(pairs, high, low));
    hn::StoreU(hn::DemoteTo(half, sums), half, out + t / 4);
  }
#endif
  plain_sum_fours({series + t, length - t}, out + t / 4);
}

}  // namespace draftstream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace draftstream {

HWY_EXPORT(sum_fours_here);

void sum_fours(std::span<const std::int16_t> series, std::int16_t* out) {
  HWY_DYNAMIC_DISPATCH(sum_fours_here)(series.data(), series.size(), out);
}

void plain_sum_fours(std::span<const std::int16_t> series, std::int16_t* out) {
  constexpr int lowest = std::numeric_limits<std::int16_t>::min();
  constexpr int highest = std::numeric_limits<std::int16_t>::max();
  for (std::size_t i = 0; 4 * i < series.size(); ++i) {
    const int sum = series[4 * i] + series[4 * i + 1] + series[4 * i + 2] + series[4 * i + 3];
    out[i] = static_cast<std::int16_t>(std::clamp(sum, lowest, highest));
  }
}

}  // namespace draftstream
#endif
