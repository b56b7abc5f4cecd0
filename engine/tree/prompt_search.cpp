#include "engine/tree/prompt_search.hpp"

#include <algorithm>
#include <utility>

#include "engine/cluster.hpp"
#include "engine/infer/judge.hpp"
#include "engine/tree/box_search.hpp"
#include "engine/tree/trial_peaks.hpp"

namespace draftstream {
namespace {

constexpr Seconds wanted_step{0.25};

constexpr std::size_t most_detections_a_step = 512;
constexpr std::size_t most_peaks_a_step = 4;  // each takes some 20 ms of one core
constexpr std::size_t most_known = 1024;
constexpr double worth_a_revision = 1.1;  // gain in S/N
constexpr double flank = 4.0;             // of a pulse at other trials [its widths of sweep]

SearchLimits limits_of_steps(const Observation& observation, const SearchLimits& full) {
  const auto wanted = static_cast<std::size_t>(wanted_step / observation.time.sample_time);
  SearchLimits limits = full;
  limits.block =
      std::min(std::max<std::size_t>(wanted / block_granule, 1) * block_granule, full.block);
  limits.widest = std::min(full.widest, static_cast<std::uint32_t>(limits.block / boxes_a_block));
  limits.noise_tiles = std::max<std::size_t>(1, full.block / limits.block);
  return limits;
}

// What is looked at of a pulse lies between its own sweep and this.
std::size_t noted(const SearchTrials& trials, const SearchLimits& limits, bool judged) {
  const std::size_t before = judged ? tile_grid::reach(limits.widest).before : 0;
  return trials.plan.longest_delay() + (limits.noise_tiles + 4) * limits.block +
         box_lag * trials.most_downsample() +
         static_cast<std::size_t>(TreeRefinement::lookback_samples) + before;
}

}  // namespace

PromptSearch::PromptSearch(const Observation& observation, const SearchConfig& config,
                           const SearchLimits& full, std::shared_ptr<const Networks> networks)
    : networks_{std::move(networks)},
      limits_{limits_of_steps(observation, full)},
      pool_{config.threads},
      trials_{plan_trials(observation, config, limits_.block, pool_.threads())},
      blocks_{observation, config, limits_, trials_, noted(trials_, limits_, networks_ != nullptr),
              pool_,       counts_},
      refinement_{observation, config, limits_, trials_, blocks_},
      looks_{networks_ != nullptr ? std::make_unique<LookMaker>(observation, pool_) : nullptr} {}

void PromptSearch::take(RawHistory& raw, const PromptSink& sink) {
  blocks_.take(raw, step(), step(), {});
  forget_old();
  const std::vector<Detection> peaks = new_peaks();
  if (peaks.empty()) return;
  for (LookedAt& one : look_at(peaks, raw)) tell(one.peak, std::move(one.candidate), sink);
}

void PromptSearch::pass(RawHistory& raw) {
  Shed all;
  all.block = true;
  ++prompt_counts_.steps_passed;
  blocks_.take(raw, step(), step(), all);
  waiting_.clear();
}

// A peak is seen at all other trials within a sweep before or after its own.
void PromptSearch::forget_old() {
  const std::uint64_t reach = 2 * trials_.plan.longest_delay() + 4 * step();
  std::erase_if(known_, [&](const Known& known) {
    return known.detection.end() + reach < blocks_.notes().end();
  });
}

// Brightest first. What is known, or explained by what is known, is not new.
std::vector<Detection> PromptSearch::new_peaks() {
  std::vector<Detection> detections;
  for (const auto& part : blocks_.parts()) {
    detections.insert(detections.end(), part->detections().begin(), part->detections().end());
  }
  sort_by_trial(detections);
  detections = peaks_of(detections);
  detections.insert(detections.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
  std::sort(detections.begin(), detections.end(), brighter);
  if (detections.size() > most_detections_a_step) detections.resize(most_detections_a_step);
  std::vector<Detection> peaks;
  std::vector<Detection> old;  // those of this step that are not new, and explain others
  for (const Detection& detection : detections) {
    const auto leaves_it = [&](const Detection& peak) {
      return explains(trials_.plan, peak, detection);
    };
    const auto peak = std::find_if(peaks.begin(), peaks.end(), leaves_it);
    if (peak != peaks.end()) {
      peak->members += detection.members;
    } else if (std::none_of(old.begin(), old.end(), leaves_it)) {
      (is_known(detection) ? old : peaks).push_back(detection);
    }
  }
  std::erase_if(peaks, [&](const Detection& peak) {
    if (!is_at_frontier(peak)) return false;
    waiting_.push_back(peak);
    return true;
  });
  if (peaks.size() > most_peaks_a_step) {
    prompt_counts_.peaks_dropped += peaks.size() - most_peaks_a_step;
    peaks.resize(most_peaks_a_step);
  }
  return peaks;
}

// Of a bright pulse, the trials below it are known first: what is the peak of these lies near the
// first trial that is not known yet. One step later that one is farther up.
bool PromptSearch::is_at_frontier(const Detection& peak) const {
  const DmPlan& plan = trials_.plan;
  const std::uint64_t tile = peak.first / step();
  std::size_t unknown = peak.trial + 1;
  while (unknown < plan.trials() && blocks_.part_of(unknown).has_described(unknown, tile)) {
    if (plan.sweep_samples(plan.trial(unknown) - plan.trial(peak.trial)) > flank * peak.width) {
      return false;
    }
    ++unknown;
  }
  return unknown < plan.trials();
}

bool PromptSearch::is_known(const Detection& detection) const {
  return std::any_of(known_.begin(), known_.end(), [&](const Known& known) {
    return detection.snr < worth_a_revision * known.detection.snr &&
           explains(trials_.plan, known.detection, detection);
  });
}

// Those of which nothing is left at a closer look are not among them, nor those that cross a step
// that was passed, whose samples are not missing at all.
std::vector<PromptSearch::LookedAt> PromptSearch::look_at(const std::vector<Detection>& peaks,
                                                          const RawHistory& raw) {
  std::vector<LookedAt> all(peaks.size());
  pool_.for_each(peaks.size(), [&](std::size_t i, std::size_t) {
    constexpr std::uint64_t lookback = TreeRefinement::lookback_samples;
    const std::uint64_t first = peaks[i].first > lookback ? peaks[i].first - lookback : 0;
    all[i] = {peaks[i], refinement_.refine(peaks[i], raw, {first, raw.taken()})};
    all[i].candidate.members = peaks[i].members;
  });
  std::erase_if(
      all, [](const LookedAt& one) { return one.candidate.snr <= 0.0 || one.candidate.overrun; });
  if (looks_ == nullptr || all.empty()) return all;
  std::vector<Candidate> candidates;
  candidates.reserve(all.size());
  for (const LookedAt& one : all) candidates.push_back(one.candidate);
  Judged judged = judge(*networks_, {}, looks_->make(candidates, raw, blocks_.notes()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].candidate = std::move(judged.candidates[i]);
  }
  return all;
}

// In the place of all that was known of the same pulse: the oldest alert among it goes on.
PromptSearch::Known& PromptSearch::remember(const Detection& peak) {
  Known here;
  std::erase_if(known_, [&](const Known& known) {
    if (!brighter(peak, known.detection) || !explains(trials_.plan, peak, known.detection)) {
      return false;
    }
    const bool is_older = known.number != 0 && (here.number == 0 || known.number < here.number);
    if (is_older) here = known;
    return true;
  });
  here.detection = peak;
  if (known_.size() == most_known) {
    known_.erase(std::min_element(known_.begin(), known_.end(), [](const Known& a, const Known& b) {
      const bool a_told = a.number != 0;
      const bool b_told = b.number != 0;
      return a_told != b_told ? b_told : brighter(b.detection, a.detection);
    }));
  }
  return known_.emplace_back(here);
}

void PromptSearch::tell(const Detection& peak, Candidate candidate, const PromptSink& sink) {
  Known& known = remember(peak);
  if (candidate.label == "interference" || candidate.snr <= known.told_snr) return;
  if (known.number == 0) known.number = ++prompt_counts_.told;
  known.told_snr = candidate.snr;
  sink({known.number, ++known.revision, std::move(candidate)});
}

}  // namespace draftstream
