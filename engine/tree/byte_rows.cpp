// Compiled once for each instruction set; the one that fits is chosen at run time. Without
// contraction of a * b + c, which some of them have and some have not.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/tree/byte_rows.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "engine/tree/byte_rows.hpp"
#include "engine/tree/byte_rows_plain.hpp"

HWY_BEFORE_NAMESPACE();
namespace draftstream::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
// Vectors of one byte hold none of these: the loops that define the results.
using plain::add_weighted_here;
using plain::count_equal_here;
using plain::dot_here;
using plain::downsample_here;
using plain::extremes_here;
using plain::order_series_here;
using plain::quantise_floats_here;
using plain::quantise_here;
using plain::sum_weighted_here;
#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::ScalableTag<std::uint8_t>;
using Words = hn::RepartitionToWide<Bytes>;
using SignedWords = hn::RebindToSigned<Words>;
using Integers = hn::RepartitionToWide<SignedWords>;
using Longs = hn::RepartitionToWide<Integers>;

ByteExtremes extremes_here(const std::uint8_t* row, const std::uint8_t* valid, std::size_t length) {
  const Bytes bytes;
  auto low = hn::Set(bytes, 255);
  auto high = hn::Zero(bytes);
  for (std::size_t t = 0; t < length; t += hn::Lanes(bytes)) {
    const auto x = hn::LoadU(bytes, row + t);
    const auto there = hn::LoadU(bytes, valid + t);
    low = hn::Min(low, hn::Or(x, hn::Not(there)));
    high = hn::Max(high, hn::And(x, there));
  }
  alignas(64) std::uint8_t lows[hn::MaxLanes(bytes)];
  alignas(64) std::uint8_t highs[hn::MaxLanes(bytes)];
  hn::Store(low, bytes, lows);
  hn::Store(high, bytes, highs);
  return {*std::min_element(lows, lows + hn::Lanes(bytes)),
          *std::max_element(highs, highs + hn::Lanes(bytes))};
}

void count_equal_here(const std::uint8_t* row, std::uint8_t value, std::uint8_t* counts,
                      std::size_t length) {
  const Bytes bytes;
  const auto wanted = hn::Set(bytes, value);
  for (std::size_t t = 0; t < length; t += hn::Lanes(bytes)) {
    const auto equal = hn::VecFromMask(bytes, hn::Eq(hn::LoadU(bytes, row + t), wanted));
    hn::StoreU(hn::Sub(hn::LoadU(bytes, counts + t), equal), bytes, counts + t);
  }
}

// Adds four weighted rows to 64-sample groups of sums, whose order is that of two interleaves.
void sum_weighted_here(const std::uint8_t* rows, std::size_t stride, const std::int16_t* gains,
                       std::size_t count, std::int32_t* sums, std::size_t length) {
  const Bytes bytes;
  const Integers integers;
  const SignedWords words;
  const std::size_t lanes = hn::Lanes(bytes);
  const std::size_t quarter = lanes / 4;
  alignas(64) std::int32_t shuffled[weighted_times] = {};
  const auto zero = hn::Zero(bytes);
  for (std::size_t r = 0; r < count; r += 4) {
    // Behind the last row, any row may stand in with a gain of 0.
    const auto row = [&](std::size_t k) { return rows + std::min(r + k, count - 1) * stride; };
    const auto gain = [&](std::size_t k) {
      return r + k < count ? static_cast<std::uint16_t>(gains[r + k]) : std::uint16_t{0};
    };
    const auto gain_pair = [&](std::size_t k) {  // for even and odd words
      const std::uint32_t both = gain(k) | static_cast<std::uint32_t>(gain(k + 1)) << 16U;
      return hn::BitCast(words, hn::Set(integers, static_cast<std::int32_t>(both)));
    };
    const auto gains01 = gain_pair(0);
    const auto gains23 = gain_pair(2);
    const std::uint8_t* const row0 = row(0);
    const std::uint8_t* const row1 = row(1);
    const std::uint8_t* const row2 = row(2);
    const std::uint8_t* const row3 = row(3);
    const std::uint8_t* const next = row(4);  // rows lie too far apart for the machine to guess
    const std::size_t next_stride = r + 8 <= count ? stride : 0;
    for (std::size_t t = 0; t < length; t += lanes) {
      for (std::size_t k = 0; k < 4; ++k) hwy::Prefetch(next + k * next_stride + t);
      const auto x0 = hn::LoadU(bytes, row0 + t);
      const auto x1 = hn::LoadU(bytes, row1 + t);
      const auto x2 = hn::LoadU(bytes, row2 + t);
      const auto x3 = hn::LoadU(bytes, row3 + t);
      const auto low01 = hn::InterleaveLower(bytes, x0, x1);
      const auto high01 = hn::InterleaveUpper(bytes, x0, x1);
      const auto low23 = hn::InterleaveLower(bytes, x2, x3);
      const auto high23 = hn::InterleaveUpper(bytes, x2, x3);
      const auto add = [&](std::size_t part, auto pairs01, auto pairs23) {
        std::int32_t* place = shuffled + t + part * quarter;
        auto other = hn::Zero(integers);
        auto sum = hn::Load(integers, place);
        sum = hn::ReorderWidenMulAccumulate(integers, hn::BitCast(words, pairs01), gains01, sum,
                                            other);
        sum = hn::ReorderWidenMulAccumulate(integers, hn::BitCast(words, pairs23), gains23, sum,
                                            other);
        hn::Store(hn::Add(sum, other), integers, place);
      };
      add(0, hn::InterleaveLower(bytes, low01, zero), hn::InterleaveLower(bytes, low23, zero));
      add(1, hn::InterleaveUpper(bytes, low01, zero), hn::InterleaveUpper(bytes, low23, zero));
      add(2, hn::InterleaveLower(bytes, high01, zero), hn::InterleaveLower(bytes, high23, zero));
      add(3, hn::InterleaveUpper(bytes, high01, zero), hn::InterleaveUpper(bytes, high23, zero));
    }
  }
  // Interleaves work on blocks of 16 bytes: part p of a vector holds samples 4p to 4p + 3 of each.
  for (std::size_t t = 0; t < length; t += 4) {
    const std::size_t block = t % lanes / 16;
    const std::size_t part = t % 16 / 4;
    std::copy_n(shuffled + t / lanes * lanes + part * quarter + block * 4, 4, sums + t);
  }
}

void add_weighted_here(const std::uint8_t* row, std::int32_t gain, std::int32_t* sums,
                       std::size_t length) {
  const Integers integers;
  const hn::Rebind<std::uint8_t, Integers> bytes;
  const auto gains = hn::Set(integers, gain);
  for (std::size_t t = 0; t < length; t += hn::Lanes(integers)) {
    const auto x = hn::PromoteTo(integers, hn::LoadU(bytes, row + t));
    hn::StoreU(hn::Add(hn::LoadU(integers, sums + t), hn::Mul(x, gains)), integers, sums + t);
  }
}

std::int64_t dot_here(const std::uint8_t* row, const std::int16_t* series, std::size_t length) {
  const hn::Half<Bytes> bytes;
  const SignedWords words;
  const Integers integers;
  const Longs longs;
  auto total_sum = hn::Zero(longs);
  constexpr std::size_t most = 512;  // 512 / 8 pairs of 255 * 32768 in a lane of the narrowest
  for (std::size_t begin = 0; begin < length; begin += most) {
    const std::size_t end = std::min(begin + most, length);
    auto sum = hn::Zero(integers);
    auto other = sum;
    for (std::size_t t = begin; t < end; t += hn::Lanes(bytes)) {
      const auto x = hn::PromoteTo(words, hn::LoadU(bytes, row + t));
      sum = hn::ReorderWidenMulAccumulate(integers, x, hn::LoadU(words, series + t), sum, other);
    }
    const auto all = hn::Add(sum, other);
    const hn::Half<Integers> half;
    total_sum = hn::Add(total_sum, hn::PromoteTo(longs, hn::LowerHalf(half, all)));
    total_sum = hn::Add(total_sum, hn::PromoteTo(longs, hn::UpperHalf(half, all)));
  }
  return hn::GetLane(hn::SumOfLanes(longs, total_sum));
}

// Adding this to a float of less than 2^22 rounds it to an integer, which its lowest bits hold.
// Larger ones are in their order still, as floats and as bits, so that bits can be clipped.
constexpr float rounder = 12582912.0F;  // 1.5 * 2^23
constexpr std::int32_t rounder_bits = 0x4b400000;

// A number below this is one of 16 bits, dither and rounding included: all that are not far off.
constexpr float most_in_a_word = 32000.0F;

// A byte in this place of the bits of 256.0F is that number and the byte.
constexpr int byte_place = 15;

// Sample 4i + k of a vector lies in byte k of its 32-bit lane i: bytes become floats, and floats
// bytes, without leaving their lane. On the way back, two of them share a lane as 16-bit words.
template <bool dithered, bool fit_words>
HWY_INLINE void quantise_bytes(const std::uint8_t* row, const std::uint8_t* good,
                               const float* ordered_series, const ByteScale& scale,
                               const std::uint8_t* dither, std::int8_t* out, std::size_t length) {
  const Bytes bytes;
  const hn::Repartition<float, Bytes> floats;
  const hn::RebindToUnsigned<Integers> lanes;
  const auto mean = hn::Set(floats, byte_floats + scale.mean);
  const auto gain = hn::Set(floats, scale.gain);
  const auto share = hn::Set(floats, scale.share);
  const auto lowest = hn::Set(Integers(), rounder_bits - 128);
  const auto highest = hn::Set(Integers(), rounder_bits + 127);
  const SignedWords words;
  const auto word = hn::Set(lanes, 0xffffU);
  const auto byte = hn::Set(words, 0xff);
  const auto place = hn::Set(lanes, 0xffU << byte_place);
  const auto zero = hn::BitCast(lanes, hn::Set(floats, byte_floats));
  const auto unit = hn::Set(floats, 1.0F / 256.0F);
  const auto middle = hn::Set(floats, (byte_floats + 127.5F) / 256.0F);
  const auto float_of = [&](auto shifted) {
    return hn::BitCast(floats, hn::Or(hn::And(shifted, place), zero));
  };
  const auto steps = [&](auto shifted, auto shifted_dither, const float* series) {
    const auto own = hn::Mul(hn::Sub(float_of(shifted), mean), gain);
    auto value = hn::Sub(own, hn::Mul(share, hn::LoadU(floats, series)));
    if constexpr (dithered) {
      value = hn::Add(value, hn::Sub(hn::Mul(float_of(shifted_dither), unit), middle));
    }
    auto bits = hn::BitCast(Integers(), hn::Add(value, hn::Set(floats, rounder)));
    if constexpr (!fit_words) bits = hn::Min(hn::Max(bits, lowest), highest);
    return hn::BitCast(lanes, bits);
  };
  const auto clipped = [&](auto low, auto high) {
    const auto both = hn::BitCast(words, hn::Or(hn::And(low, word), hn::ShiftLeft<16>(high)));
    return hn::Min(hn::Max(both, hn::Set(words, -128)), hn::Set(words, 127));
  };
  const std::size_t quarter = hn::Lanes(floats);
  for (std::size_t t = 0; t < length; t += hn::Lanes(bytes)) {
    const auto x = hn::BitCast(lanes, hn::LoadU(bytes, row + t));
    auto y = x;
    if constexpr (dithered) y = hn::BitCast(lanes, hn::LoadU(bytes, dither + t));
    const float* series = ordered_series + t;
    constexpr int p = byte_place;
    const auto a = steps(hn::ShiftLeft<p>(x), hn::ShiftLeft<p>(y), series);
    const auto b = steps(hn::ShiftLeft<p - 8>(x), hn::ShiftLeft<p - 8>(y), series + quarter);
    const auto c =
        steps(hn::ShiftRight<16 - p>(x), hn::ShiftRight<16 - p>(y), series + 2 * quarter);
    const auto d =
        steps(hn::ShiftRight<24 - p>(x), hn::ShiftRight<24 - p>(y), series + 3 * quarter);
    const auto all = hn::Or(hn::And(clipped(a, c), byte), hn::ShiftLeft<8>(clipped(b, d)));
    const auto there = hn::And(hn::BitCast(bytes, all), hn::LoadU(bytes, good + t));
    hn::StoreU(hn::BitCast(hn::RebindToSigned<Bytes>(), there), hn::RebindToSigned<Bytes>(),
               out + t);
  }
}

void quantise_here(const std::uint8_t* row, const std::uint8_t* good, const float* ordered_series,
                   const ByteScale& scale, const std::uint8_t* dither, std::int8_t* out,
                   std::size_t length) {
  const bool fit_words =
      byte_floats * scale.gain + std::abs(scale.share) * scale.largest < most_in_a_word;
  if (dither == nullptr && fit_words) {
    quantise_bytes<false, true>(row, good, ordered_series, scale, dither, out, length);
  } else if (dither == nullptr) {
    quantise_bytes<false, false>(row, good, ordered_series, scale, dither, out, length);
  } else if (fit_words) {
    quantise_bytes<true, true>(row, good, ordered_series, scale, dither, out, length);
  } else {
    quantise_bytes<true, false>(row, good, ordered_series, scale, dither, out, length);
  }
}

void order_series_here(const float* series, float* ordered, std::size_t length) {
  const std::size_t lanes = hn::Lanes(Bytes());
  for (std::size_t t = 0; t < length; ++t) {
    const std::size_t place = t % lanes;
    ordered[t - place + place % 4 * (lanes / 4) + place / 4] = series[t];
  }
}

void quantise_floats_here(const float* values, float gain, const std::uint8_t* dither,
                          std::int8_t* out, std::size_t length) {
  const hn::ScalableTag<float> floats;
  const hn::Rebind<std::int8_t, decltype(floats)> bytes;
  const hn::Rebind<std::uint8_t, decltype(floats)> dithers;
  const hn::Rebind<std::int32_t, decltype(floats)> integers;
  const auto gains = hn::Set(floats, gain);
  // Beyond this nothing changes, and integers hold it.
  const auto high = hn::Set(floats, 128.0F);
  const auto low = hn::Set(floats, -129.0F);
  const auto middle = hn::Set(floats, 127.5F);
  const auto unit = hn::Set(floats, 1.0F / 256.0F);
  const auto steps = [&](auto value, const std::uint8_t* own_dither) {
    const auto byte = hn::PromoteTo(integers, hn::LoadU(dithers, own_dither));
    const auto dithering = hn::Mul(hn::Sub(hn::ConvertTo(floats, byte), middle), unit);
    const auto dithered = hn::IfThenZeroElse(hn::Eq(value, hn::Zero(floats)),
                                             hn::Add(hn::Mul(value, gains), dithering));
    const auto inside = hn::Min(hn::Max(dithered, low), high);
    return hn::DemoteTo(bytes, hn::NearestInt(inside));
  };
  const std::size_t lanes = hn::Lanes(floats);
  std::size_t t = 0;
  for (; t + lanes <= length; t += lanes) {
    hn::StoreU(steps(hn::LoadU(floats, values + t), dither + t), bytes, out + t);
  }
  if (t < length) {
    alignas(64) float some[hn::MaxLanes(floats)] = {};
    alignas(64) std::uint8_t some_dither[hn::MaxLanes(floats)] = {};
    alignas(64) std::int8_t result[hn::MaxLanes(floats)];
    std::copy(values + t, values + length, some);
    std::copy(dither + t, dither + length, some_dither);
    hn::Store(steps(hn::Load(floats, some), some_dither), bytes, result);
    std::copy_n(result, length - t, out + t);
  }
}

void downsample_here(const std::int8_t* row, std::int8_t* out, std::size_t length) {
  const hn::ScalableTag<std::int16_t> words;
  const hn::Repartition<std::int8_t, decltype(words)> bytes;
  const hn::Half<decltype(bytes)> half;
  const std::size_t lanes = hn::Lanes(words);
  std::size_t i = 0;
  for (; i + lanes <= length; i += lanes) {
    const auto pairs = hn::BitCast(words, hn::LoadU(bytes, row + 2 * i));
    const auto even = hn::ShiftRight<8>(hn::ShiftLeft<8>(pairs));
    const auto odd = hn::ShiftRight<8>(pairs);
    const auto scaled = hn::MulFixedPoint15(hn::Add(even, odd), hn::Set(words, root_half));
    hn::StoreU(hn::DemoteTo(half, scaled), half, out + i);
  }
  plain::downsample_here(row + 2 * i, out + i, length - i);
}

#endif
}  // namespace draftstream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace draftstream {

HWY_EXPORT(extremes_here);
HWY_EXPORT(count_equal_here);
HWY_EXPORT(sum_weighted_here);
HWY_EXPORT(add_weighted_here);
HWY_EXPORT(dot_here);
HWY_EXPORT(order_series_here);
HWY_EXPORT(quantise_here);
HWY_EXPORT(quantise_floats_here);
HWY_EXPORT(downsample_here);

ByteExtremes extremes(std::span<const std::uint8_t> row, const std::uint8_t* valid) {
  return HWY_DYNAMIC_DISPATCH(extremes_here)(row.data(), valid, row.size());
}

void count_equal(std::span<const std::uint8_t> row, std::uint8_t value, std::uint8_t* counts) {
  HWY_DYNAMIC_DISPATCH(count_equal_here)(row.data(), value, counts, row.size());
}

void sum_weighted(const std::uint8_t* rows, std::size_t stride, std::span<const std::int16_t> gains,
                  std::span<std::int32_t> sums) {
  HWY_DYNAMIC_DISPATCH(sum_weighted_here)
  (rows, stride, gains.data(), gains.size(), sums.data(), sums.size());
}

void add_weighted(std::span<const std::uint8_t> row, std::int32_t gain, std::int32_t* sums) {
  HWY_DYNAMIC_DISPATCH(add_weighted_here)(row.data(), gain, sums, row.size());
}

std::int64_t dot(std::span<const std::uint8_t> row, const std::int16_t* series) {
  return HWY_DYNAMIC_DISPATCH(dot_here)(row.data(), series, row.size());
}

void order_series(std::span<const float> series, float* ordered) {
  HWY_DYNAMIC_DISPATCH(order_series_here)(series.data(), ordered, series.size());
}

void quantise(std::span<const std::uint8_t> row, const std::uint8_t* good,
              const float* ordered_series, const ByteScale& scale, const std::uint8_t* dither,
              std::int8_t* out) {
  HWY_DYNAMIC_DISPATCH(quantise_here)
  (row.data(), good, ordered_series, scale, dither, out, row.size());
}

void quantise(std::span<const float> values, float gain, const std::uint8_t* dither,
              std::int8_t* out) {
  HWY_DYNAMIC_DISPATCH(quantise_floats_here)(values.data(), gain, dither, out, values.size());
}

void downsample(const std::int8_t* row, std::span<std::int8_t> out) {
  HWY_DYNAMIC_DISPATCH(downsample_here)(row, out.data(), out.size());
}

}  // namespace draftstream
#endif
