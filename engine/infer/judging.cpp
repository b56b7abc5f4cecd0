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

using Looks = std::shared_ptr<const std::vector<Look>>;

// @param looks  Of each candidate, in order; all live as long as one of the candidates.
void attach(const Looks& looks, std::vector<Candidate>& candidates) {
  for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].look = {looks, &(*looks)[i]};
}

}  // namespace

Judging::~Judging() {
  if (running_.valid()) running_.wait();
}

void Judging::begin(std::vector<Candidate> candidates, std::uint64_t end, const RawHistory& raw,
                    const BlockNotes& notes, SearchCounts& counts) {
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
  if (settings_.keep) looks_ = looks;
  if (settings_.networks == nullptr) {
    std::promise<Judged> done;
    running_ = done.get_future();
    done.set_value({std::move(candidates), {}, 0, 0.0});
    return;
  }
  running_ = std::async(std::launch::async, [this, looks] {
    return judge(*settings_.networks, settings_.policy, *looks);
  });
}

void Judging::finish(const RawHistory& raw, const BlockNotes& notes, const Refine& refine,
                     const CandidateSink& sink, SearchCounts& counts) {
  if (!running_.valid()) {
    before_.clear();
    return;
  }
  Judged judged;
  {
    const Stopwatch watch{counts.seconds.wait_for_networks};
    judged = running_.get();
  }
  if (settings_.keep) attach(std::exchange(looks_, nullptr), judged.candidates);
  counts.seconds.infer += judged.seconds;
  if (settings_.networks != nullptr) {
    counts.judged += judged.judged;
    counts.left_unjudged += judged.candidates.size() - judged.judged;
  }
  if (!judged.finds.empty()) add_finds(judged, raw, notes, refine, counts);
  for (const Candidate& candidate : judged.candidates) sink(candidate);
  before_ = std::move(judged.candidates);
  for (Candidate& candidate : before_) candidate.look.reset();  // a quarter of a megabyte each
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
    const Candidate candidate = refine(middle, maker_.delays().dm(sweep), width);
    const std::uint64_t end = candidate.first_sample + candidate.boxcar_samples;
    if (candidate.snr < least_snr || candidate.first_sample < first_ || end > end_) continue;
    if (is_explained(candidate, judged.candidates) || is_explained(candidate, before_) ||
        is_explained(candidate, refined)) {
      continue;
    }
    refined.push_back(candidate);
  }
  if (refined.empty()) return;
  const auto looks = std::make_shared<const std::vector<Look>>(maker_.make(refined, raw, notes));
  Judged again = judge(*settings_.networks, {}, *looks);
  if (settings_.keep) attach(looks, again.candidates);
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
