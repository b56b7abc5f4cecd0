// What networks are given of a candidate, and what they make of it.
#pragma once

#include <functional>
#include <memory>

#include "engine/candidate.hpp"
#include "engine/infer/classifier_patch.hpp"
#include "engine/infer/detector_tile.hpp"
#include "engine/infer/judging_policy.hpp"
#include "engine/infer/network.hpp"
#include "engine/infer/tile_grid.hpp"

namespace draftstream {

struct Look {
  Candidate candidate;
  TilePlace tile_place;
  TilePoint point;                           ///< Of the candidate in its tile.
  std::shared_ptr<const DetectorTile> tile;  // shared by the candidates in it
  PatchPlace patch_place;
  ClassifierPatch patch;
};

/// Called with each look as it is made, in the order of candidates, on the thread that searches.
using LookCollector = std::function<void(const Look&)>;

struct Networks {
  Network detector;
  Network classifier;
};

/// What is done about looks. With none of it there are none.
struct LookSettings {
  std::shared_ptr<const Networks> networks;  ///< Null: nothing is judged. Shared by beams.
  LookCollector collect;                     ///< Empty: nobody collects.
  bool keep = false;                         ///< Candidates that are handed on carry theirs.
  JudgingPolicy policy;

  [[nodiscard]] bool wanted() const noexcept { return networks != nullptr || collect || keep; }
};

}  // namespace draftstream
