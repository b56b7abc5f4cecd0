// Compiled once for each instruction set; the one that fits is chosen at run time. Without
// contraction of a * b + c, which some of them have and some have not.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/tree/byte_stretches.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "engine/tree/byte_stretches.hpp"
#include "engine/tree/byte_stretches_plain.hpp"

HWY_BEFORE_NAMESPACE();
namespace draftstream::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
// Vectors of one byte hold none of these: the loops that define the results.
using plain::add_eights_here;
using plain::stretch_powers_here;
using plain::sum_without_largest_here;
#else

namespace hn = hwy::HWY_NAMESPACE;

void add_eights_here(const std::uint32_t* sums, std::uint32_t* out, std::size_t length) {
  const hn::ScalableTag<std::uint32_t> integers;
  const std::size_t lanes = hn::Lanes(integers);
  const auto pairs = [&](auto a, auto b) {
    return hn::Add(hn::ConcatEven(integers, b, a), hn::ConcatOdd(integers, b, a));
  };
  std::size_t i = 0;
  for (; i + lanes <= length; i += lanes) {
    const auto two = [&](std::size_t k) {
      const std::uint32_t* const first = sums + 8 * i + k * lanes;
      return pairs(hn::LoadU(integers, first), hn::LoadU(integers, first + lanes));
    };
    hn::StoreU(pairs(pairs(two(0), two(2)), pairs(two(4), two(6))), integers, out + i);
  }
  plain::add_eights_here(sums + 8 * i, out + i, length - i);
}

void stretch_powers_here(const std::uint32_t* sums, const float* goods, const float* weights,
                         float mean, float* powers, std::size_t length) {
  const hn::ScalableTag<float> floats;
  const hn::RebindToSigned<decltype(floats)> integers;
  const auto means = hn::Set(floats, mean);
  for (std::size_t i = 0; i < length; i += hn::Lanes(floats)) {
    const auto sum =
        hn::BitCast(integers, hn::LoadU(hn::RebindToUnsigned<decltype(integers)>(), sums + i));
    const auto expected = hn::Mul(hn::LoadU(floats, goods + i), means);
    const auto offset = hn::Sub(hn::ConvertTo(floats, sum), expected);
    const auto power = hn::Mul(hn::Mul(offset, offset), hn::LoadU(floats, weights + i));
    hn::StoreU(power, floats, powers + i);
  }
}

// A limit that some of a row's powers are above.
struct Limit {
  float value = 0.0F;
  std::size_t above = 0;
};

// The limit that `wanted` values are above; of several equal ones, the value itself.
// @param values  >= 0; whole vectors of them.
// @param floor   More than `wanted` values are above it, as integers.
Limit limit_of_largest(const float* values, std::size_t length, std::size_t wanted, float typical,
                       std::int32_t floor) {
  // Bits of floats >= 0 are in their order.
  const hn::ScalableTag<std::int32_t> integers;
  const auto bits_at = [&](std::size_t i) {
    return hn::BitCast(integers, hn::LoadU(hn::ScalableTag<float>(), values + i));
  };
  const auto count_above = [&](std::int32_t limit) {
    const auto limits = hn::Set(integers, limit);
    std::size_t above = 0;
    for (std::size_t i = 0; i < length; i += hn::Lanes(integers)) {
      above += hn::CountTrue(integers, hn::Gt(bits_at(i), limits));
    }
    return above;
  };
  const auto largest_up_to = [&](std::int32_t limit) {
    const auto limits = hn::Set(integers, limit);
    auto most = hn::Zero(integers);
    for (std::size_t i = 0; i < length; i += hn::Lanes(integers)) {
      const auto bits = bits_at(i);
      most = hn::Max(most, hn::IfThenZeroElse(hn::Gt(bits, limits), bits));
    }
    return hn::GetLane(hn::MaxOfLanes(integers, most));
  };
  std::int32_t low = floor;
  std::int32_t limit = std::bit_cast<std::int32_t>(std::numeric_limits<float>::infinity());
  std::size_t above = 0;
  // Powers of white noise thin out as exp(-power / (2 typical)): a few guesses by that, then
  // halves.
  float guess = 3.5F * typical;
  for (int round = 0; above != wanted; ++round) {
    if (wanted - above <= 4 && round > 0) {  // nearly there: one value after the other
      const std::int32_t value = largest_up_to(limit);
      const std::size_t count = count_above(value - 1);
      limit = value;
      if (count > wanted) break;
      limit = value - 1;
      above = count;
      continue;
    }
    std::int32_t middle = std::bit_cast<std::int32_t>(guess);
    if (round >= 6 || middle <= low || middle >= limit) middle = low + (limit - low) / 2;
    const std::size_t count = count_above(middle);
    if (count > wanted) {
      low = middle;
    } else {
      limit = middle;
      above = count;
    }
    if (limit - low <= 1) break;
    const float excess = (static_cast<float>(count) + 0.5F) / (static_cast<float>(wanted) + 0.5F);
    guess = std::bit_cast<float>(middle) + 1.8F * typical * std::log(excess);
  }
  return {std::bit_cast<float>(limit), above};
}

// The same, from all values. Of many, only the larger ones are searched, if that is enough.
Limit limit_of_values(const float* values, std::size_t length, std::size_t wanted, float typical) {
  constexpr std::int32_t below_all = -1;
  constexpr std::size_t many = 256;
  constexpr std::size_t most_kept = 2048;
  const hn::ScalableTag<float> floats;
  const std::size_t lanes = hn::Lanes(floats);
  if (length < many) return limit_of_largest(values, length, wanted, typical, below_all);
  // A unit Gaussian's squares are above this in 12 of 100 cases, and a sixteenth is left out.
  const float floor = 2.4F * typical;
  const auto floors = hn::Set(floats, floor);
  alignas(64) float kept[most_kept + hn::MaxLanes(floats)];
  std::size_t count = 0;
  for (std::size_t i = 0; i < length && count <= most_kept - lanes; i += lanes) {
    const auto x = hn::LoadU(floats, values + i);
    const auto large = hn::Gt(x, floors);
    hn::StoreU(hn::Compress(x, large), floats, kept + count);
    count += hn::CountTrue(floats, large);
  }
  if (count <= wanted || count > most_kept - lanes) {
    return limit_of_largest(values, length, wanted, typical, below_all);
  }
  hn::StoreU(hn::Zero(floats), floats, kept + count);
  return limit_of_largest(kept, (count + lanes - 1) / lanes * lanes, wanted, typical,
                          std::bit_cast<std::int32_t>(floor));
}

double sum_without_largest_here(const float* values, std::size_t length, std::size_t left_out,
                                float typical) {
  const Limit limit = limit_of_values(values, length, left_out, typical);
  // 16 sums side by side, for every instruction set.
  const hn::CappedTag<float, 16> floats;
  constexpr std::size_t vectors = 16 / hn::MaxLanes(floats);
  const auto most = hn::Set(floats, limit.value);
  hn::Vec<decltype(floats)> sums[vectors];
  for (auto& sum : sums) sum = hn::Zero(floats);
  for (std::size_t i = 0; i < length; i += 16) {
    for (std::size_t k = 0; k < vectors; ++k) {
      const auto x = hn::LoadU(floats, values + i + k * hn::MaxLanes(floats));
      sums[k] = hn::Add(sums[k], hn::IfThenElseZero(hn::Le(x, most), x));
    }
  }
  alignas(64) float lanes[16];
  for (std::size_t k = 0; k < vectors; ++k) {
    hn::Store(sums[k], floats, lanes + k * hn::MaxLanes(floats));
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < 4; ++i) {
    sum += static_cast<double>((lanes[i] + lanes[i + 4]) + (lanes[i + 8] + lanes[i + 12]));
  }
  // Of several equal ones, some are left out.
  if (limit.above == left_out) return sum;
  return sum - static_cast<double>(left_out - limit.above) * static_cast<double>(limit.value);
}

#endif
}  // namespace draftstream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace draftstream {

HWY_EXPORT(add_eights_here);
HWY_EXPORT(stretch_powers_here);
HWY_EXPORT(sum_without_largest_here);

void add_eights(const std::uint32_t* sums, std::span<std::uint32_t> out) {
  HWY_DYNAMIC_DISPATCH(add_eights_here)(sums, out.data(), out.size());
}

void stretch_powers(std::span<const std::uint32_t> sums, const float* goods, const float* weights,
                    float mean, float* powers) {
  HWY_DYNAMIC_DISPATCH(stretch_powers_here)
  (sums.data(), goods, weights, mean, powers, sums.size());
}

double sum_without_largest(std::span<const float> values, std::size_t left_out, float typical) {
  return HWY_DYNAMIC_DISPATCH(sum_without_largest_here)(values.data(), values.size(), left_out,
                                                        typical);
}

}  // namespace draftstream
#endif
