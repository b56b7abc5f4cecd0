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
constexpr std::size_t step_granule = 1024;  // as of blocks

constexpr std::size_t most_detections_a_step = 512;
constexpr std::size_t most_peaks_a_step = 4;  // each takes some 20 ms of one core
constexpr std::size_t most_known = 256;
constexpr double worth_a_revision = 1.1;  // gain in S/N

SearchLimits limits_of_steps(const Observation& observation, const SearchLimits& full) {
  const auto wanted = static_cast<std::size_t>(wanted_step / observation.time.sample_time);
  SearchLimits limits = full;
  limits.block =
      std::min(std::max<std::size_t>(wanted / step_granule, 1) * step_granule, full.block);
  limits.widest = std::min(full.widest, static_cast<std::uint32_t>(limits.block / boxes_a_block));
  return limits;
}

// What is looked at of a pulse lies between its own sweep and this.
std::size_t noted(const SearchTrials& trials, const SearchLimits& limits, bool judged) {
  const std::size_t before = judged ? tile_grid::reach(limits.widest).before : 0;
  return trials.plan.longest_delay() + 4 * limits.block + box_lag * trials.most_downsample() +
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
  std::vector<Candidate> candidates = look_at(peaks, raw);
  for (std::size_t i = 0; i < peaks.size(); ++i) tell(peaks[i], std::move(candidates[i]), sink);
}

void PromptSearch::pass(RawHistory& raw) {
  Shed all;
  all.block = true;
  blocks_.take(raw, step(), step(), all);
}

// A peak is seen at all other trials within a sweep before or after its own.
void PromptSearch::forget_old() {
  const std::uint64_t reach = 2 * trials_.plan.longest_delay() + 4 * step();
  std::erase_if(known_, [&](const Known& known) {
    return known.detection.end() + reach < blocks_.notes().end();
  });
}

// Brightest first.
std::vector<Detection> PromptSearch::new_peaks() {
  std::vector<Detection> detections;
  for (const auto& part : blocks_.parts()) {
    detections.insert(detections.end(), part->detections().begin(), part->detections().end());
  }
  sort_by_trial(detections);
  detections = peaks_of(detections);
  std::sort(detections.begin(), detections.end(), brighter);
  if (detections.size() > most_detections_a_step) detections.resize(most_detections_a_step);
  std::vector<Detection> peaks;
  for (const Detection& detection : detections) {
    const auto leaves_it = [&](const Detection& peak) {
      return explains(trials_.plan, peak, detection);
    };
    const auto peak = std::find_if(peaks.begin(), peaks.end(), leaves_it);
    if (peak != peaks.end()) {
      peak->members += detection.members;
    } else if (!is_known(detection)) {
      peaks.push_back(detection);
    }
  }
  if (peaks.size() > most_peaks_a_step) {
    peaks_dropped_ += peaks.size() - most_peaks_a_step;
    peaks.resize(most_peaks_a_step);
  }
  return peaks;
}

bool PromptSearch::is_known(const Detection& detection) const {
  return std::any_of(known_.begin(), known_.end(), [&](const Known& known) {
    return detection.snr < worth_a_revision * known.detection.snr &&
           explains(trials_.plan, known.detection, detection);
  });
}

std::vector<Candidate> PromptSearch::look_at(const std::vector<Detection>& peaks,
                                             const RawHistory& raw) {
  std::vector<Candidate> candidates(peaks.size());
  pool_.for_each(peaks.size(), [&](std::size_t i, std::size_t) {
    constexpr std::uint64_t lookback = TreeRefinement::lookback_samples;
    const std::uint64_t first = peaks[i].first > lookback ? peaks[i].first - lookback : 0;
    candidates[i] = refinement_.refine(peaks[i], raw, {first, raw.taken()});
    candidates[i].members = peaks[i].members;
  });
  if (looks_ == nullptr) return candidates;
  return judge(*networks_, {}, looks_->make(candidates, raw, blocks_.notes())).candidates;
}

// In the place of what was known of the same pulse.
PromptSearch::Known& PromptSearch::remember(const Detection& peak) {
  const auto is_fainter = [&](const Known& known) {
    return known.number != 0 && explains(trials_.plan, peak, known.detection);
  };
  const auto same = std::find_if(known_.begin(), known_.end(), is_fainter);
  if (same != known_.end()) {
    same->detection = peak;
    return *same;
  }
  if (known_.size() == most_known) {
    known_.erase(std::min_element(known_.begin(), known_.end(), [](const Known& a, const Known& b) {
      return brighter(b.detection, a.detection);
    }));
  }
  return known_.emplace_back(Known{peak});
}

void PromptSearch::tell(const Detection& peak, Candidate candidate, const PromptSink& sink) {
  Known& known = remember(peak);
  const bool is_burst = networks_ == nullptr || candidate.label == "burst";
  if (!is_burst || candidate.snr <= worth_a_revision * known.told_snr) return;
  if (known.number == 0) known.number = ++told_;
  known.told_snr = candidate.snr;
  sink({known.number, ++known.revision, std::move(candidate)});
}

}  // namespace draftstream
