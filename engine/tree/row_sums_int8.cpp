// Compiled once for each instruction set; the one that fits is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/tree/row_sums_int8.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "engine/tree/row_sums_int8.hpp"
#include "engine/tree/tree_arithmetic.hpp"

HWY_BEFORE_NAMESPACE();
namespace draftstream::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// sum[t] = rounded(rows[0][t] + ...) for t from `begin` on.
template <class Sum, class Rounded>
void sum_one_by_one(const std::int8_t* const* rows, std::size_t count, Rounded rounded, Sum* sum,
                    std::size_t begin, std::size_t length) {
  for (std::size_t t = begin; t < length; ++t) {
    int total = 0;
    for (std::size_t row = 0; row < count; ++row) total += rows[row][t];
    sum[t] = rounded(total);
  }
}

#if HWY_TARGET != HWY_SCALAR

using Words = hn::ScalableTag<std::int16_t>;
using Bytes = hn::Rebind<std::int8_t, Words>;  // as many, so that they widen to one vector of words

/// Calls store(total, t) for each vector of totals.
/// @return Samples summed: all that fill vectors.
template <class Store>
std::size_t sum_by_vectors(const std::int8_t* const* rows, std::size_t count, std::size_t length,
                           Store store) {
  const Words words;
  const Bytes bytes;
  const std::size_t lanes = hn::Lanes(words);
  const auto add = [&](auto& total, const std::int8_t* from) {
    total = hn::Add(total, hn::PromoteTo(words, hn::LoadU(bytes, from)));
  };
  std::size_t t = 0;
  for (; t + 8 * lanes <= length; t += 8 * lanes) {  // eight sums at a time hide the latency of one
    auto total0 = hn::Zero(words);
    auto total1 = total0;
    auto total2 = total0;
    auto total3 = total0;
    auto total4 = total0;
    auto total5 = total0;
    auto total6 = total0;
    auto total7 = total0;
    for (std::size_t row = 0; row < count; ++row) {
      const std::int8_t* const from = rows[row] + t;
      add(total0, from);
      add(total1, from + lanes);
      add(total2, from + 2 * lanes);
      add(total3, from + 3 * lanes);
      add(total4, from + 4 * lanes);
      add(total5, from + 5 * lanes);
      add(total6, from + 6 * lanes);
      add(total7, from + 7 * lanes);
    }
    store(total0, t);
    store(total1, t + lanes);
    store(total2, t + 2 * lanes);
    store(total3, t + 3 * lanes);
    store(total4, t + 4 * lanes);
    store(total5, t + 5 * lanes);
    store(total6, t + 6 * lanes);
    store(total7, t + 7 * lanes);
  }
  for (; t + lanes <= length; t += lanes) {
    auto total = hn::Zero(words);
    for (std::size_t row = 0; row < count; ++row) add(total, rows[row] + t);
    store(total, t);
  }
  return t;
}

#endif

void to_int8_here(const std::int8_t* const* rows, std::size_t count, std::int16_t factor,
                  std::int8_t* sum, std::size_t length) {
  std::size_t done = 0;
#if HWY_TARGET != HWY_SCALAR
  const auto factors = hn::Set(Words{}, factor);
  done = sum_by_vectors(rows, count, length, [&](auto total, std::size_t t) {
    hn::StoreU(hn::DemoteTo(Bytes{}, hn::MulFixedPoint15(total, factors)), Bytes{}, sum + t);
  });
#endif
  const auto rounded = [factor](int total) { return scaled_to_int8(total, factor); };
  sum_one_by_one(rows, count, rounded, sum, done, length);
}

void to_int16_here(const std::int8_t* const* rows, std::size_t count, std::int16_t* sum,
                   std::size_t length) {
  static_assert(last_stage_gain == 1 << 2);
  std::size_t done = 0;
#if HWY_TARGET != HWY_SCALAR
  done = sum_by_vectors(rows, count, length, [&](auto total, std::size_t t) {
    hn::StoreU(hn::ShiftLeft<2>(total), Words{}, sum + t);
  });
#endif
  const auto times_gain = [](int total) {
    return static_cast<std::int16_t>(total * last_stage_gain);
  };
  sum_one_by_one(rows, count, times_gain, sum, done, length);
}

}  // namespace draftstream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace draftstream {

HWY_EXPORT(to_int8_here);
HWY_EXPORT(to_int16_here);

RowSumsInt8 row_sums_int8() {
  // Else the table's first entries would be taken, which choose anew at every call.
  if (!hwy::GetChosenTarget().IsInitialized()) {
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  return {HWY_DYNAMIC_DISPATCH(to_int8_here), HWY_DYNAMIC_DISPATCH(to_int16_here)};
}

RowSumsInt8 plain_row_sums_int8() {
  return {
      [](const std::int8_t* const* rows, std::size_t count, std::int16_t factor, std::int8_t* sum,
         std::size_t length) {
        for (std::size_t t = 0; t < length; ++t) {
          int total = 0;
          for (std::size_t row = 0; row < count; ++row) total += rows[row][t];
          sum[t] = scaled_to_int8(total, factor);
        }
      },
      [](const std::int8_t* const* rows, std::size_t count, std::int16_t* sum, std::size_t length) {
        for (std::size_t t = 0; t < length; ++t) {
          int total = 0;
          for (std::size_t row = 0; row < count; ++row) total += rows[row][t];
          sum[t] = static_cast<std::int16_t>(total * last_stage_gain);
        }
      }};
}

}  // namespace draftstream
#endif
