#include "engine/tree/byte_channels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/condition_rules.hpp"
#include "engine/tree/byte_stretches.hpp"

namespace draftstream {
namespace {

constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t powers_at_once = 16;  // stretch_powers() takes whole vectors of floats

}  // namespace

static_assert(spread_stretch == stretch_samples.back(), "one sum serves both");
static_assert(period_stretch == stretch_samples.front(), "one sum serves both");
static_assert(stretch_samples == std::array<std::size_t, 3>{8, 64, 512}, "added in eights");

ByteChannels::ByteChannels(SampleFormat format, const ConditionConfig& config, std::size_t threads)
    : format_{format},
      flag_channels_{config.flag_channels},
      spread_wanted_{config.flag_kurtosis || config.flag_iqrm},
      periods_wanted_{config.flag_periodic},
      workers_(threads),
      periodicity_{config.flag_periodic ? threads : 0} {
  picks_.places.reserve(clipping::start_samples);
}

void ByteChannels::begin(std::span<const std::uint8_t> valid, std::size_t samples,
                         BlockLevel level) {
  valid_ = valid;
  samples_ = samples;
  level_ = level;
  valid_samples_ = static_cast<std::size_t>(std::count(valid.begin(), valid.end(), 255));
  std::vector<std::uint32_t>& places = picks_.places;
  places.clear();
  const std::size_t picks = std::min(valid_samples_, clipping::start_samples);
  std::size_t seen = 0;
  std::size_t next = 0;
  for (std::size_t t = 0; places.size() < picks; ++t) {
    if (valid[t] == 0 || seen++ != next) continue;
    places.push_back(static_cast<std::uint32_t>(t));
    next = places.size() * valid_samples_ / picks;
  }
  picks_.eighths = valid_samples_ == 8 * clipping::start_samples && valid_samples_ == valid.size();
  for (std::size_t i = 0; i < stretch_samples.size(); ++i) {
    const std::size_t length = stretch_samples[i];
    const std::size_t count =
        (valid.size() / length + powers_at_once - 1) / powers_at_once * powers_at_once;
    Stretches& stretches = stretches_[i];
    stretches.goods.assign(count, 0.0F);
    stretches.weights.assign(count, 0.0F);
    stretches.usable = 0;
    for (std::size_t s = 0; (s + 1) * length <= samples; ++s) {
      const auto here = valid.subspan(s * length, length);
      const auto good = static_cast<std::size_t>(std::count(here.begin(), here.end(), 255));
      if (2 * good < length) continue;
      stretches.goods[s] = static_cast<float>(good);
      stretches.weights[s] = 1.0F / static_cast<float>(good);
      ++stretches.usable;
    }
    for (Worker& worker : workers_) worker.sums[i].assign(count, 0);
  }
  periodicity_.begin(samples);
  for (Worker& worker : workers_) {
    worker.squares.resize(valid.size() / row_granule);
    worker.powers.resize(stretches_.front().goods.size());
    worker.sigmas.resize(stretches_.back().goods.size());
    worker.variations.resize(stretches_.back().goods.size());
  }
}

ByteChannelMeasure ByteChannels::measure(std::span<const std::uint8_t> row, std::size_t number) {
  Worker& worker = workers_[number];
  ByteChannelMeasure result;
  result.unsteadiness.fill(unknown);
  result.spread = {unknown, unknown};
  result.period_strength = unknown;
  if (valid_samples_ == 0) {  // no data, which is not the channel's fault
    result.usable = true;
    return result;
  }
  const bool clip = format_.bits > 2;
  const ChannelScale start = clip ? scale_of_quartiles(row, picks_) : ChannelScale{};
  const std::uint8_t* const valid = valid_samples_ == valid_.size() ? nullptr : valid_.data();
  survey(row, valid, hardly_clipped(start), worker.sums.front().data(), worker.survey);
  result.range = worker.survey.range;
  if (valid_samples_ < clipping::fewest_samples) return result;
  const ChannelScale scale = robust_byte_scale(row, valid_.data(), start, worker.survey, clip);
  const bool too_few =
      static_cast<double>(valid_samples_) < least_valid_fraction * static_cast<double>(samples_);
  if (scale.sigma == 0.0 || too_few) return result;
  if (flag_channels_ && can_saturate(format_) && saturated(row, result.range)) return result;
  result.usable = true;
  result.scaling = {static_cast<float>(scale.mean - zero()), static_cast<float>(1.0 / scale.sigma),
                    0.0F};
  const bool within_stretches = level_ == BlockLevel::wanders;
  if (!flag_channels_ && !spread_wanted_ && !periods_wanted_ && !within_stretches) return result;
  sum_longer_stretches(row.size(), worker);
  if (within_stretches) {
    const float sigma = spread_of_row(row, worker).sigma;
    if (sigma > 0.0F) result.scaling.factor = 1.0F / sigma;
  }
  if (flag_channels_) result.unsteadiness = unsteadiness_of(result.scaling, worker);
  if (spread_wanted_) result.spread = spread_of_row(row, worker);
  if (periods_wanted_) result.period_strength = period_strength(result.scaling, number);
  return result;
}

bool ByteChannels::saturated(std::span<const std::uint8_t> row, const ByteExtremes& range) const {
  std::uint64_t at_an_end = 0;
  for (const std::uint8_t end : {std::uint8_t{0}, std::uint8_t{255}}) {
    if (end != range.lowest && end != range.highest) continue;
    at_an_end += moments_within(row, valid_.data(), end, end).count;
  }
  return static_cast<double>(at_an_end) > saturated_fraction * static_cast<double>(valid_samples_);
}

// Those of the shortest come with the survey.
void ByteChannels::sum_longer_stretches(std::size_t samples, Worker& worker) {
  for (std::size_t i = 1; i < stretch_samples.size(); ++i) {
    add_eights(worker.sums[i - 1].data(),
               std::span{worker.sums[i]}.first(samples / stretch_samples[i]));
  }
}

Unsteadiness ByteChannels::unsteadiness_of(const ChannelScaling& scaling, Worker& worker) const {
  const float mean = scaling.mean + static_cast<float>(zero());
  const auto factor = static_cast<double>(scaling.factor);
  Unsteadiness result{};
  for (std::size_t i = 0; i < stretch_samples.size(); ++i) {
    const Stretches& stretches = stretches_[i];
    result[i] = unknown;
    if (stretches.usable < fewest_stretches) continue;
    const auto powers = std::span{worker.powers}.first(stretches.goods.size());
    stretch_powers(worker.sums[i], stretches.goods.data(), stretches.weights.data(), mean,
                   powers.data());
    const std::size_t left_out = stretches_left_out(stretches.usable);
    const auto typical = static_cast<float>(1.0 / (factor * factor));
    const double sum = sum_without_largest(powers, left_out, typical);
    result[i] = static_cast<float>(factor * factor * sum /
                                   static_cast<double>(stretches.usable - left_out));
  }
  return result;
}

float ByteChannels::period_strength(const ChannelScaling& scaling, std::size_t worker) {
  const double mean = static_cast<double>(scaling.mean) + zero();
  const Stretches& stretches = stretches_.front();
  const auto sums = periodicity_.sums(worker);
  for (std::size_t s = 0; s < sums.size(); ++s) {
    const auto good = static_cast<double>(stretches.goods[s]);  // 0 where too few
    const double above = static_cast<double>(workers_[worker].sums.front()[s]) - good * mean;
    sums[s] = Periodicity::normalised(static_cast<float>(above) * scaling.factor,
                                      static_cast<std::size_t>(stretches.goods[s]));
  }
  return periodicity_.strength(worker);
}

ChannelSpread ByteChannels::spread_of_row(std::span<const std::uint8_t> row, Worker& worker) const {
  square_stretches(row, valid_.data(), worker.squares.data());
  const Stretches& stretches = stretches_.back();
  constexpr std::size_t together = spread_stretch / row_granule;
  std::size_t count = 0;
  for (std::size_t s = 0; s < samples_ / spread_stretch; ++s) {
    if (stretches.weights[s] == 0.0F) continue;
    double squares = 0.0;  // whole numbers
    for (std::size_t k = 0; k < together; ++k) squares += worker.squares[s * together + k];
    const auto n = static_cast<double>(stretches.goods[s]);
    const double sum = worker.sums.back()[s];
    const double variance = std::max(0.0, squares - sum * sum / n) / (n - 1.0);
    worker.sigmas[count] = static_cast<float>(std::sqrt(variance));
    worker.variations[count++] = variation_of(sum / n - zero(), variance);
  }
  return spread_of(std::span{worker.sigmas}.first(count),
                   std::span{worker.variations}.first(count));
}

}  // namespace draftstream
