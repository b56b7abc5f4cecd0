#include "engine/condition.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/channel_flags.hpp"
#include "engine/channel_order.hpp"
#include "engine/condition_rules.hpp"
#include "engine/robust_scale.hpp"
#include "ingest/samples.hpp"

namespace draftstream {
namespace {

constexpr std::size_t channels_a_task = 64;  // a multiple of 8, so that tasks begin at whole bytes
constexpr std::size_t times_a_task = 1024;
constexpr std::size_t unpack_times = 32;

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
      spectral_flags_{config, channels_},
      periodicity_{config.flag_periodic ? pool.threads() : 0},
      impulses_{frequency, config.impulse_sigma},
      ranked_{channels_by_rank(frequency)},
      scratch_(pool.threads()) {
  config_.masked_channels = checked_mask(std::move(config_.masked_channels), channels_);
}

void Conditioner::condition(const FilterbankChunk& chunk, ConditionedBlock& block) {
  block.channels = channels_;
  block.samples = chunk.samples();
  block.values.resize(channels_ * block.samples);
  block.weights.resize(channels_ * block.samples);
  block.fates.assign(block.samples, Fate::searched);
  block.flagged.assign(channels_, false);
  block.scaling.assign(channels_, ChannelScaling{});
  block.zero_dm.assign(block.samples, 0.0F);
  impulses_masked_.assign(block.samples, 0);
  level_ = BlockLevel::steady;
  sums_.resize(block.samples);
  goods_.resize(block.samples);
  for (auto& scratch : scratch_) scratch.resize(block.samples);
  periodicity_.begin(block.samples);

  unpack(chunk, block);
  find_dropouts(block);
  scale_channels(block);
  bool again = are_many(mask_impulses(block), block.samples);
  make_series(block);
  if (band_level_.wanders(block.zero_dm, any_good_)) {
    level_ = BlockLevel::wanders;
    again = true;
  }
  if (again) {
    scale_channels(block);
    mask_impulses(block);
    make_series(block);
  }
  filter_zero_dm(block);
  settle_fates(block);
}

void Conditioner::unpack(const FilterbankChunk& chunk, ConditionedBlock& block) {
  for (const Gap& gap : chunk.gaps()) {
    for (std::uint64_t i = gap.first; i < gap.end(); ++i) {
      block.fates[i - chunk.first()] = gap.fate;
    }
  }
  holes_.find(chunk);
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
    for (std::size_t c = begin; c < begin + count; ++c) {
      for (const BlockHoles::Run& run : holes_.of(c)) {
        const std::size_t length = run.end - run.first;
        std::fill_n(block.row(c).data() + run.first, length, 0.0F);
        std::fill_n(block.weight_row(c).data() + run.first, length, Weight::missing);
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

  const auto enough = channels_of_a_dropout(format_, channels_, live_channels);
  if (!enough) return;
  const bool all_at_rest = live_channels == 0;
  const float lowest = format_.is_float ? 0.0F : format_.lowest();
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
      const bool dropout = at_lowest[t] >= *enough || at_zero[t] >= *enough;
      if (dropout && block.fates[begin + t] == Fate::searched) {
        block.fates[begin + t] = Fate::invalid;
      }
    }
  });
}

void Conditioner::scale_channels(ConditionedBlock& block) {
  constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
  std::vector<Unsteadiness> unsteady(channels_, Unsteadiness{unknown, unknown, unknown});
  std::vector<ChannelSpread> spreads(channels_, ChannelSpread{unknown, unknown});
  std::vector<float> strengths(channels_, unknown);
  std::vector<std::uint8_t> masked(channels_, 0);
  pool_.for_each(channels_, [&](std::size_t c, std::size_t worker) {
    if (block.flagged[c] || !scale_channel(block, c, worker)) {
      mask_channel(block, c);
      masked[c] = 1;
      return;
    }
    if (config_.flag_channels) {
      unsteady[c] = unsteadiness(block.row(c), block.weight_row(c), scratch_[worker]);
    }
    if (spectral_flags_.wanted()) spreads[c] = spread(block, c, scratch_[worker]);
    if (config_.flag_periodic) strengths[c] = period_strength(block, c, worker);
  });
  std::vector<bool> unusual = outstanding(unsteady);
  spectral_flags_.flag(spreads, block.samples / spread_stretch, unusual);
  std::vector<float> work(channels_);
  flag_periodic(strengths, work, unusual);
  for (std::size_t c = 0; c < channels_; ++c) {
    if (unusual[c]) mask_channel(block, c);
    block.flagged[c] = unusual[c] || masked[c] != 0;
  }
}

// Of samples as they were stored, from their values.
ChannelSpread Conditioner::spread(const ConditionedBlock& block, std::size_t channel,
                                  std::span<float> work) const {
  const auto row = block.row(channel);
  const auto weights = block.weight_row(channel);
  const ChannelScaling& scaling = block.scaling[channel];
  if (scaling.factor == 0.0F) return spread_of({}, {});  // no data
  const double sigma = 1.0 / static_cast<double>(scaling.factor);
  const std::size_t stretches = row.size() / spread_stretch;
  std::size_t count = 0;
  for (std::size_t s = 0; s < stretches; ++s) {
    double sum = 0.0;
    double squares = 0.0;
    std::size_t good = 0;
    for (std::size_t t = s * spread_stretch; t < (s + 1) * spread_stretch; ++t) {
      const auto value = static_cast<double>(row[t]);  // 0 where not good
      sum += value;
      squares += value * value;
      good += weights[t] == Weight::good ? 1 : 0;
    }
    if (2 * good < spread_stretch) continue;
    const auto n = static_cast<double>(good);
    const double variance = sigma * sigma * std::max(0.0, squares - sum * sum / n) / (n - 1.0);
    const double mean = static_cast<double>(scaling.mean) + sigma * sum / n;
    work[count] = static_cast<float>(std::sqrt(variance));
    work[stretches + count++] = variation_of(mean, variance);
  }
  return spread_of(work.first(count), work.subspan(stretches, count));
}

float Conditioner::period_strength(const ConditionedBlock& block, std::size_t channel,
                                   std::size_t worker) {
  const auto row = block.row(channel);
  const auto weights = block.weight_row(channel);
  const auto sums = periodicity_.sums(worker);
  for (std::size_t s = 0; s < sums.size(); ++s) {
    float sum = 0.0F;
    std::size_t good = 0;
    for (std::size_t t = s * period_stretch; t < (s + 1) * period_stretch; ++t) {
      sum += row[t];  // 0 where not good
      good += weights[t] == Weight::good ? 1 : 0;
    }
    sums[s] = Periodicity::normalised(sum, good);
  }
  return periodicity_.strength(worker);
}

void Conditioner::mask_channel(ConditionedBlock& block, std::size_t channel) {
  const auto row = block.row(channel);
  std::fill(row.begin(), row.end(), 0.0F);
  for (Weight& weight : block.weight_row(channel)) {
    if (weight == Weight::good) weight = Weight::masked;
  }
}

// The first time, or again of values that were scaled before. False: the channel is of no use in
// this block.
bool Conditioner::scale_channel(ConditionedBlock& block, std::size_t channel, std::size_t worker) {
  const auto row = block.row(channel);
  const auto weights = block.weight_row(channel);
  std::vector<float>& valid = scratch_[worker];
  valid.resize(std::max(valid.size(), block.samples));
  const ChannelScaling before = block.scaling[channel];
  const bool first_time = before.factor == 0.0F;
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
  if (first_time && config_.flag_channels && can_saturate(format_) &&
      static_cast<double>(at_an_end) > saturated_fraction * static_cast<double>(count)) {
    return false;
  }
  const auto mean = static_cast<float>(scale.mean);
  const auto factor = static_cast<float>(1.0 / scale.sigma);
  block.scaling[channel] =
      first_time ? ChannelScaling{mean, factor, 0.0F}
                 : ChannelScaling{before.mean + mean / before.factor, before.factor * factor, 0.0F};
  for (std::size_t t = 0; t < row.size(); ++t) {
    row[t] = weights[t] == Weight::good ? (row[t] - mean) * factor : 0.0F;
  }
  if (level_ == BlockLevel::wanders) scale_within_stretches(block, channel, worker);
  return true;
}

void Conditioner::scale_within_stretches(ConditionedBlock& block, std::size_t channel,
                                         std::size_t worker) {
  const float sigma = spread(block, channel, scratch_[worker]).sigma;  // as stored
  if (!(sigma > 0.0F)) return;
  ChannelScaling& scaling = block.scaling[channel];
  const float larger = 1.0F / (sigma * scaling.factor);
  scaling.factor = 1.0F / sigma;
  for (float& value : block.row(channel)) value *= larger;
}

// Sums over good channels, in the order of the channels.
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

// @return How many spectra were masked.
std::size_t Conditioner::mask_impulses(ConditionedBlock& block) {
  if (config_.impulse_sigma <= 0.0) return 0;
  sum_good_channels(block);
  std::copy(sums_.begin(), sums_.end(), impulses_.begin(block.samples).begin());
  const auto is_used = [&](std::size_t c) {
    return !block.flagged[c] && block.scaling[c].factor != 0.0F;
  };
  std::array<std::size_t, Impulses::most_sub_bands> goods{};
  for (std::size_t k = 0; k < impulses_.sub_bands(); ++k) {
    for (std::size_t rank = impulses_.first_rank(k); rank < impulses_.first_rank(k + 1); ++rank) {
      goods[k] += is_used(ranked_[rank]) ? 1 : 0;
    }
  }
  std::vector<std::uint8_t> valid(block.samples);
  for (std::size_t t = 0; t < block.samples; ++t) {
    valid[t] = block.fates[t] == Fate::searched && impulses_masked_[t] == 0 ? 1 : 0;
  }
  const auto add_sub_band = [&](std::size_t k, std::span<float> sums) {
    for (std::size_t rank = impulses_.first_rank(k); rank < impulses_.first_rank(k + 1); ++rank) {
      const auto row = block.row(ranked_[rank]);
      if (!is_used(ranked_[rank])) continue;
      for (std::size_t t = 0; t < row.size(); ++t) sums[t] += row[t];
    }
  };
  const auto impulse =
      impulses_.find(std::span{goods}.first(impulses_.sub_bands()), valid, add_sub_band);
  const auto found = static_cast<std::size_t>(std::count(impulse.begin(), impulse.end(), 1));
  if (found == 0) return 0;
  pool_.for_each(channels_, [&](std::size_t c, std::size_t) {
    const auto row = block.row(c);
    const auto weights = block.weight_row(c);
    for (std::size_t t = 0; t < row.size(); ++t) {
      if (impulse[t] == 0 || weights[t] != Weight::good) continue;
      row[t] = 0.0F;
      weights[t] = Weight::masked;
    }
  });
  for (std::size_t t = 0; t < block.samples; ++t) {
    if (impulse[t] != 0) impulses_masked_[t] = 1;
  }
  return found;
}

// The zero-DM series of the block, filtered or not.
void Conditioner::make_series(ConditionedBlock& block) {
  sum_good_channels(block);
  any_good_.assign(block.samples, 0);
  for (std::size_t t = 0; t < block.samples; ++t) {
    any_good_[t] = goods_[t] == 0 ? 0 : 1;
    block.zero_dm[t] = goods_[t] == 0 ? 0.0F : sums_[t] / static_cast<float>(goods_[t]);
  }
}

// Without a filter, what is slow in the series is subtracted, if that is not noise.
void Conditioner::filter_zero_dm(ConditionedBlock& block) {
  std::vector<float>& means = block.zero_dm;
  if (config_.zero_dm == ZeroDm::off && level_ == BlockLevel::steady) {
    std::fill(means.begin(), means.end(), 0.0F);
  } else if (config_.zero_dm == ZeroDm::off) {
    band_level_.keep(means, any_good_);
  }
  double power = 0.0;
  for (const float mean : means) power += static_cast<double>(mean) * static_cast<double>(mean);
  if (power == 0.0) return;
  pool_.for_each(channels_, [&](std::size_t c, std::size_t) {
    const auto row = block.row(c);
    const auto weights = block.weight_row(c);
    float share = 1.0F;
    if (config_.zero_dm != ZeroDm::plain) {
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
    block.scaling[c].share = share;
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
