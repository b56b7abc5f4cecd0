// Compiled once for each instruction set; the one that fits is chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/row_sums.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "engine/row_sums.hpp"

HWY_BEFORE_NAMESPACE();
namespace draftstream::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void add_rows_here(const float* const* rows, std::size_t count, float* sum, std::size_t length) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t t = 0;
  if (count == rows_at_once) {
    for (; t + lanes <= length; t += lanes) {
      auto total = hn::LoadU(tag, sum + t);
      for (std::size_t row = 0; row < rows_at_once; ++row) {
        total = hn::Add(total, hn::LoadU(tag, rows[row] + t));
      }
      hn::StoreU(total, tag, sum + t);
    }
  }
  for (; t < length; ++t) {
    float total = sum[t];
    for (std::size_t row = 0; row < count; ++row) total += rows[row][t];
    sum[t] = total;
  }
}

void count_good_here(const std::uint8_t* const* rows, std::size_t count, std::uint16_t* sum,
                     std::size_t length) {
  const hn::ScalableTag<std::uint16_t> words;
  const hn::Rebind<std::uint8_t, decltype(words)> bytes;
  const std::size_t lanes = hn::Lanes(words);
  const auto good = hn::Set(bytes, 1);
  std::size_t t = 0;
  for (; t + lanes <= length; t += lanes) {
    auto total = hn::Zero(bytes);  // at most rows_at_once: no overflow
    for (std::size_t row = 0; row < count; ++row) {
      const auto weight = hn::LoadU(bytes, rows[row] + t);
      total = hn::Add(total, hn::IfThenElseZero(hn::Eq(weight, good), good));
    }
    hn::StoreU(hn::Add(hn::LoadU(words, sum + t), hn::PromoteTo(words, total)), words, sum + t);
  }
  for (; t < length; ++t) {
    int total = sum[t];
    for (std::size_t row = 0; row < count; ++row) total += rows[row][t] == 1 ? 1 : 0;
    sum[t] = static_cast<std::uint16_t>(total);
  }
}

void add_shifted_here(float* row, std::size_t length, std::size_t shift) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  std::size_t t = 0;
  // What is read ahead has not been written: it lies behind what is stored.
  for (; t + shift + lanes <= length; t += lanes) {
    hn::StoreU(hn::Add(hn::LoadU(tag, row + t), hn::LoadU(tag, row + t + shift)), tag, row + t);
  }
  for (; t + shift < length; ++t) row[t] += row[t + shift];
}

void keep_larger_here(const float* row, float scale, float* best, std::size_t length) {
  const hn::ScalableTag<float> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const auto factor = hn::Set(tag, scale);
  std::size_t t = 0;
  for (; t + lanes <= length; t += lanes) {
    const auto scaled = hn::Mul(hn::LoadU(tag, row + t), factor);
    hn::StoreU(hn::Max(hn::LoadU(tag, best + t), scaled), tag, best + t);
  }
  for (; t < length; ++t) {
    const float scaled = row[t] * scale;
    best[t] = scaled > best[t] ? scaled : best[t];
  }
}

double largest_difference_here(const double* prefix, std::size_t length, std::size_t width) {
  const hn::ScalableTag<double> tag;
  const std::size_t lanes = hn::Lanes(tag);
  const std::size_t starts = length - width;
  double largest = prefix[width] - prefix[0];
  auto best = hn::Set(tag, largest);
  std::size_t t = 0;
  for (; t + lanes <= starts; t += lanes) {
    best = hn::Max(best, hn::Sub(hn::LoadU(tag, prefix + t + width), hn::LoadU(tag, prefix + t)));
  }
  largest = hn::GetLane(hn::MaxOfLanes(tag, best));
  for (; t < starts; ++t) {
    const double difference = prefix[t + width] - prefix[t];
    largest = difference > largest ? difference : largest;
  }
  return largest;
}

}  // namespace draftstream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace draftstream {

HWY_EXPORT(add_rows_here);
HWY_EXPORT(count_good_here);
HWY_EXPORT(add_shifted_here);
HWY_EXPORT(keep_larger_here);
HWY_EXPORT(largest_difference_here);

void add_rows(std::span<const float* const> rows, std::span<float> sum) {
  HWY_DYNAMIC_DISPATCH(add_rows_here)(rows.data(), rows.size(), sum.data(), sum.size());
}

void count_good(std::span<const std::uint8_t* const> rows, std::span<std::uint16_t> sum) {
  HWY_DYNAMIC_DISPATCH(count_good_here)(rows.data(), rows.size(), sum.data(), sum.size());
}

void add_shifted(std::span<float> row, std::size_t shift) {
  HWY_DYNAMIC_DISPATCH(add_shifted_here)(row.data(), row.size(), shift);
}

void keep_larger(std::span<const float> row, float scale, std::span<float> best) {
  HWY_DYNAMIC_DISPATCH(keep_larger_here)(row.data(), scale, best.data(), best.size());
}

double largest_difference(std::span<const double> prefix, std::size_t width) {
  return HWY_DYNAMIC_DISPATCH(largest_difference_here)(prefix.data(), prefix.size(), width);
}

}  // namespace draftstream
#endif
