// Runs the engine over a recording in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/search.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream::test {

struct SearchRun {
  std::vector<Candidate> candidates;
  std::vector<std::uint64_t> settled;  // when each was handed out: Search::samples_settled()
  SearchCounts counts;

  /// The candidate nearest to a time [samples], or nullptr if none is within `reach` of it.
  [[nodiscard]] const Candidate* near(double sample, double dm, double reach = 20.0) const {
    const Candidate* best = nullptr;
    for (const Candidate& candidate : candidates) {
      const double middle =
          static_cast<double>(candidate.first_sample) + 0.5 * candidate.boxcar_samples;
      if (std::abs(middle - sample) > reach || std::abs(candidate.dm.value() - dm) > 30.0) continue;
      if (best == nullptr || candidate.snr > best->snr) best = &candidate;
    }
    return best;
  }
};

/// Blocks, and tiles, of 1024 samples of 0.5 ms.
inline SearchConfig small_blocks(EngineKind engine) {
  SearchConfig config;
  config.engine = engine;
  config.condition.block = Seconds{0.4};
  config.widest = Seconds{0.02};
  config.dm_max = DispersionMeasure{150.0};
  config.threads = 1;
  return config;
}

/// @param chunks  Lengths of the chunks, again and again from the first; empty: all in one.
inline SearchRun run_search(const Observation& observation, std::span<const std::byte> bytes,
                            const SearchConfig& config, std::span<const Gap> gaps = {},
                            std::span<const std::size_t> chunks = {}, LookSettings looks = {},
                            std::span<const Hole> holes = {}, Shedding shedding = {}) {
  SearchRun run;
  std::uint64_t settled = 0;
  const CandidateSink sink = [&](const Candidate& candidate) {
    run.candidates.push_back(candidate);
    run.settled.push_back(settled);
  };
  Search search{observation, config, std::move(looks)};
  if (shedding) search.shed_by(std::move(shedding));
  const std::size_t stride = observation.spectrum_bytes();
  const std::size_t samples = bytes.size() / stride;
  std::size_t next = 0;
  for (std::size_t first = 0; first < samples;) {
    const std::size_t wanted = chunks.empty() ? samples : chunks[next++ % chunks.size()];
    const std::size_t count = std::min(wanted, samples - first);
    std::vector<Gap> here;
    for (const Gap& gap : gaps) {
      const std::uint64_t begin = std::max<std::uint64_t>(gap.first, first);
      const std::uint64_t end = std::min<std::uint64_t>(gap.end(), first + count);
      if (begin < end) here.push_back({begin, end - begin, gap.fate});
    }
    std::vector<Hole> holes_here;
    for (const Hole& hole : holes) {
      const std::uint64_t begin = std::max<std::uint64_t>(hole.first, first);
      const std::uint64_t end = std::min<std::uint64_t>(hole.end(), first + count);
      if (begin < end) {
        holes_here.push_back({begin, end - begin, hole.first_channel, hole.channels});
      }
    }
    search.push(FilterbankChunk{first, count, observation.frequency.channels(), observation.format,
                                bytes.subspan(first * stride, count * stride), here, holes_here},
                sink);
    first += count;
    settled = search.samples_settled();
  }
  search.finish(sink);
  run.counts = search.counts();
  return run;
}

inline SearchRun run_search(const Sky& sky, const SearchConfig& config) {
  return run_search(sky.observation(), sky.stored(), config);
}

/// In everything that is published of it.
inline bool same(const Candidate& a, const Candidate& b) {
  return a.snr == b.snr && a.dm == b.dm && a.dm_uncertainty == b.dm_uncertainty &&
         a.trial_step == b.trial_step && a.toa == b.toa && a.toa_uncertainty == b.toa_uncertainty &&
         a.sample_index == b.sample_index && a.first_sample == b.first_sample &&
         a.boxcar_samples == b.boxcar_samples && a.members == b.members &&
         a.frac_missing == b.frac_missing && a.frac_masked == b.frac_masked &&
         a.gap_within_event == b.gap_within_event && a.overrun == b.overrun && a.label == b.label;
}

inline bool same(const SearchRun& a, const SearchRun& b) {
  if (a.candidates.size() != b.candidates.size()) return false;
  for (std::size_t i = 0; i < a.candidates.size(); ++i) {
    if (!same(a.candidates[i], b.candidates[i])) return false;
  }
  return a.counts.ledger == b.counts.ledger && a.counts.boxes == b.counts.boxes &&
         a.counts.boxes_above == b.counts.boxes_above &&
         a.counts.candidates == b.counts.candidates &&
         a.counts.candidates_dropped == b.counts.candidates_dropped &&
         a.counts.detections_dropped == b.counts.detections_dropped &&
         a.counts.frac_channels_flagged == b.counts.frac_channels_flagged &&
         a.counts.shed == b.counts.shed;
}

}  // namespace draftstream::test
