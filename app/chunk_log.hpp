// A log line for each chunk that was searched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "app/make_beams.hpp"
#include "app/results.hpp"

namespace draftstream {

/// Tells of chunks as the `chunk` column of candidates.csv counts them: their samples, what time
/// they span, how far the search is.
///
/// Threads: any, each beam's calls by one at a time.
class ChunkLog {
 public:
  /// @param beams, results  Must outlive this.
  /// @param wanted  Else nothing is told, only counted.
  ChunkLog(const Beams& beams, const Results& results, bool wanted);

  /// @param samples  That were taken of the beam so far.
  void searched(std::size_t beam, std::uint64_t samples);

 private:
  [[nodiscard]] std::string line(std::size_t beam, std::uint64_t chunk, std::uint64_t end) const;

  const Beams& beams_;
  const Results& results_;
  bool wanted_;
  std::vector<std::uint64_t> next_;  // chunk of each beam
};

}  // namespace draftstream
