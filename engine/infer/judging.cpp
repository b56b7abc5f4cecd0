#include "engine/infer/judging.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/stopwatch.hpp"

namespace draftstream {
namespace {

// Fainter finds would be noise: of white noise, an hour holds several of this S/N.
constexpr double least_snr = 5.5;

// A block may hold so many, by heat; each takes as long as a candidate.
constexpr std::size_t most_finds = 32;

// As Clusters::explains, of candidates.
constexpr double noise_allowance = 3.0;  // [S/N]

}  // namespace

Judging::~Judging() {
  for (std::future<Judged>* one : {&running_, &late_}) {
    if (one->valid()) one->wait();
  }
}

void Judging::begin(std::vector<Candidate> candidates, std::uint64_t end, const RawHistory& raw,
                    const BlockNotes& notes, bool wanted, SearchCounts& counts) {
  first_ = end_;
  end_ = end;
  if (candidates.empty()) return;
  Looks looks;
  {
    const Stopwatch watch{counts.seconds.look};
    looks = std::make_shared<const std::vector<Look>>(maker_.make(candidates, raw, notes));
  }
  if (settings_.collect) {
    for (const Look& look : *looks) settings_.collect(look);
  }
  attach(looks, candidates);
  waiting_ = std::move(candidates);
  if (!wanted || !networks_are_free(counts)) return;
  begun_ = Clock::now();
  running_ = std::async(std::launch::async, [this, looks] {
    return judge(*settings_.networks, settings_.policy, *looks);
  });
}

void Judging::finish(const RawHistory& raw, const BlockNotes& notes, const Refine& refine,
                     const CandidateSink& sink, SearchCounts& counts) {
  Judged judged = verdicts(counts);
  if (settings_.networks != nullptr) {
    counts.judged += judged.judged;
    counts.left_unjudged += judged.candidates.size() - judged.judged;
  }
  if (!judged.finds.empty()) add_finds(judged, raw, notes, refine, counts);
  const auto now = Clock::now();
  for (Candidate& candidate : judged.candidates) {
    candidate.handed_on = now;
    sink(candidate);
  }
  before_ = std::move(judged.candidates);
  for (Candidate& candidate : before_) candidate.look.reset();  // a quarter of a megabyte each
}

// Of those that wait; as they are if nobody judges them, or not in time.
Judged Judging::verdicts(SearchCounts& counts) {
  Judged judged;
  judged.candidates = std::exchange(waiting_, {});
  if (!running_.valid()) return judged;
  const Stopwatch watch{counts.seconds.wait_for_networks};
  if (const auto& patience = settings_.policy.patience) {
    const auto most = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>{patience->value()});
    if (running_.wait_until(begun_ + most) != std::future_status::ready) {
      late_ = std::move(running_);
      return judged;
    }
  }
  Judged done = running_.get();
  for (std::size_t i = 0; i < judged.candidates.size(); ++i) {
    done.candidates[i].look = std::move(judged.candidates[i].look);
  }
  counts.seconds.infer += done.seconds;
  return done;
}

bool Judging::networks_are_free(SearchCounts& counts) {
  if (settings_.networks == nullptr) return false;
  if (!late_.valid()) return true;
  if (late_.wait_for(Clock::duration::zero()) != std::future_status::ready) return false;
  counts.seconds.infer += late_.get().seconds;
  return true;
}

void Judging::attach(const Looks& looks, std::vector<Candidate>& candidates) const {
  if (!settings_.keep) return;
  for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].look = {looks, &(*looks)[i]};
}

void Judging::add_finds(Judged& judged, const RawHistory& raw, const BlockNotes& notes,
                        const Refine& refine, SearchCounts& counts) {
  if (judged.finds.size() > most_finds) {
    std::stable_sort(judged.finds.begin(), judged.finds.end(),
                     [](const Find& a, const Find& b) { return a.peak.logit > b.peak.logit; });
    counts.finds_dropped += judged.finds.size() - most_finds;
    judged.finds.resize(most_finds);
  }
  std::vector<Candidate> refined;
  for (const Find& find : judged.finds) {
    const double middle = tile_grid::middle_of(find.place, find.peak.point.pixel);
    const double sweep = tile_grid::sweep_of(find.place, find.peak.point.row);
    const double width = find.peak.width * static_cast<double>(1U << find.place.level);
    Candidate candidate = refine(middle, maker_.delays().dm(sweep), width);
    candidate.found = Clock::now();
    const std::uint64_t end = candidate.first_sample + candidate.boxcar_samples;
    if (candidate.snr < least_snr || candidate.first_sample < first_ || end > end_) continue;
    if (is_explained(candidate, judged.candidates) || is_explained(candidate, before_) ||
        is_explained(candidate, refined)) {
      continue;
    }
    refined.push_back(candidate);
  }
  if (refined.empty()) return;
  const Looks looks = std::make_shared<const std::vector<Look>>(maker_.make(refined, raw, notes));
  Judged again = judge(*settings_.networks, {}, *looks);
  attach(looks, again.candidates);
  counts.seconds.infer += again.seconds;
  for (const Candidate& candidate : again.candidates) {
    if (candidate.label != "burst") continue;
    judged.candidates.push_back(candidate);
    ++counts.finds;
  }
  std::sort(judged.candidates.begin(), judged.candidates.end(),
            [](const Candidate& a, const Candidate& b) {
              return a.toa != b.toa ? a.toa < b.toa : a.snr > b.snr;
            });
}

bool Judging::is_explained(const Candidate& find, const std::vector<Candidate>& by) const {
  return std::any_of(by.begin(), by.end(), [&](const Candidate& bright) {
    const double smear = maker_.delays().sweep(find.dm - bright.dm);  // seen early, if positive
    const double margin = find.boxcar_samples + bright.boxcar_samples;
    const double late = middle_sample(find) - middle_sample(bright);
    if (late < -margin - std::max(0.0, smear) || late > margin + std::max(0.0, -smear)) {
      return false;
    }
    const double width = bright.boxcar_samples;
    const double left = std::sqrt(width / std::hypot(width, smear / 4.0));
    return find.snr <= bright.snr * left + noise_allowance;
  });
}

}  // namespace draftstream
