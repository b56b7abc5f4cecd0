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
                            std::span<const std::size_t> chunks = {}, LookSettings looks = {}) {
  SearchRun run;
  std::uint64_t settled = 0;
  const CandidateSink sink = [&](const Candidate& candidate) {
    run.candidates.push_back(candidate);
    run.settled.push_back(settled);
  };
  Search search{observation, config, std::move(looks)};
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
    search.push(FilterbankChunk{first, count, observation.frequency.channels(), observation.format,
                                bytes.subspan(first * stride, count * stride), here},
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

}  // namespace draftstream::test
