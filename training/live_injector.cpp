#include "training/live_injector.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "training/burst_adder.hpp"
#include "training/random.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t endless = std::uint64_t{1} << 53;  // samples that a stream may have
constexpr double longest_sweep = 0.25;                     // of the time between two bursts

void check(const InjectionRule& rule) {
  const auto check_range = [](double low, double high, const char* what) {
    if (low > 0.0 && low <= high) return;
    throw ConfigError(
        fmt::format("injection: {}: found {} to {}, expected 0 < low <= high", what, low, high));
  };
  if (!(rule.every && rule.every->value() > 0.0)) {
    throw ConfigError("injection: found no time between two bursts, expected one above 0 s");
  }
  check_range(rule.snr_min, rule.snr_max, "S/N");
  check_range(rule.width_min.value(), rule.width_max.value(), "width [s]");
  check_range(rule.dm_min.value(), rule.dm_max.value(), "DM [pc cm^-3]");
}

bool in_gap(const FilterbankChunk& chunk, std::uint64_t sample) {
  return std::ranges::any_of(
      chunk.gaps(), [sample](const Gap& gap) { return sample >= gap.first && sample < gap.end(); });
}

Burst draw_burst(const InjectionRule& rule, const Observation& observation, std::uint64_t number) {
  const FrequencyAxis& band = observation.frequency;
  const double every = rule.every->value();
  const double sweep =
      dispersion_delay(DispersionMeasure{1.0}, band.lowest(), band.highest()).value();
  const double dm_max =
      std::max(rule.dm_min.value(),
               sweep > 0.0 ? std::min(rule.dm_max.value(), longest_sweep * every / sweep)
                           : rule.dm_max.value());
  const double narrowest =
      std::max(rule.width_min.value(), 2.0 * observation.time.sample_time.value());
  RandomEngine engine = random_engine(rule.seed, RandomStream::injection, number);
  Burst burst;
  burst.toa = Seconds{every * (static_cast<double>(number) + 0.5 * uniform(engine))};
  burst.dm = DispersionMeasure{log_uniform(engine, rule.dm_min.value(), dm_max)};
  burst.snr = log_uniform(engine, rule.snr_min, rule.snr_max);
  burst.width =
      Seconds{log_uniform(engine, narrowest, std::max(narrowest, rule.width_max.value()))};
  return burst;
}

}  // namespace

LiveInjector::LiveInjector(const Observation& observation, const InjectionRule& rule,
                           std::size_t place, std::size_t beams, Made made)
    : observation_{observation},
      rule_{rule},
      beams_{beams},
      made_{std::move(made)},
      next_number_{place + 1},
      values_(observation.frequency.channels()) {
  check(rule);
  observation_.samples = endless;
  draw_next(0);
}

// The next one whose noise can still be measured from `sample` on.
void LiveInjector::draw_next(std::uint64_t sample) {
  while (true) {
    next_ = {};
    next_.number = next_number_;
    next_number_ += beams_;
    next_.burst = draw_burst(rule_, observation_, next_.number);
    const SampleRange range =
        BurstTemplate{next_.burst, observation_.frequency, observation_.time.sample_time}.range();
    if (range.first >= static_cast<std::int64_t>(sample + noise_spectra)) {
      next_.first = static_cast<std::uint64_t>(range.first);
      next_.end = static_cast<std::uint64_t>(range.end);
      break;
    }
  }
  measured_ = 0;
  for (auto& values : values_) values.clear();
}

void LiveInjector::measure(const FilterbankChunk& chunk) {
  const std::uint64_t from = std::max(chunk.first(), next_.first - noise_spectra);
  const std::uint64_t to = std::min(chunk.end(), next_.first);
  spectra_.resize(values_.size());
  for (std::uint64_t sample = from; sample < to; ++sample) {
    if (in_gap(chunk, sample)) continue;
    unpack_spectrum(chunk.spectrum(sample - chunk.first()), chunk.format(), spectra_);
    for (const Hole& hole : chunk.holes()) {
      if (sample < hole.first || sample >= hole.end()) continue;
      std::fill_n(spectra_.begin() + static_cast<std::ptrdiff_t>(hole.first_channel), hole.channels,
                  std::numeric_limits<float>::quiet_NaN());
    }
    for (std::size_t c = 0; c < values_.size(); ++c) {
      if (std::isfinite(spectra_[c])) values_[c].push_back(spectra_[c]);
    }
    ++measured_;
  }
}

// The noise is known: makes the burst, or leaves it out.
void LiveInjector::begin() {
  noise_ = noise_of(values_, observation_.format);
  const std::vector<bool> live = noise_.live();
  const bool is_possible =
      measured_ >= noise_spectra / 2 && std::ranges::find(live, true) != live.end();
  if (!is_possible) {
    ++left_out_;
    draw_next(next_.end);
    return;
  }
  next_.set.emplace(std::vector<Burst>{next_.burst}, observation_, RecordedParts{live, {}});
  InjectedBurst made;
  made.number = next_.number;
  made.truth = next_.set->truth().front();
  made.tolerance = match_tolerance(made.truth, truth_of(observation_, rule_.seed));
  made.end = next_.end;
  made_(made);
}

void LiveInjector::add_to_copy(const FilterbankChunk& chunk) {
  const std::size_t channels = chunk.channels();
  const std::size_t row = chunk.format().spectrum_bytes(channels);
  if (!copied_) {
    bytes_.resize(chunk.samples() * row);
    for (std::size_t t = 0; t < chunk.samples(); ++t) {
      std::ranges::copy(chunk.spectrum(t), bytes_.begin() + static_cast<std::ptrdiff_t>(t * row));
    }
    copied_ = true;
  }
  const std::uint64_t from = std::max(chunk.first(), next_.first);
  const std::uint64_t to = std::min(chunk.end(), next_.end);
  BurstAdder adder{*next_.set, chunk.gaps(), chunk.format(), noise_, rule_.seed};
  spectra_.resize((to - from) * channels);
  const auto stored = [&](std::uint64_t sample) {
    return std::span{bytes_}.subspan((sample - chunk.first()) * row, row);
  };
  const auto values = [&](std::uint64_t sample) {
    return std::span{spectra_}.subspan((sample - from) * channels, channels);
  };
  for (std::uint64_t n = from; n < to; ++n) unpack_spectrum(stored(n), chunk.format(), values(n));
  adder.add(from, spectra_);
  for (std::uint64_t n = from; n < to; ++n) pack_spectrum(values(n), chunk.format(), stored(n));
}

FilterbankChunk LiveInjector::add(const FilterbankChunk& chunk) {
  copied_ = false;
  while (next_.first < chunk.end() + noise_spectra) {
    if (!next_.set) {
      measure(chunk);
      if (chunk.end() <= next_.first) break;
      begin();
      if (!next_.set) continue;
    }
    add_to_copy(chunk);
    if (chunk.end() < next_.end) break;
    draw_next(next_.end);
  }
  if (!copied_) return chunk;
  return {chunk.first(), chunk.samples(), chunk.channels(), chunk.format(),
          bytes_,        chunk.gaps(),    chunk.holes()};
}

}  // namespace draftstream
