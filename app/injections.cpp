#include "app/injections.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr std::size_t outcomes_kept = 100;
constexpr double tolerances = 3.0;  // so that no weaker trace of it is taken for a burst
constexpr Seconds patience{1.0};    // beyond the tolerance

FoundPulse pulse_of(const Candidate& candidate, Seconds sample_time) {
  return {"", candidate.toa, candidate.dm, candidate.snr,
          static_cast<double>(candidate.boxcar_samples) * sample_time};
}

MatchTolerance widened(const MatchTolerance& tolerance) {
  return {tolerances * tolerance.time, tolerances * tolerance.dm};
}

std::string name_of(std::uint64_t number, bool requested) {
  return fmt::format("injection-{}{:06d}", requested ? "r" : "", number);
}

std::string name_of(const InjectedBurst& burst) {
  return name_of(burst.number, burst.requested);
}

}  // namespace

Injections::Injections(const std::vector<const Observation*>& beams, const InjectionRule& rule)
    : ended_(beams.size(), false) {
  for (std::size_t i = 0; i < beams.size(); ++i) {
    observations_.push_back(*beams[i]);
    injectors_.push_back(
        std::make_unique<LiveInjector>(*beams[i], rule, i, beams.size(),
                                       [this, i](const InjectedBurst& burst) { made(i, burst); }));
  }
}

void Injections::made(std::size_t beam, const InjectedBurst& burst) {
  const Burst& drawn = burst.truth.burst;
  spdlog::info("{}: S/N {:.1f} at {:.3f} s, DM {:.1f}", name_of(burst), burst.truth.boxcar_snr,
               drawn.toa.value(), drawn.dm.value());
  const std::lock_guard lock{mutex_};
  ++made_;
  pending_.push_back({beam, burst, 0.0});
}

PlannedInjection Injections::request(std::size_t beam, const InjectionRequest& wanted) {
  {
    const std::lock_guard lock{mutex_};
    if (ended_.at(beam)) {
      throw TryAgain("injection: found an observation at its end, expected one that goes on");
    }
  }
  Burst burst;
  burst.dm = wanted.dm;
  burst.snr = wanted.snr;
  burst.width = wanted.width;
  const std::uint64_t number = ++requests_;
  const PlannedBurst planned = injectors_[beam]->request(number, burst);
  const Seconds toa = planned.burst.toa;
  const double sample = std::round(toa / observations_[beam].time.sample_time);
  return {name_of(number, true), toa, static_cast<std::uint64_t>(sample)};
}

std::optional<std::string> Injections::claim(std::size_t beam, const Candidate& candidate) {
  const FoundPulse pulse = pulse_of(candidate, observations_.at(beam).time.sample_time);
  const std::lock_guard lock{mutex_};
  const auto place = place_of(beam, pulse);
  if (!place) return std::nullopt;
  Pending& pending = pending_[*place];
  if (is_match(pulse, pending.burst.truth, pending.burst.tolerance)) {
    pending.found_snr = std::max(pending.found_snr, candidate.snr);
  }
  return name_of(pending.burst);
}

std::optional<std::string> Injections::injection_of(std::size_t beam,
                                                    const Candidate& candidate) const {
  const FoundPulse pulse = pulse_of(candidate, observations_.at(beam).time.sample_time);
  const std::lock_guard lock{mutex_};
  const auto place = place_of(beam, pulse);
  return place ? std::optional{name_of(pending_[*place].burst)} : std::nullopt;
}

// Of the pending burst that it is of. Called with the mutex held.
std::optional<std::size_t> Injections::place_of(std::size_t beam, const FoundPulse& pulse) const {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const InjectedBurst& burst = pending_[i].burst;
    const MatchTolerance wide = widened(burst.tolerance);
    if (pending_[i].beam == beam && is_match(pulse, burst.truth, wide)) return i;
  }
  return std::nullopt;
}

void Injections::settled(std::size_t beam, std::uint64_t sample) {
  const std::lock_guard lock{mutex_};
  std::erase_if(pending_, [&](const Pending& pending) {
    if (pending.beam != beam) return false;
    const TimeAxis& time = observations_[beam].time;
    const Seconds last =
        pending.burst.truth.boxcar_toa + tolerances * pending.burst.tolerance.time + patience;
    if (time.since_start(static_cast<double>(sample)) < last) return false;
    conclude(pending);
    return true;
  });
}

void Injections::ended(std::size_t beam, std::uint64_t samples) {
  const std::lock_guard lock{mutex_};
  ended_.at(beam) = true;
  std::erase_if(pending_, [&](const Pending& pending) {
    if (pending.beam != beam) return false;
    if (pending.burst.end <= samples) conclude(pending);
    return true;
  });
}

// Called with the mutex held.
void Injections::conclude(const Pending& pending) {
  const double true_snr = pending.burst.truth.boxcar_snr;
  if (pending.found_snr > 0.0) {
    ++found_;
    spdlog::info("{}: found with S/N {:.1f} of {:.1f}", name_of(pending.burst), pending.found_snr,
                 true_snr);
  } else {
    ++missed_;
    spdlog::warn("{}: missed; it had S/N {:.1f}", name_of(pending.burst), true_snr);
  }
  last_.push_back({true_snr, pending.found_snr});
  if (last_.size() > outcomes_kept) last_.pop_front();
}

InjectionSummary Injections::summary() const {
  InjectionSummary summary;
  const std::lock_guard lock{mutex_};
  summary.made = made_;
  summary.found = found_;
  summary.missed = missed_;
  for (const auto& injector : injectors_) summary.left_out += injector->left_out();
  summary.last = last_.size();
  std::vector<double> ratios;
  for (const Outcome& outcome : last_) {
    if (outcome.found_snr > 0.0) ratios.push_back(outcome.found_snr / outcome.true_snr);
  }
  if (!last_.empty()) {
    summary.recall = static_cast<double>(ratios.size()) / static_cast<double>(last_.size());
  }
  if (!ratios.empty()) {
    const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
    std::nth_element(ratios.begin(), middle, ratios.end());
    summary.snr_ratio = *middle;
  }
  return summary;
}

}  // namespace draftstream
