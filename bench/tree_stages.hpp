// The stages of a search by trees, one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "bench/workloads.hpp"
#include "engine/tree/box_search.hpp"
#include "engine/tree/quantised_conditioner.hpp"
#include "engine/tree/row_levels.hpp"
#include "engine/tree/tree_dedisperser.hpp"
#include "engine/worker_pool.hpp"
#include "ingest/filterbank_chunk.hpp"

namespace draftstream {

/// As TreeSearch puts them together; each can be run again and again on the same block.
class TreeStages {
 public:
  /// @param bytes  A block of samples; must outlive the object.
  TreeStages(const Workload& load, std::size_t block, unsigned threads,
             const std::vector<std::byte>& bytes);

  void condition();      ///< Bytes to rows at the recording's time resolution.
  void sum(bool boxes);  ///< Rows to trials, and to boxes above S/N 7.

  [[nodiscard]] std::vector<DispersionMeasure> trials() const;
  [[nodiscard]] double additions_per_s() const noexcept;  ///< A second of data.
  /// Each row of a sum is loaded once: bytes, a second of data.
  [[nodiscard]] double loaded_bytes_per_s() const noexcept;
  [[nodiscard]] std::size_t state_bytes() const noexcept;

 private:
  struct Part {
    unsigned downsample = 1;
    std::size_t level = 0;
    TreeDedisperser tree;
    BoxSearch boxes;
    BoxThresholds thresholds;
    std::vector<CellBoxes> hits;
  };

  Observation observation_;
  std::size_t block_;
  FilterbankChunk chunk_;
  WorkerPool pool_;
  QuantisedConditioner conditioner_;
  QuantisedBlock notes_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::unique_ptr<RowLevels> rows_;
  QuantisedRows newest_;  // where the block goes
};

}  // namespace draftstream
