#include "engine/tree/byte_conditioner.hpp"

#include <hwy/cache_control.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>

#include "engine/channel_order.hpp"
#include "engine/condition_rules.hpp"
#include "engine/median.hpp"
#include "engine/tree/byte_transpose.hpp"
#include "engine/tree/rows_of_spectra.hpp"
#include "engine/zeroed_memory.hpp"

namespace draftstream {
namespace {

constexpr std::size_t ranks_a_task = 16;
constexpr std::size_t times_a_task = weighted_times;

constexpr std::size_t tasks(std::size_t count, std::size_t a_task) {
  return (count + a_task - 1) / a_task;
}

// Asks for a row ahead of its use: rows lie too far apart for the machine to guess. (The compiler
// takes calls of a function that only prefetches for doing nothing.)
[[gnu::always_inline]] inline void prefetch(std::span<const std::uint8_t> row) {
  for (std::size_t t = 0; t < row.size(); t += cache_line) hwy::Prefetch(row.data() + t);
}

}  // namespace

ByteConditioner::ByteConditioner(const FrequencyAxis& frequency, SampleFormat format,
                                 const ConditionConfig& config, WorkerPool& pool)
    : format_{format},
      config_{config},
      pool_{pool},
      channels_{frequency.channels()},
      channels_a_group_{std::clamp(rounded_up(tasks(channels_, pool.threads()), tile_channels),
                                   tile_channels, most_rows_at_once)},
      measures_{format, config, pool.threads()},
      spectral_flags_{config, channels_},
      impulses_{frequency, config.impulse_sigma},
      dropouts_{format, pool},
      holes_{format, config, pool.threads()},
      ranked_{channels_by_rank(frequency)},
      rank_of_(channels_),
      extremes_(channels_),
      unsteady_(channels_),
      spreads_(channels_),
      period_strengths_(channels_),
      flag_work_(channels_),
      masked_(channels_),
      gains_(channels_),
      sub_bands_(impulses_.sub_bands()) {
  config_.masked_channels = checked_mask(std::move(config_.masked_channels), channels_);
  for (std::uint32_t rank = 0; rank < channels_; ++rank) rank_of_[ranked_[rank]] = rank;
  large_gains_.reserve(channels_);
}

void ByteConditioner::condition(const FilterbankChunk& chunk, std::size_t skipped,
                                const QuantisedRows& rows, QuantisedBlock& block,
                                const RowsWritten& written) {
  // Loops over the pool see their data as members: a function object that holds `this` alone needs
  // no memory.
  chunk_ = &chunk;
  block_ = &block;
  rows_ = rows;
  written_ = &written;
  skipped_ = skipped;
  begin(chunk);
  level_ = BlockLevel::steady;
  // Rows are measured while they lie in cache, as if no spectrum were a dropout, which is rare.
  measures_.begin(std::span{valid_}.first(padded_), samples_, level_);
  pool_.for_each(tasks(channels_, channels_a_group_),
                 [this](std::size_t group, std::size_t worker) {
                   const std::size_t begin = group * channels_a_group_;
                   const std::size_t end = std::min(begin + channels_a_group_, channels_);
                   make_rows(begin, end);
                   for (std::size_t c = begin; c < end; ++c) {
                     if (c + 1 < end) prefetch(row(rank_of_[c + 1]));
                     measure(rank_of_[c], worker);
                   }
                 });
  dropouts_.find({bytes_, stride_}, extremes_, holes_, block_->fates);
  if (drop_invalid()) measure_again();
  flag_channels();
  sum_channels();
  bool again = are_many(mask_impulses(), samples_);
  make_series();
  if (band_level_.wanders(std::span{series_}.first(samples_), valid_)) {
    level_ = BlockLevel::wanders;
    again = true;
  }
  if (again) {
    measure_again();
    flag_channels();
    sum_channels();
    mask_impulses();
    make_series();
  }
  make_filter();
  pool_.for_each(tasks(channels_, ranks_a_task), [this](std::size_t task, std::size_t) {
    const std::size_t begin = task * ranks_a_task;
    const std::size_t end = std::min(begin + ranks_a_task, channels_);
    write(begin, end);
    if (*written_) (*written_)(begin, end);
  });
  settle();
}

void ByteConditioner::measure_again() {
  measures_.begin(std::span{valid_}.first(padded_), samples_, level_);
  pool_.for_each(tasks(channels_, ranks_a_task), [this](std::size_t task, std::size_t worker) {
    const std::size_t end = std::min((task + 1) * ranks_a_task, channels_);
    for (std::size_t rank = task * ranks_a_task; rank < end; ++rank) measure(rank, worker);
  });
}

void ByteConditioner::begin(const FilterbankChunk& chunk) {
  assert(chunk.channels() == channels_ && chunk.format() == format_);
  assert(skipped_ <= chunk.samples());
  samples_ = chunk.samples();
  padded_ = rounded_up(samples_, times_a_task);
  if (skipped_ == 0 && padded_ == samples_) {
    // A byte becomes its quantised value in its place.
    bytes_ = reinterpret_cast<std::uint8_t*>(rows_.first);
    stride_ = rows_.stride;
  } else {
    stride_ = padded_ + 2 * cache_line;  // a last line may begin anywhere
    if (own_bytes_.size() < channels_ * stride_) own_bytes_.resize(channels_ * stride_);
    bytes_ = own_bytes_.data();
  }

  block_->channels = channels_;
  block_->samples = samples_;
  block_->fates.assign(samples_, Fate::searched);
  block_->spectra.assign(samples_, Weight::missing);
  block_->flagged.assign(channels_, false);
  block_->scaling.assign(channels_, ChannelScaling{});
  block_->zero_dm.assign(samples_, 0.0F);

  dither_.reserve(padded_ + cache_line);

  // Behind the samples nothing is valid; one line more, for what is written from skipped_ on.
  valid_.assign(padded_ + cache_line, 0);
  series_.assign(padded_ + skipped_ + cache_line, 0.0F);
  ordered_.assign(padded_, 0.0F);
  integers_.assign(padded_, 0);
  sums_.resize(sub_bands_.size() * padded_);
  totals_.resize(padded_);
  std::fill_n(valid_.begin(), samples_, std::uint8_t{255});
  for (const Gap& gap : chunk.gaps()) {
    for (std::uint64_t i = gap.first; i < gap.end(); ++i) {
      block_->fates[i - chunk.first()] = gap.fate;
      valid_[i - chunk.first()] = 0;
    }
  }
  holes_.begin(chunk, rank_of_, std::span{valid_}.first(padded_));
}

void ByteConditioner::make_rows(std::size_t begin, std::size_t end) {
  std::array<std::uint8_t*, most_rows_at_once> rows;  // NOLINT(*-member-init)
  for (std::size_t c = begin; c < end; ++c) rows[c - begin] = bytes_ + rank_of_[c] * stride_;
  rows_of_spectra(*chunk_, begin, std::span{rows}.first(end - begin), padded_);
  for (std::size_t c = begin; c < end; ++c) {
    for (const BlockHoles::Run& run : holes_.of(rank_of_[c])) {
      std::fill_n(rows[c - begin] + run.first, run.end - run.first, std::uint8_t{0});
    }
  }
}

// True: there are spectra that are no longer valid.
bool ByteConditioner::drop_invalid() {
  bool dropped = false;
  for (std::size_t t = 0; t < samples_; ++t) {
    if (valid_[t] == 0 || block_->fates[t] == Fate::searched) continue;
    valid_[t] = 0;
    dropped = true;
  }
  return dropped;
}

void ByteConditioner::measure(std::size_t rank, std::size_t worker) {
  if (holes_.of(rank).empty()) return measure(rank, valid_.data(), measures_, worker);
  ByteHoles::Channel& own = holes_.measures(rank, worker, std::span{valid_}.first(padded_), level_);
  measure(rank, own.valid.data(), own.measures, 0);
}

void ByteConditioner::measure(std::size_t rank, const std::uint8_t* valid, ByteChannels& measures,
                              std::size_t worker) {
  const std::size_t channel = ranked_[rank];
  ByteChannelMeasure measured;
  const bool given_up = config_.masked_channels[channel] || block_->flagged[channel];
  if (given_up && measures.valid_samples() != 0) {
    measured.unsteadiness.fill(std::numeric_limits<float>::quiet_NaN());
    measured.spread = spread_of({}, {});
    measured.period_strength = std::numeric_limits<float>::quiet_NaN();
    measured.range = extremes(row(rank), valid);
  } else {
    measured = measures.measure(row(rank), worker);
  }
  extremes_[rank] = measured.range;
  masked_[rank] = measured.usable ? 0 : 1;
  block_->scaling[channel] = measured.scaling;
  unsteady_[channel] = measured.unsteadiness;
  spreads_[channel] = measured.spread;
  period_strengths_[channel] = measured.period_strength;
}

void ByteConditioner::flag_channels() {
  for (std::size_t rank = 0; rank < channels_; ++rank) {
    block_->flagged[ranked_[rank]] = masked_[rank] != 0;
  }
  if (config_.flag_channels) flag_outstanding(unsteady_, flag_work_, block_->flagged);
  spectral_flags_.flag(spreads_, samples_ / spread_stretch, block_->flagged);
  if (config_.flag_periodic) flag_periodic(period_strengths_, flag_work_, block_->flagged);
}

// In pieces of time, so that what all rows are compared with stays in the first cache.
void ByteConditioner::write(std::size_t begin, std::size_t end) {
  std::array<std::int64_t, ranks_a_task> products{};
  if (integer_power_ != 0 && config_.zero_dm != ZeroDm::plain) {
    for (std::size_t t = 0; t < padded_; t += times_a_task) {
      for (std::size_t rank = begin; rank < end; ++rank) {
        if (is_flagged(rank)) continue;
        if (rank + 1 < channels_) prefetch(row(rank + 1).subspan(t, times_a_task));
        products[rank - begin] += dot(row(rank).subspan(t, times_a_task), integers_.data() + t);
      }
    }
  }
  std::array<ByteScale, ranks_a_task> scales;
  for (std::size_t rank = begin; rank < end; ++rank) {
    if (!is_flagged(rank)) scales[rank - begin] = scale_of(rank, products[rank - begin]);
  }
  const std::size_t count = samples_ - skipped_;
  for (std::size_t t = 0; t < count; t += times_a_task) {
    const std::size_t length = std::min(times_a_task, count - t);
    for (std::size_t rank = begin; rank < end; ++rank) {
      std::int8_t* const out = rows_.first + rank * rows_.stride + t;
      if (is_flagged(rank)) {
        std::fill_n(out, length, std::int8_t{0});
      } else {
        write_piece(rank, scales[rank - begin], t, {out, length});
      }
    }
  }
  for (std::size_t rank = begin; rank < end; ++rank) blank_holes(rank);
}

// Of what was written.
void ByteConditioner::blank_holes(std::size_t rank) {
  for (const BlockHoles::Run& run : holes_.of(rank)) {
    if (run.end <= skipped_) continue;
    const std::size_t first = std::max<std::size_t>(run.first, skipped_);
    std::fill_n(rows_.first + rank * rows_.stride + first - skipped_, run.end - first,
                std::int8_t{0});
  }
}

// @param product  Of the bytes and z as integers.
ByteScale ByteConditioner::scale_of(std::size_t rank, std::int64_t product) {
  ChannelScaling& scaling = block_->scaling[ranked_[rank]];
  const float mean = scaling.mean + static_cast<float>(measures_.zero());
  if (integer_power_ != 0) {
    scaling.share = 1.0F;
    if (config_.zero_dm != ZeroDm::plain) {
      // Regression of value on z, both known by their integers, where the channel has data.
      std::int64_t sum = integer_sum_;
      std::int64_t power = integer_power_;
      for (const BlockHoles::Run& run : holes_.of(rank)) {
        for (std::size_t t = run.first; t < run.end; ++t) {
          sum -= integers_[t];
          power -= std::int64_t{integers_[t]} * integers_[t];
        }
      }
      const double above =
          static_cast<double>(product) - static_cast<double>(mean) * static_cast<double>(sum);
      scaling.share = power == 0 ? 0.0F
                                 : static_cast<float>(static_cast<double>(scaling.factor) * above *
                                                      integer_scale_ / static_cast<double>(power));
    }
  }
  return {mean, scaling.factor * steps_a_sigma, scaling.share * steps_a_sigma, largest_};
}

// @param t  Of the samples that are written.
void ByteConditioner::write_piece(std::size_t rank, const ByteScale& scale, std::size_t t,
                                  std::span<std::int8_t> out) const {
  const bool dithered = scale.gain > most_steps_undithered;
  const std::size_t place = skipped_ + t;
  const std::uint8_t* const dither =
      dithered ? dither_.of(rank, chunk_->first()).data() + place : nullptr;
  const auto from = [&](std::size_t i, std::size_t length, std::int8_t* to) {
    const std::span source{row(rank).data() + place + i, length};
    quantise(source, valid_.data() + place + i, ordered_.data() + t + i, scale,
             dithered ? dither + i : nullptr, to);
  };
  const std::size_t whole = out.size() / row_granule * row_granule;
  from(0, whole, out.data());
  if (whole < out.size()) {
    std::array<std::int8_t, row_granule> rest{};
    from(whole, row_granule, rest.data());
    std::copy_n(rest.begin(), out.size() - whole, out.data() + whole);
  }
}

void ByteConditioner::settle() {
  block_->good_samples = 0;
  for (std::size_t t = 0; t < samples_; ++t) {
    if (holes_.any() && block_->fates[t] == Fate::searched) settle_holes(t);
    if (block_->spectra[t] == Weight::masked) block_->fates[t] = Fate::masked;
    block_->good_samples += block_->fates[t] == Fate::searched ? 1 : 0;
  }
}

// A spectrum without a good channel: others have data there, or none has.
void ByteConditioner::settle_holes(std::size_t t) {
  if (holes_.channels_lost(t) == channels_) {
    block_->fates[t] = Fate::invalid;
    block_->spectra[t] = Weight::missing;
  } else if (holes_.goods_lost(t) == good_channels_) {
    block_->spectra[t] = Weight::masked;
  }
}

}  // namespace draftstream
