// Compiled once for each instruction set; the one that fits is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/tree/boxcar_pyramid.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "engine/tree/boxcar_pyramid.hpp"

HWY_BEFORE_NAMESPACE();
namespace draftstream::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr auto none = std::numeric_limits<std::int16_t>::min();

/// Each level has the room of the first: what it keeps from before the piece, and two vectors
/// behind its end. All begin at a cache line.
constexpr std::size_t in_front = 576;
constexpr std::size_t level_room(std::size_t longest) {
  return in_front + longest + 64;
}
constexpr std::size_t work_levels = 7;

#if HWY_TARGET != HWY_SCALAR

using Words = hn::CappedTag<std::int16_t, 32>;  // at most half a pyramid_grid
using Vector = hn::Vec<Words>;

inline std::uint32_t bit_if_above(Vector values, std::int16_t threshold, unsigned bit) {
  const Words words;
  const bool above = !hn::AllFalse(words, hn::Gt(values, hn::Set(words, threshold)));
  return (above ? 1U : 0U) << bit;
}

/// Values k places before those of `now`, of which `eight` are eight places earlier. In registers:
/// loads that straddle cache lines take twice as long.
template <int k>
inline Vector before(Vector now, Vector eight) {
  static_assert(0 < k && k < 8);
  return hn::CombineShiftRightBytes<16 - 2 * k>(Words{}, now, eight);
}

/// y4 from 508 samples before the piece on, and the first five widths.
inline std::uint32_t sum_fours(const std::int16_t* x, std::ptrdiff_t samples,
                               const std::int16_t* thresholds, std::int16_t* fours) {
  const Words words;
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(words));
  for (std::ptrdiff_t t = -508; t < 0; t += lanes) {
    const auto two = [&](const std::int16_t* at) {
      return hn::SaturatedAdd(hn::LoadU(words, at), hn::LoadU(words, at - 1));
    };
    hn::StoreU(hn::SaturatedAdd(two(x + t), two(x + t - 2)), words, fours + t);
  }
  auto best1 = hn::Set(words, none);
  auto best2 = best1;
  auto best3 = best1;
  auto best4 = best1;
  auto best6 = best1;
  for (std::ptrdiff_t t = 0; t < samples; t += lanes) {
    const auto now = hn::LoadU(words, x + t);
    const auto eight = hn::LoadU(words, x + t - 8);
    const auto x2 = before<2>(now, eight);
    const auto y2 = hn::SaturatedAdd(now, before<1>(now, eight));
    const auto y4 = hn::SaturatedAdd(y2, hn::SaturatedAdd(x2, before<3>(now, eight)));
    const auto y2_4 = hn::SaturatedAdd(before<4>(now, eight), before<5>(now, eight));
    best1 = hn::Max(best1, now);
    best2 = hn::Max(best2, y2);
    best3 = hn::Max(best3, hn::SaturatedAdd(y2, x2));
    best4 = hn::Max(best4, y4);
    best6 = hn::Max(best6, hn::SaturatedAdd(y4, y2_4));
    hn::StoreU(y4, words, fours + t);
  }
  return bit_if_above(best1, thresholds[0], 0) | bit_if_above(best2, thresholds[1], 1) |
         bit_if_above(best3, thresholds[2], 2) | bit_if_above(best4, thresholds[3], 3) |
         bit_if_above(best6, thresholds[4], 4);
}

/// One level: y and w of v[0] to v[count - 1], and the next level's v from -first / 2 on.
/// @param v  Readable from -first - 8 on, and two vectors beyond its end; so is `next` writable.
inline std::uint32_t sum_level(const std::int16_t* v, std::ptrdiff_t first, std::ptrdiff_t count,
                               const std::int16_t* thresholds, unsigned bit, std::int16_t* next) {
  const Words words;
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(words));
  auto best_y = hn::Set(words, none);
  auto best_w = best_y;
  const auto sum_two = [&](std::ptrdiff_t j, auto count_in) {
    const auto low = hn::LoadU(words, v + j);
    const auto high = hn::LoadU(words, v + j + lanes);
    const auto eight_low = hn::LoadU(words, v + j - 8);
    const auto eight_high = hn::LoadU(words, v + j + lanes - 8);
    const auto y_low = hn::SaturatedAdd(low, before<4>(low, eight_low));
    const auto y_high = hn::SaturatedAdd(high, before<4>(high, eight_high));
    hn::StoreU(hn::ShiftRight<1>(hn::ConcatOdd(words, y_high, y_low)), words, next + j / 2);
    count_in(y_low, hn::SaturatedAdd(y_low, eight_low), 0);
    count_in(y_high, hn::SaturatedAdd(y_high, eight_high), lanes);
  };
  for (std::ptrdiff_t j = -first; j < 0; j += 2 * lanes) {
    sum_two(j, [](Vector, Vector, std::ptrdiff_t) {});
  }
  std::ptrdiff_t j = 0;
  for (; j + 2 * lanes <= count; j += 2 * lanes) {
    sum_two(j, [&](Vector y, Vector w, std::ptrdiff_t) {
      best_y = hn::Max(best_y, y);
      best_w = hn::Max(best_w, w);
    });
  }
  for (; j < count; j += 2 * lanes) {  // what lies behind the end must not count
    sum_two(j, [&](Vector y, Vector w, std::ptrdiff_t offset) {
      const std::ptrdiff_t left = std::max<std::ptrdiff_t>(count - j - offset, 0);
      const auto inside = hn::FirstN(words, static_cast<std::size_t>(left));
      best_y = hn::Max(best_y, hn::IfThenElse(inside, y, hn::Set(words, none)));
      best_w = hn::Max(best_w, hn::IfThenElse(inside, w, hn::Set(words, none)));
    });
  }
  return bit_if_above(best_y, thresholds[bit], bit) |
         bit_if_above(best_w, thresholds[bit + 1], bit + 1);
}

#endif

/// @param work  Of work_levels times level_room(longest), aligned to a cache line.
std::uint32_t above_here(const std::int16_t* piece, std::size_t samples,
                         const std::int16_t* thresholds, std::int16_t* work, std::size_t longest) {
#if HWY_TARGET == HWY_SCALAR
  static_cast<void>(work);
  static_cast<void>(longest);
  const PyramidValues maxima = plain_pyramid_maxima(piece, samples);
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < maxima.size(); ++i) {
    bits |= (maxima[i] > thresholds[i] ? 1U : 0U) << i;
  }
  return bits;
#else
  // v_5(-4) is the earliest that the widest box needs; a level up, that is v_4(-12), and so on.
  constexpr std::ptrdiff_t firsts[] = {504, 248, 120, 56, 24, 8};
  auto count = static_cast<std::ptrdiff_t>(samples);
  std::int16_t* v = work + in_front;
  std::uint32_t bits = sum_fours(piece, count, thresholds, v);
  unsigned bit = 5;
  for (const std::ptrdiff_t first : firsts) {
    std::int16_t* const next = v + level_room(longest);
    bits |= sum_level(v, first, count, thresholds, bit, next);
    v = next;
    count /= 2;
    bit += 2;
  }
  std::int16_t widest = none;
  for (std::ptrdiff_t j = 0; j < count; ++j) {  // few: one in 64 samples
    widest = std::max(widest, static_cast<std::int16_t>(v[j] + v[j - 4]));
  }
  return bits | (widest > thresholds[bit] ? 1U : 0U) << bit;
#endif
}

}  // namespace draftstream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace draftstream {
namespace {

HWY_EXPORT(above_here);

std::int16_t clipped(int sum) {
  constexpr int lowest = std::numeric_limits<std::int16_t>::min();
  constexpr int highest = std::numeric_limits<std::int16_t>::max();
  return static_cast<std::int16_t>(std::clamp(sum, lowest, highest));
}

/// One level of the pyramid, from some value before the piece on.
struct PlainLevel {
  std::vector<std::int16_t> values;
  std::ptrdiff_t before;

  [[nodiscard]] std::int16_t operator()(std::ptrdiff_t i) const {
    return values.at(static_cast<std::size_t>(i + before));
  }
};

}  // namespace

BoxcarPyramid::BoxcarPyramid(std::size_t longest)
    : longest_{longest},
      work_{sizeof(std::int16_t) * HWY_NAMESPACE::work_levels *
            HWY_NAMESPACE::level_room(longest)} {
  assert(longest % pyramid_grid == 0);
}

std::uint32_t BoxcarPyramid::above(const std::int16_t* piece, std::size_t samples,
                                   const PyramidValues& thresholds) {
  assert(samples % pyramid_grid == 0 && samples <= longest_);
  auto* const work = reinterpret_cast<std::int16_t*>(work_.data());
  return HWY_DYNAMIC_DISPATCH(above_here)(piece, samples, thresholds.data(), work, longest_);
}

PyramidValues plain_pyramid_maxima(const std::int16_t* piece, std::size_t samples) {
  PyramidValues maxima;
  maxima.fill(std::numeric_limits<std::int16_t>::min());
  const auto count = static_cast<std::ptrdiff_t>(samples);
  PlainLevel level{{}, 508};
  for (std::ptrdiff_t t = -level.before; t < count; ++t) {
    const auto two = [&](std::ptrdiff_t end) { return clipped(piece[end] + piece[end - 1]); };
    const std::int16_t four = clipped(two(t) + two(t - 2));
    level.values.push_back(four);
    if (t < 0) continue;
    maxima[0] = std::max(maxima[0], piece[t]);
    maxima[1] = std::max(maxima[1], two(t));
    maxima[2] = std::max(maxima[2], clipped(two(t) + piece[t - 2]));
    maxima[3] = std::max(maxima[3], four);
    maxima[4] = std::max(maxima[4], clipped(four + two(t - 4)));
  }
  std::ptrdiff_t levels_count = count;
  for (std::size_t width = 5; width < pyramid_widths.size(); width += 2) {
    PlainLevel next{{}, (level.before - 4) / 2};
    for (std::ptrdiff_t j = -2 * next.before; j < levels_count; ++j) {
      const std::int16_t y = clipped(level(j) + level(j - 4));
      if (j % 2 != 0) next.values.push_back(static_cast<std::int16_t>(y >> 1));
      if (j < 0) continue;
      maxima[width] = std::max(maxima[width], y);
      if (width + 1 == pyramid_widths.size()) continue;
      maxima[width + 1] = std::max(maxima[width + 1], clipped(y + level(j - 8)));
    }
    level = next;
    levels_count /= 2;
  }
  return maxima;
}

PyramidValues pyramid_thresholds(double sigma, double snr) {
  PyramidValues thresholds;
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    const unsigned halvings = pyramid_halvings(i);
    const bool power_of_two = (pyramid_widths[i] & (pyramid_widths[i] - 1)) == 0;
    const double taken = halvings * (power_of_two ? 0.5 : 0.75);
    const double exact = snr * sigma * std::sqrt(static_cast<double>(pyramid_widths[i]));
    const double threshold = std::floor(exact / static_cast<double>(1U << halvings) - taken);
    thresholds[i] = static_cast<std::int16_t>(std::clamp(threshold, -32768.0, 32767.0));
  }
  return thresholds;
}

}  // namespace draftstream
#endif
