#include "engine/condition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/channel_flags.hpp"
#include "engine/median.hpp"
#include "engine/robust_scale.hpp"
#include "ingest/errors.hpp"
#include "ingest/samples.hpp"

namespace draftstream {
namespace {

constexpr std::size_t channels_a_task = 64;  // a multiple of 8, so that tasks begin at whole bytes
constexpr std::size_t times_a_task = 1024;
constexpr std::size_t unpack_times = 32;

constexpr double dropout_fraction = 0.9;       // of the live channels at rest: no sky does that
constexpr int dropout_bits = 64;               // live channels of fewer bits in all cannot tell
constexpr std::size_t dropout_channels = 8;    // nor can fewer channels than this
constexpr double saturated_fraction = 0.25;    // of a channel's samples at either end of the format
constexpr double least_valid_fraction = 0.05;  // of a block, for a channel's statistics

// The surroundings of a spectrum, on either side; less near the ends of a block, so that there are
// as many on both sides: a burst that begins there would else stand out of the quiet before it.
constexpr std::size_t impulse_reach = 16;

std::size_t tasks(std::size_t count, std::size_t a_task) {
  return (count + a_task - 1) / a_task;
}

}  // namespace

Conditioner::Conditioner(const FrequencyAxis& frequency, SampleFormat format,
                         const ConditionConfig& config, WorkerPool& pool)
    : format_{format},
      config_{config},
      pool_{pool},
      channels_{frequency.channels()},
      scratch_(pool.threads()) {
  auto& masked = config_.masked_channels;
  if (masked.empty()) masked.assign(channels_, false);
  if (masked.size() != channels_) {
    throw ConfigError(
        fmt::format("channel mask: found {} channels, expected {}", masked.size(), channels_));
  }
  if (std::find(masked.begin(), masked.end(), false) == masked.end()) {
    throw ConfigError(
        fmt::format("channel mask: found all {} channels masked, expected some left", channels_));
  }
}

void Conditioner::condition(const FilterbankChunk& chunk, ConditionedBlock& block) {
  block.channels = channels_;
  block.samples = chunk.samples();
  block.values.resize(channels_ * block.samples);
  block.weights.resize(channels_ * block.samples);
  block.fates.assign(block.samples, Fate::searched);
  block.flagged.assign(channels_, false);
  sums_.resize(block.samples);
  goods_.resize(block.samples);
  for (auto& scratch : scratch_) scratch.resize(block.samples);

  unpack(chunk, block);
  find_dropouts(block);
  scale_channels(block);
  mask_impulses(block);
  filter_zero_dm(block);
  settle_fates(block);
}

void Conditioner::unpack(const FilterbankChunk& chunk, ConditionedBlock& block) {
  for (const Gap& gap : chunk.gaps()) {
    for (std::uint64_t i = gap.first; i < gap.end(); ++i) {
      block.fates[i - chunk.first()] = gap.fate;
    }
  }
  pool_.for_each(tasks(channels_, channels_a_task), [&](std::size_t task, std::size_t worker) {
    const std::size_t begin = task * channels_a_task;
    const std::size_t count = std::min(channels_a_task, channels_ - begin);
    const std::size_t first_byte = begin * static_cast<std::size_t>(format_.bits) / 8;
    // Through a small tile, so that neither reading nor writing strides through memory.
    std::vector<float>& tile = scratch_[worker];
    tile.resize(std::max(block.samples, unpack_times * channels_a_task));
    for (std::size_t t0 = 0; t0 < block.samples; t0 += unpack_times) {
      const std::size_t times = std::min(unpack_times, block.samples - t0);
      for (std::size_t t = 0; t < times; ++t) {
        unpack_spectrum(chunk.spectrum(t0 + t).subspan(first_byte, format_.spectrum_bytes(count)),
                        format_, std::span{tile}.subspan(t * count, count));
      }
      for (std::size_t c = 0; c < count; ++c) {
        const auto row = block.row(begin + c).subspan(t0, times);
        const auto weights = block.weight_row(begin + c).subspan(t0, times);
        for (std::size_t t = 0; t < times; ++t) {
          const float value = tile[t * count + c];
          const bool there = block.fates[t0 + t] == Fate::searched && !std::isnan(value);
          row[t] = there ? value : 0.0F;
          weights[t] = there ? Weight::good : Weight::missing;
        }
      }
    }
  });
}

void Conditioner::find_dropouts(ConditionedBlock& block) {
  std::vector<std::uint8_t> live(channels_, 0);
  pool_.for_each(channels_, [&](std::size_t c, std::size_t) {
    const auto row = block.row(c);
    const auto weights = block.weight_row(c);
    float low = 0.0F;
    float high = 0.0F;
    bool any = false;
    for (std::size_t t = 0; t < row.size(); ++t) {
      if (weights[t] != Weight::good) continue;
      low = any ? std::min(low, row[t]) : row[t];
      high = any ? std::max(high, row[t]) : row[t];
      any = true;
    }
    live[c] = low < high ? 1 : 0;
  });
  const auto live_channels = static_cast<std::size_t>(std::count(live.begin(), live.end(), 1));

  // Too few live channels: either the whole block is at rest, or there are too few to tell.
  const bool all_at_rest = live_channels == 0;
  const auto needed = static_cast<std::size_t>(dropout_bits / format_.bits);
  if (!all_at_rest && live_channels < std::max(needed, dropout_channels)) return;
  const float lowest = format_.is_float ? 0.0F : format_.lowest();
  const auto enough = static_cast<std::uint32_t>(
      std::ceil(dropout_fraction * static_cast<double>(all_at_rest ? channels_ : live_channels)));
  pool_.for_each(tasks(block.samples, times_a_task), [&](std::size_t task, std::size_t) {
    const std::size_t begin = task * times_a_task;
    const std::size_t count = std::min(times_a_task, block.samples - begin);
    std::vector<std::uint32_t> at_lowest(count, 0);
    std::vector<std::uint32_t> at_zero(count, 0);
    std::vector<std::uint32_t> missing(count, 0);
    for (std::size_t c = 0; c < channels_; ++c) {
      if (!all_at_rest && live[c] == 0) continue;
      const auto row = block.row(c).subspan(begin, count);
      const auto weights = block.weight_row(c).subspan(begin, count);
      for (std::size_t t = 0; t < count; ++t) {
        const bool there = weights[t] == Weight::good;
        missing[t] += there ? 0 : 1;
        at_lowest[t] += !there || row[t] == lowest ? 1 : 0;
        at_zero[t] += !there || row[t] == 0.0F ? 1 : 0;
      }
    }
    for (std::size_t t = 0; t < count; ++t) {
      const bool dropout = at_lowest[t] >= enough || at_zero[t] >= enough;
      if (dropout && block.fates[begin + t] == Fate::searched) {
        block.fates[begin + t] = Fate::invalid;
      }
    }
  });
}

void Conditioner::scale_channels(ConditionedBlock& block) {
  constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
  std::vector<Unsteadiness> unsteady(channels_, Unsteadiness{unknown, unknown, unknown});
  std::vector<std::uint8_t> masked(channels_, 0);
  pool_.for_each(channels_, [&](std::size_t c, std::size_t worker) {
    if (!scale_channel(block, c, worker)) {
      mask_channel(block, c);
      masked[c] = 1;
    } else if (config_.flag_channels) {
      unsteady[c] = unsteadiness(block.row(c), block.weight_row(c), scratch_[worker]);
    }
  });
  const std::vector<bool> unusual = outstanding(unsteady);
  for (std::size_t c = 0; c < channels_; ++c) {
    if (unusual[c]) mask_channel(block, c);
    block.flagged[c] = unusual[c] || masked[c] != 0;
  }
}

void Conditioner::mask_channel(ConditionedBlock& block, std::size_t channel) {
  const auto row = block.row(channel);
  std::fill(row.begin(), row.end(), 0.0F);
  for (Weight& weight : block.weight_row(channel)) {
    if (weight == Weight::good) weight = Weight::masked;
  }
}

// False: the channel is of no use in this block.
bool Conditioner::scale_channel(ConditionedBlock& block, std::size_t channel, std::size_t worker) {
  const auto row = block.row(channel);
  const auto weights = block.weight_row(channel);
  std::vector<float>& valid = scratch_[worker];
  valid.resize(std::max(valid.size(), block.samples));
  std::size_t count = 0;
  std::size_t at_an_end = 0;
  for (std::size_t t = 0; t < row.size(); ++t) {
    if (block.fates[t] != Fate::searched) {
      weights[t] = Weight::missing;
      row[t] = 0.0F;
    }
    if (weights[t] != Weight::good) continue;
    at_an_end += row[t] == format_.highest() || row[t] == format_.lowest() ? 1 : 0;
    valid[count++] = row[t];
  }
  if (count == 0) return true;  // no data, which is not the channel's fault
  if (config_.masked_channels[channel]) return false;

  const ChannelScale scale = robust_scale(std::span{valid}.first(count), format_.bits > 2);
  const bool too_few =
      static_cast<double>(count) < least_valid_fraction * static_cast<double>(row.size());
  if (scale.sigma == 0.0 || too_few) return false;
  const bool can_saturate = format_.bits >= 8 && !format_.is_float;
  if (config_.flag_channels && can_saturate &&
      static_cast<double>(at_an_end) > saturated_fraction * static_cast<double>(count)) {
    return false;
  }
  const auto mean = static_cast<float>(scale.mean);
  const auto factor = static_cast<float>(1.0 / scale.sigma);
  for (std::size_t t = 0; t < row.size(); ++t) {
    row[t] = weights[t] == Weight::good ? (row[t] - mean) * factor : 0.0F;
  }
  return true;
}

// The zero-DM series: sums over good channels, in the order of the channels.
void Conditioner::sum_good_channels(const ConditionedBlock& block) {
  pool_.for_each(tasks(block.samples, times_a_task), [&](std::size_t task, std::size_t) {
    const std::size_t begin = task * times_a_task;
    const std::size_t count = std::min(times_a_task, block.samples - begin);
    const auto sums = std::span{sums_}.subspan(begin, count);
    const auto goods = std::span{goods_}.subspan(begin, count);
    std::fill(sums.begin(), sums.end(), 0.0F);
    std::fill(goods.begin(), goods.end(), 0U);
    for (std::size_t c = 0; c < block.channels; ++c) {
      const auto row = block.row(c).subspan(begin, count);
      const auto weights = block.weight_row(c).subspan(begin, count);
      for (std::size_t t = 0; t < count; ++t) {
        sums[t] += row[t];  // 0 where the weight is
        goods[t] += weights[t] == Weight::good ? 1U : 0U;
      }
    }
  });
}

void Conditioner::mask_impulses(ConditionedBlock& block) {
  if (config_.impulse_sigma <= 0.0) return;
  sum_good_channels(block);
  std::vector<float> series(block.samples);  // S/N of each spectrum at DM 0
  for (std::size_t t = 0; t < block.samples; ++t) {
    series[t] = goods_[t] == 0 ? 0.0F : sums_[t] / std::sqrt(static_cast<float>(goods_[t]));
  }
  // Above the median of its surroundings: a dispersed burst, however bright, is broad at DM 0 and
  // raises its surroundings with it; an impulse does not.
  std::vector<std::uint8_t> impulse(block.samples, 0);
  pool_.for_each(tasks(block.samples, times_a_task), [&](std::size_t task, std::size_t) {
    std::vector<float> around;
    const std::size_t end = std::min((task + 1) * times_a_task, block.samples);
    for (std::size_t t = task * times_a_task; t < end; ++t) {
      if (static_cast<double>(series[t]) <= config_.impulse_sigma) continue;
      const std::size_t reach = std::min({impulse_reach, t, block.samples - 1 - t});
      around.assign(series.begin() + static_cast<std::ptrdiff_t>(t - reach),
                    series.begin() + static_cast<std::ptrdiff_t>(t + reach + 1));
      const double above = static_cast<double>(series[t] - median(around));
      impulse[t] = above > config_.impulse_sigma ? 1 : 0;
    }
  });
  if (std::find(impulse.begin(), impulse.end(), 1) == impulse.end()) return;
  pool_.for_each(channels_, [&](std::size_t c, std::size_t) {
    const auto row = block.row(c);
    const auto weights = block.weight_row(c);
    for (std::size_t t = 0; t < row.size(); ++t) {
      if (impulse[t] == 0 || weights[t] != Weight::good) continue;
      row[t] = 0.0F;
      weights[t] = Weight::masked;
    }
  });
}

void Conditioner::filter_zero_dm(ConditionedBlock& block) {
  if (config_.zero_dm == ZeroDm::off) return;
  sum_good_channels(block);
  std::vector<float> means(block.samples);  // the zero-DM series z
  double power = 0.0;
  for (std::size_t t = 0; t < block.samples; ++t) {
    means[t] = goods_[t] == 0 ? 0.0F : sums_[t] / static_cast<float>(goods_[t]);
    power += static_cast<double>(means[t]) * static_cast<double>(means[t]);
  }
  if (power == 0.0) return;
  pool_.for_each(channels_, [&](std::size_t c, std::size_t) {
    const auto row = block.row(c);
    const auto weights = block.weight_row(c);
    float share = 1.0F;
    if (config_.zero_dm == ZeroDm::zdot) {
      double product = 0.0;
      double own_power = 0.0;  // of z where this channel has data
      for (std::size_t t = 0; t < row.size(); ++t) {
        product += static_cast<double>(row[t]) * static_cast<double>(means[t]);
        if (weights[t] == Weight::good) {
          own_power += static_cast<double>(means[t]) * static_cast<double>(means[t]);
        }
      }
      share = own_power > 0.0 ? static_cast<float>(product / own_power) : 0.0F;
    }
    for (std::size_t t = 0; t < row.size(); ++t) {
      if (weights[t] == Weight::good) row[t] -= share * means[t];
    }
  });
}

void Conditioner::settle_fates(ConditionedBlock& block) {
  sum_good_channels(block);
  block.good_samples = 0;
  std::vector<std::uint8_t> any_masked(block.samples, 0);
  for (std::size_t c = 0; c < channels_; ++c) {
    const auto weights = block.weight_row(c);
    for (std::size_t t = 0; t < weights.size(); ++t) {
      if (weights[t] == Weight::masked) any_masked[t] = 1;
    }
  }
  for (std::size_t t = 0; t < block.samples; ++t) {
    if (block.fates[t] != Fate::searched) continue;
    if (goods_[t] == 0) block.fates[t] = any_masked[t] != 0 ? Fate::masked : Fate::invalid;
    block.good_samples += block.fates[t] == Fate::searched ? 1 : 0;
  }
}

}  // namespace draftstream
