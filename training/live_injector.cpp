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
  if (rule.every && !(rule.every->value() > 0.0)) {
    throw ConfigError(fmt::format("injection: found {} s between two bursts, expected more than 0",
                                  rule.every->value()));
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
  take_next(0);
}

PlannedBurst LiveInjector::plan(const Burst& burst) const {
  const SampleRange range =
      BurstTemplate{burst, observation_.frequency, observation_.time.sample_time}.range();
  const auto sample = [](std::int64_t n) {
    return static_cast<std::uint64_t>(std::max(n, std::int64_t{0}));
  };
  return {burst, sample(range.first), sample(range.end)};
}

void LiveInjector::take_next(std::uint64_t sample) {
  measured_ = 0;
  for (auto& values : values_) values.clear();
  next_ = {};
  if (!requested_.empty()) {
    next_ = std::move(requested_.front());
    requested_.pop_front();
  } else if (rule_.every) {
    draw_next(sample);
  } else {
    next_.planned.first = next_.planned.end = endless;
  }
}

// The next one of the rule's whose noise can still be measured from `sample` on.
void LiveInjector::draw_next(std::uint64_t sample) {
  do {
    next_.number = next_number_;
    next_number_ += beams_;
    next_.planned = plan(draw_burst(rule_, observation_, next_.number));
  } while (next_.planned.first < sample + noise_spectra);
}

PlannedBurst LiveInjector::request(std::uint64_t number, const Burst& burst) {
  const std::lock_guard lock{mutex_};
  const bool has_begun = next_.set || next_.planned.first < seen_ + noise_spectra;
  const bool stays = next_.requested || has_begun;
  std::uint64_t free = stays ? std::max(seen_, next_.planned.end) : seen_;
  if (!requested_.empty()) free = requested_.back().planned.end;

  const Seconds sample_time = observation_.time.sample_time;
  Burst placed = burst;
  placed.toa = Seconds{};
  const std::int64_t before =
      BurstTemplate{placed, observation_.frequency, sample_time}.range().first;
  // One sample more, for what rounding makes of the product.
  const std::int64_t at = static_cast<std::int64_t>(free + noise_spectra) - before + 1;
  placed.toa = static_cast<double>(at) * sample_time;

  Next next;
  next.number = number;
  next.requested = true;
  next.planned = plan(placed);
  const PlannedBurst planned = next.planned;
  requested_.push_back(std::move(next));
  if (!stays) {
    if (rule_.every) next_number_ = next_.number;  // comes again if there is room behind
    take_next(seen_);
  }
  return planned;
}

void LiveInjector::measure(const FilterbankChunk& chunk) {
  const std::uint64_t from = std::max(chunk.first(), next_.planned.first - noise_spectra);
  const std::uint64_t to = std::min(chunk.end(), next_.planned.first);
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
    take_next(next_.planned.end);
    return;
  }
  next_.set.emplace(std::vector<Burst>{next_.planned.burst}, observation_, RecordedParts{live, {}});
  InjectedBurst made;
  made.number = next_.number;
  made.requested = next_.requested;
  made.truth = next_.set->truth().front();
  made.tolerance = match_tolerance(made.truth, truth_of(observation_, rule_.seed));
  made.end = next_.planned.end;
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
  const std::uint64_t from = std::max(chunk.first(), next_.planned.first);
  const std::uint64_t to = std::min(chunk.end(), next_.planned.end);
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
  const std::lock_guard lock{mutex_};
  seen_ = chunk.end();
  copied_ = false;
  while (next_.planned.first < chunk.end() + noise_spectra) {
    if (!next_.set) {
      measure(chunk);
      if (chunk.end() <= next_.planned.first) break;
      begin();
      if (!next_.set) continue;
    }
    add_to_copy(chunk);
    if (chunk.end() < next_.planned.end) break;
    take_next(next_.planned.end);
  }
  if (!copied_) return chunk;
  return {chunk.first(), chunk.samples(), chunk.channels(), chunk.format(),
          bytes_,        chunk.gaps(),    chunk.holes()};
}

}  // namespace draftstream
