// Compiled once for each instruction set; the one that fits is chosen at run time. Without
// contraction of a * b + c, which some of them have and some have not.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/tree/byte_statistics.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <bit>

#include "engine/tree/byte_statistics.hpp"
#include "engine/tree/byte_statistics_plain.hpp"

HWY_BEFORE_NAMESPACE();
namespace draftstream::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
// Vectors of one byte hold none of these: the loops that define the results.
using plain::every_eighth_here;
using plain::moments_within_here;
using plain::quartiles_here;
using plain::square_stretches_here;
using plain::survey_here;
#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::ScalableTag<std::uint8_t>;
using Words = hn::RepartitionToWide<Bytes>;
using SignedWords = hn::RebindToSigned<Words>;
using Integers = hn::RepartitionToWide<SignedWords>;
using Longs = hn::RepartitionToWide<Integers>;
using UnsignedLongs = hn::RebindToUnsigned<Longs>;

// 32 bits of squares of bytes overflow after 16512 of them a lane; a lane of the narrowest vectors
// gets 4 in 16 bytes. Counts of 8 bits allow 255 vectors of 16.
constexpr std::size_t piece = 2048;

template <class Vector>
HWY_INLINE std::uint64_t total(Vector longs) {
  return static_cast<std::uint64_t>(hn::GetLane(hn::SumOfLanes(UnsignedLongs(), longs)));
}

// Adds the squares of bytes to 32-bit lanes.
template <class Sum, class Vector>
HWY_INLINE Sum add_squares(Sum sum, Vector bytes) {
  const Words words;
  const SignedWords signed_words;
  const auto pairs = hn::BitCast(words, bytes);
  const auto even = hn::BitCast(signed_words, hn::And(pairs, hn::Set(words, 0xff)));
  const auto odd = hn::BitCast(signed_words, hn::ShiftRight<8>(pairs));
  auto other = hn::Zero(Integers());
  sum = hn::ReorderWidenMulAccumulate(Integers(), even, even, sum, other);
  sum = hn::ReorderWidenMulAccumulate(Integers(), odd, odd, sum, other);
  return hn::Add(sum, other);
}

// 64-bit sums of non-negative 32-bit lanes.
template <class Sum, class Vector>
HWY_INLINE Sum widen_and_add(Sum sum, Vector integers) {
  const UnsignedLongs longs;
  const auto pairs = hn::BitCast(longs, integers);
  const auto low = hn::And(pairs, hn::Set(longs, 0xffffffffU));
  return hn::Add(sum, hn::Add(low, hn::ShiftRight<32>(pairs)));
}

ByteMoments moments_within_here(const std::uint8_t* row, const std::uint8_t* valid,
                                std::size_t length, std::uint8_t low, std::uint8_t high) {
  const Bytes bytes;
  const auto lowest = hn::Set(bytes, low);
  const auto range = hn::Set(bytes, static_cast<std::uint8_t>(high - low));
  auto counts = hn::Zero(UnsignedLongs());
  auto sums = hn::Zero(UnsignedLongs());
  auto squares = hn::Zero(UnsignedLongs());
  for (std::size_t begin = 0; begin < length; begin += piece) {
    const std::size_t end = std::min(begin + piece, length);
    auto few = hn::Zero(bytes);
    auto few_squares = hn::Zero(Integers());
    for (std::size_t t = begin; t < end; t += hn::Lanes(bytes)) {
      const auto x = hn::Sub(hn::LoadU(bytes, row + t), lowest);  // below low: wraps above range
      const auto within = hn::VecFromMask(bytes, hn::Eq(hn::Min(x, range), x));
      const auto inside = hn::And(within, hn::LoadU(bytes, valid + t));
      const auto counted = hn::And(x, inside);
      few = hn::Sub(few, inside);
      sums = hn::Add(sums, hn::SumsOf8(counted));
      few_squares = add_squares(few_squares, counted);
    }
    counts = hn::Add(counts, hn::SumsOf8(few));
    squares = widen_and_add(squares, few_squares);
  }
  return {total(counts), total(sums), total(squares)};
}

// The byte that `rank` others are before when sorted. @param guess  About that.
std::uint8_t byte_of_rank(const std::uint8_t* bytes, std::size_t length, std::size_t rank,
                          int guess) {
  const Bytes tag;
  const auto reached = [&](int value) {  // are more than `rank` bytes as large as this, or less?
    const auto limit = hn::Set(tag, static_cast<std::uint8_t>(value));
    std::size_t at_most = 0;
    for (std::size_t i = 0; i < length; i += hn::Lanes(tag)) {
      const auto x = hn::LoadU(tag, bytes + i);
      at_most += hn::CountTrue(tag, hn::Eq(hn::Min(x, limit), x));
    }
    return at_most > rank;
  };
  int low = -1;  // not reached
  int high = 255;
  for (int step = 1; high - low > 1; step *= 2) {  // away from the guess, then halves
    const int next = std::clamp(guess, low + 1, high - 1);
    if (reached(next)) {
      high = next;
      guess = next - step;
    } else {
      low = next;
      guess = next + step;
    }
    if (low >= 0 && high < 255) guess = low + (high - low) / 2;
  }
  return static_cast<std::uint8_t>(high);
}

ByteQuartiles quartiles_here(const std::uint8_t* bytes, std::size_t length, std::size_t count) {
  const Bytes tag;
  if (count == 0) return {255, 255, 255};
  // Guesses by mean and mean deviation, as a Gaussian's quartiles are.
  const auto mean_of = [&](auto part) {
    auto sums = hn::Zero(UnsignedLongs());
    for (std::size_t i = 0; i < length; i += hn::Lanes(tag)) {
      sums = hn::Add(sums, hn::SumsOf8(part(hn::LoadU(tag, bytes + i))));
    }
    return static_cast<double>(total(sums)) / static_cast<double>(length);
  };
  const double mean = mean_of([](auto x) { return x; });
  const auto middle = hn::Set(tag, static_cast<std::uint8_t>(mean + 0.5));
  const double deviation =
      mean_of([&](auto x) { return hn::Sub(hn::Max(x, middle), hn::Min(x, middle)); });
  constexpr double quartile_of_deviation = 0.845;
  const double reach = quartile_of_deviation * deviation;
  return {byte_of_rank(bytes, length, count / 4, static_cast<int>(mean - reach + 0.5)),
          byte_of_rank(bytes, length, count / 2, static_cast<int>(mean + 0.5)),
          byte_of_rank(bytes, length, 3 * count / 4, static_cast<int>(mean + reach + 0.5))};
}

void every_eighth_here(const std::uint8_t* row, std::uint8_t* out, std::size_t length) {
  const UnsignedLongs longs;
  const hn::Rebind<std::uint8_t, UnsignedLongs> bytes;
  for (std::size_t i = 0; i < length; i += hn::Lanes(longs)) {
    const auto eights = hn::BitCast(longs, hn::LoadU(Bytes(), row + 8 * i));
    hn::StoreU(hn::TruncateTo(bytes, eights), bytes, out + i);
  }
}

// Of the two bytes of each word.
template <class Vector>
HWY_INLINE std::uint8_t smallest(Vector bytes) {
  const Words words;
  const auto pairs = hn::BitCast(words, bytes);
  const auto less = hn::Min(hn::And(pairs, hn::Set(words, 0xff)), hn::ShiftRight<8>(pairs));
  return static_cast<std::uint8_t>(hn::GetLane(hn::MinOfLanes(words, less)));
}

template <class Vector>
HWY_INLINE std::uint8_t largest(Vector bytes) {
  const Words words;
  const auto pairs = hn::BitCast(words, bytes);
  const auto more = hn::Max(hn::And(pairs, hn::Set(words, 0xff)), hn::ShiftRight<8>(pairs));
  return static_cast<std::uint8_t>(hn::GetLane(hn::MaxOfLanes(words, more)));
}

template <bool all_valid>
HWY_INLINE void survey_row(const std::uint8_t* row, const std::uint8_t* valid, std::size_t length,
                           std::uint32_t* stretch_sums, ByteSurvey& result) {
  const Bytes bytes;
  const hn::Half<hn::Repartition<std::uint32_t, Bytes> > stretches;
  const std::size_t lanes = hn::Lanes(bytes);
  const auto lowest = hn::Set(bytes, result.inside.lowest);
  const auto reach =
      hn::Set(bytes, static_cast<std::uint8_t>(result.inside.highest - result.inside.lowest));
  const auto zero = hn::Zero(bytes);
  auto low = hn::Set(bytes, 255);
  auto high = zero;
  auto counts = hn::Zero(UnsignedLongs());
  auto sums = counts;
  auto squares = counts;
  std::size_t outside = 0;
  for (std::size_t begin = 0; begin < length; begin += piece) {
    const std::size_t end = std::min(begin + piece, length);
    auto few = zero;
    auto few_squares = hn::Zero(Integers());
    for (std::size_t t = begin; t < end; t += lanes) {
      const auto x = hn::LoadU(bytes, row + t);
      auto counted = x;
      auto beyond = hn::SaturatedSub(hn::Sub(x, lowest), reach);  // below: wraps above
      if constexpr (all_valid) {
        low = hn::Min(low, x);
      } else {
        const auto there = hn::LoadU(bytes, valid + t);
        counted = hn::And(x, there);
        beyond = hn::And(beyond, there);
        low = hn::Min(low, hn::Or(x, hn::Not(there)));
        few = hn::Sub(few, there);
      }
      high = hn::Max(high, counted);
      const auto eights = hn::SumsOf8(counted);
      sums = hn::Add(sums, eights);
      hn::StoreU(hn::TruncateTo(stretches, eights), stretches, stretch_sums + t / 8);
      few_squares = add_squares(few_squares, counted);
      const auto told = hn::Ne(beyond, zero);
      if (outside > ByteSurvey::most_outside || hn::AllFalse(bytes, told)) continue;
      std::uint8_t bits[8] = {};
      hn::StoreMaskBits(bytes, told, bits);
      for (std::uint64_t left = std::bit_cast<std::uint64_t>(bits); left != 0; left &= left - 1) {
        const auto place = static_cast<std::size_t>(std::countr_zero(left));
        if (outside < ByteSurvey::most_outside) result.outside[outside] = row[t + place];
        ++outside;
      }
    }
    counts = hn::Add(counts, hn::SumsOf8(few));
    squares = widen_and_add(squares, few_squares);
  }
  result.outside_count = outside;
  result.range = {smallest(low), largest(high)};
  result.all = {all_valid ? length : total(counts), total(sums), total(squares)};
}

void survey_here(const std::uint8_t* row, const std::uint8_t* valid, std::size_t length,
                 std::uint32_t* stretch_sums, ByteSurvey& result) {
  if (valid == nullptr) {
    survey_row<true>(row, valid, length, stretch_sums, result);
  } else {
    survey_row<false>(row, valid, length, stretch_sums, result);
  }
}

void square_stretches_here(const std::uint8_t* row, const std::uint8_t* valid, std::size_t length,
                           std::uint32_t* squares) {
  const Bytes bytes;
  const Integers integers;
  for (std::size_t t = 0; t < length; t += row_granule) {
    auto sum = hn::Zero(integers);
    for (std::size_t i = t; i < t + row_granule; i += hn::Lanes(bytes)) {
      sum = add_squares(sum, hn::And(hn::LoadU(bytes, row + i), hn::LoadU(bytes, valid + i)));
    }
    squares[t / row_granule] =
        static_cast<std::uint32_t>(hn::GetLane(hn::SumOfLanes(integers, sum)));
  }
}

#endif
}  // namespace draftstream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace draftstream {

HWY_EXPORT(every_eighth_here);
HWY_EXPORT(quartiles_here);
HWY_EXPORT(moments_within_here);
HWY_EXPORT(square_stretches_here);
HWY_EXPORT(survey_here);

ByteMoments moments_within(std::span<const std::uint8_t> row, const std::uint8_t* valid,
                           std::uint8_t low, std::uint8_t high) {
  return HWY_DYNAMIC_DISPATCH(moments_within_here)(row.data(), valid, row.size(), low, high);
}

void square_stretches(std::span<const std::uint8_t> row, const std::uint8_t* valid,
                      std::uint32_t* squares) {
  HWY_DYNAMIC_DISPATCH(square_stretches_here)(row.data(), valid, row.size(), squares);
}

void every_eighth(const std::uint8_t* row, std::span<std::uint8_t> out) {
  HWY_DYNAMIC_DISPATCH(every_eighth_here)(row, out.data(), out.size());
}

ByteQuartiles quartiles(std::span<const std::uint8_t> bytes, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(quartiles_here)(bytes.data(), bytes.size(), count);
}

void survey(std::span<const std::uint8_t> row, const std::uint8_t* valid,
            const ByteExtremes& inside, std::uint32_t* sums, ByteSurvey& result) {
  result.inside = inside;
  HWY_DYNAMIC_DISPATCH(survey_here)(row.data(), valid, row.size(), sums, result);
}

ByteMoments ByteSurvey::within(std::uint8_t low, std::uint8_t high) const noexcept {
  ByteMoments kept = all;
  if (low > range.lowest || high < range.highest) {
    for (std::size_t i = 0; i < outside_count; ++i) {
      const std::uint64_t x = outside[i];
      if (low <= x && x <= high) continue;
      --kept.count;
      kept.sum -= x;
      kept.squares -= x * x;
    }
  }
  // Of x - low: whole numbers, and modulo 2^64 meanwhile.
  const std::uint64_t shift = low;
  return {kept.count, kept.sum - kept.count * shift,
          kept.squares - 2 * shift * kept.sum + kept.count * shift * shift};
}

}  // namespace draftstream
#endif
