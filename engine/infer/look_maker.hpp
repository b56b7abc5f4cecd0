// Looks at candidates, from the samples that are at hand.
#pragma once

#include <memory>
#include <vector>

#include "engine/infer/conditioned_window.hpp"
#include "engine/infer/look.hpp"
#include "engine/raw_history.hpp"
#include "engine/tree/block_notes.hpp"
#include "engine/worker_pool.hpp"

namespace draftstream {

/// Threads: one at a time per object; work is shared out over `pool`.
class LookMaker {
 public:
  /// @throws ConfigError if the band has no sweep.
  LookMaker(const Observation& observation, WorkerPool& pool);

  /// @param raw  Holds what tile_grid::reach() says around each, as far as it was recorded.
  [[nodiscard]] std::vector<Look> make(const std::vector<Candidate>& candidates,
                                       const RawHistory& raw, const BlockNotes& notes);

  /// What making them takes once it has been done: tiles, the most of it. Of one thread.
  [[nodiscard]] static std::size_t bytes_of(const Observation& observation);

  [[nodiscard]] const BandDelays& delays() const noexcept { return delays_; }

 private:
  struct Worker {
    WindowMaker windows;
    DetectorTileMaker tiles;
    ClassifierPatchMaker patches;
  };

  BandDelays delays_;
  WorkerPool& pool_;
  std::vector<Worker> workers_;
};

}  // namespace draftstream
