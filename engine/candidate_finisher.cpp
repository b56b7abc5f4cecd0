#include "engine/candidate_finisher.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace draftstream {

void CandidateFinisher::take_tile(std::vector<Detection> detections, const Refine& refine,
                                  const CandidateSink& sink) {
  pending_ = std::move(fresh_);
  fresh_.clear();
  emit(clusters_.take(std::move(detections), most_peaks_,
                      [&](std::span<const Detection> peaks) {
                        fresh_.resize(peaks.size());
                        pool_.for_each(peaks.size(), [&](std::size_t i, std::size_t) {
                          fresh_[i] = refine(peaks[i]);
                        });
                      }),
       sink);
}

void CandidateFinisher::finish(const CandidateSink& sink) {
  pending_ = std::move(fresh_);
  fresh_.clear();
  emit(clusters_.take({}, 0, [](std::span<const Detection>) {}), sink);
}

void CandidateFinisher::emit(const std::vector<Clusters::Final>& finals,
                             const CandidateSink& sink) {
  std::vector<Candidate> ready;
  for (const Clusters::Final& final : finals) {
    if (!(pending_[final.peak].snr > 0.0)) continue;  // nothing is left of it at a closer look
    ready.push_back(pending_[final.peak]);
    ready.back().members = final.members;
  }
  std::sort(ready.begin(), ready.end(), [](const Candidate& a, const Candidate& b) {
    return a.toa != b.toa ? a.toa < b.toa : a.snr > b.snr;
  });
  candidates_ += ready.size();
  const auto now = std::chrono::steady_clock::now();
  for (Candidate& candidate : ready) {
    candidate.found = candidate.handed_on = now;
    sink(candidate);
  }
}

}  // namespace draftstream
