// What ByteConditioner sums over channels: sub-bands, impulses in them, z.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/median.hpp"
#include "engine/tree/byte_conditioner.hpp"

namespace draftstream {
namespace {

constexpr std::size_t times_a_task = weighted_times;
constexpr double highest_byte = 255.0;

}  // namespace

// sums_[t] = sum of gain * byte over good channels. All gains have one scale: as large as 32 bits
// hold the sum, and 16 bits the gains of usual channels. The others' are added one by one.
void ByteConditioner::sum_channels() {
  double together = 0.0;
  good_channels_ = 0;
  holes_.begin_losses(sub_bands_.size());
  for (std::size_t c = 0; c < channels_; ++c) {
    const float factor = block_->scaling[c].factor;
    if (block_->flagged[c] || factor == 0.0F) continue;  // 0: no data in the block
    together += static_cast<double>(factor);
    flag_work_[good_channels_++] = factor;
  }
  if (good_channels_ == 0) return;
  constexpr double most_gain = std::numeric_limits<std::int16_t>::max();
  constexpr double most_sum = 0.99 * std::numeric_limits<std::int32_t>::max();  // room for rounding
  const auto usual = static_cast<double>(median(std::span{flag_work_}.first(good_channels_)));
  gain_scale_ = std::min(most_gain / (4.0 * usual), most_sum / (highest_byte * together));
  large_gains_.clear();
  for (std::size_t k = 0; k < sub_bands_.size(); ++k) {
    SubBand& sub_band = sub_bands_[k];
    sub_band = {};
    for (std::size_t rank = impulses_.first_rank(k); rank < impulses_.first_rank(k + 1); ++rank) {
      const std::size_t c = ranked_[rank];
      const ChannelScaling& scaling = block_->scaling[c];
      const double factor = block_->flagged[c] ? 0.0 : static_cast<double>(scaling.factor);
      const double gain = std::round(factor * gain_scale_);
      const double mean = gain * (static_cast<double>(scaling.mean) + measures_.zero());
      sub_band.offset += mean;
      if (factor != 0.0) holes_.lose(rank, k, mean);
      sub_band.channels += factor == 0.0 ? 0 : 1;
      const bool large = gain > most_gain;
      gains_[rank] = large ? std::int16_t{0} : static_cast<std::int16_t>(gain);
      if (large) large_gains_.push_back({rank, k, static_cast<std::int32_t>(gain)});
    }
  }
  pool_.for_each(padded_ / times_a_task, [this](std::size_t tile, std::size_t) {
    const std::size_t begin = tile * times_a_task;
    const auto sums = [&](std::size_t k) {
      return std::span{sums_}.subspan(k * padded_ + begin, times_a_task);
    };
    for (std::size_t k = 0; k < sub_bands_.size(); ++k) {
      const std::size_t first = impulses_.first_rank(k);
      const auto gains = std::span{gains_}.subspan(first, impulses_.first_rank(k + 1) - first);
      sum_weighted(row(first).data() + begin, stride_, gains, sums(k));
    }
    for (const LargeGain& large : large_gains_) {
      add_weighted(row(large.rank).subspan(begin, times_a_task), large.gain,
                   sums(large.sub_band).data());
    }
    const auto totals = std::span{totals_}.subspan(begin, times_a_task);
    std::copy_n(sums(0).begin(), times_a_task, totals.begin());
    for (std::size_t k = 1; k < sub_bands_.size(); ++k) {  // fits: see gain_scale_
      const std::span<const std::int32_t> more = sums(k);
      for (std::size_t t = 0; t < times_a_task; ++t) totals[t] += more[t];
    }
  });
}

// From here on, valid_ means good. @return How many spectra were masked.
std::size_t ByteConditioner::mask_impulses() {
  for (std::size_t t = 0; t < samples_; ++t) {
    if (valid_[t] != 0) {
      block_->spectra[t] = good_channels_ == 0 ? Weight::masked : Weight::good;
    }
  }
  if (config_.impulse_sigma <= 0.0 || good_channels_ == 0) return 0;
  std::array<std::size_t, Impulses::most_sub_bands> goods{};
  double offset = 0.0;
  for (std::size_t k = 0; k < sub_bands_.size(); ++k) {
    goods[k] = sub_bands_[k].channels;
    offset += sub_bands_[k].offset;
  }
  const std::span<float> total = impulses_.begin(samples_);
  above_mean(totals_.data(), offset, holes_.lost(), total);
  const auto sub_band_sums = [this](std::size_t k, std::span<float> out) {
    const std::int32_t* const sums = sums_.data() + k * padded_;
    above_mean(sums, sub_bands_[k].offset, holes_.lost(k), out);
  };
  const auto found =
      impulses_.find(std::span{goods}.first(sub_bands_.size()), valid_, sub_band_sums);
  std::size_t masked = 0;
  for (std::size_t t = 0; t < samples_; ++t) {
    if (found[t] == 0 || valid_[t] == 0) continue;
    block_->spectra[t] = Weight::masked;
    valid_[t] = 0;
    ++masked;
  }
  return masked;
}

void ByteConditioner::make_series() {
  std::fill_n(series_.begin(), samples_, 0.0F);
  if (good_channels_ == 0) return;
  const double unit = gain_scale_ * static_cast<double>(good_channels_);
  double offset = 0.0;
  for (const SubBand& sub_band : sub_bands_) offset += sub_band.offset;
  for (std::size_t t = 0; t < samples_; ++t) {
    if (valid_[t] == 0) continue;
    series_[t] = holes_.any()
                     ? mean_around_holes(t, offset)
                     : static_cast<float>((static_cast<double>(totals_[t]) - offset) / unit);
  }
}

// What is subtracted: z, or without a zero-DM filter what is slow in it, if that is not noise.
void ByteConditioner::make_filter() {
  integer_scale_ = 0.0;
  integer_sum_ = 0;
  integer_power_ = 0;
  largest_ = 0.0F;
  const auto series = std::span{series_}.first(samples_);
  if (good_channels_ == 0) return;
  if (config_.zero_dm == ZeroDm::off) {
    if (level_ == BlockLevel::steady) {
      std::fill(series.begin(), series.end(), 0.0F);
      return;
    }
    band_level_.keep(series, valid_);
  }
  float largest = 0.0F;
  for (const float value : series) largest = std::max(largest, std::abs(value));
  largest_ = largest;
  std::copy_n(series_.begin(), samples_, block_->zero_dm.begin());
  order_series(std::span{series_}.subspan(skipped_, padded_), ordered_.data());
  if (largest == 0.0F) return;
  integer_scale_ = std::numeric_limits<std::int16_t>::max() / static_cast<double>(largest);
  for (std::size_t t = 0; t < samples_; ++t) {
    const auto integer = std::lrint(static_cast<double>(series_[t]) * integer_scale_);
    integers_[t] = static_cast<std::int16_t>(integer);
    integer_sum_ += integer;
    integer_power_ += integer * integer;
  }
}

// out[t] = (sum over good channels of gain * (byte - mean)) / gain_scale_, 0 for bytes in holes.
// @param offset  Sum of gain * mean. @param lost  Of it, what channels with a hole would have had.
void ByteConditioner::above_mean(const std::int32_t* sums, double offset, const std::int64_t* lost,
                                 std::span<float> out) const {
  if (lost == nullptr) {
    for (std::size_t t = 0; t < samples_; ++t) {
      out[t] = static_cast<float>((static_cast<double>(sums[t]) - offset) / gain_scale_);
    }
    return;
  }
  for (std::size_t t = 0; t < samples_; ++t) {
    const double here = offset - static_cast<double>(lost[t]) * ByteHoles::loss_unit;
    out[t] = static_cast<float>((static_cast<double>(sums[t]) - here) / gain_scale_);
  }
}

// z of a spectrum that may lack channels: the mean over those that it has.
float ByteConditioner::mean_around_holes(std::size_t t, double offset) const {
  const std::size_t goods = good_channels_ - holes_.goods_lost(t);
  if (goods == 0) return 0.0F;
  const double here = offset - static_cast<double>(holes_.lost()[t]) * ByteHoles::loss_unit;
  return static_cast<float>((static_cast<double>(totals_[t]) - here) /
                            (gain_scale_ * static_cast<double>(goods)));
}

}  // namespace draftstream
