// What a search and its networks say of one simulated scene.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/candidate.hpp"
#include "engine/infer/look.hpp"
#include "engine/search_config.hpp"
#include "training/interference.hpp"
#include "training/scenes.hpp"
#include "training/truth.hpp"

namespace draftstream {

/// Whose word it is that something is a burst.
enum class JudgedBy : std::size_t {
  snr,         ///< The matched filter alone: S/N of the candidate.
  detector,    ///< Its score.
  classifier,  ///< Its score.
  both,        ///< The probability made of both.
};

inline constexpr std::array judges{JudgedBy::snr, JudgedBy::detector, JudgedBy::classifier,
                                   JudgedBy::both};

[[nodiscard]] std::string_view name(JudgedBy judge);  ///< "snr", "detector", "classifier", "both".

/// By judge; NaN where it says nothing: the matched filter of what only the networks found.
using Scores = std::array<double, judges.size()>;

[[nodiscard]] inline double of(const Scores& scores, JudgedBy judge) {
  return scores[static_cast<std::size_t>(judge)];
}

struct SceneCandidate {
  Scores scores{};
  bool burst = false;  ///< match_bursts() says so.
};

/// A burst that was put in, and the best that is said of any candidate that matches it.
struct SceneBurst {
  double snr = 0.0;         ///< TrueBurst::boxcar_snr.
  std::uint32_t width = 1;  ///< Of that boxcar [samples].
  double sweep = 0.0;       ///< Delay of the lowest channel behind the highest [samples].
  Scores best{};            ///< NaN: nothing was found.
};

struct JudgedScene {
  std::uint64_t seed = 0;
  Band band;
  int nbits = 8;
  ZeroDm zero_dm = ZeroDm::off;
  std::vector<InterferenceKind> interference;  ///< Dead channels left out.
  double duration_s = 0.0;
  double tiles = 0.0;              ///< tiles_in().
  std::vector<SceneBurst> bursts;  ///< Those that lie inside.
  bool with_bursts = false;        ///< Also if none lies inside.
  std::vector<SceneCandidate> candidates;
};

/// Which candidates are which bursts: fills both lists of the scene. One is a burst if it lies
/// within the tolerances of evaluation.hpp, or in the burst's mark on a detector's tile
/// (burst_mark.hpp).
/// @param by_search  Candidate by candidate: found by the search, not by the networks alone.
void match_bursts(const Truth& truth, const std::vector<Candidate>& candidates,
                  const std::vector<bool>& by_search, JudgedScene& scene);

/// What of scenes is evaluated.
struct ModelEvaluationOptions {
  std::size_t scenes = 3000;
  std::uint64_t seed = 1;                            ///< At most largest_evaluation_seed.
  double threshold = 5.5;                            ///< S/N of the candidates.
  double interference = SceneRecipe{}.interference;  ///< Part of the scenes with it.
  unsigned threads = 0;                              ///< 0 = one per core.
};
inline constexpr std::uint64_t largest_evaluation_seed = 0xffff;

/// Scene `number` of an evaluation: of every three, the first two have bursts. Their
/// S/N, of a matched filter, is log-uniform in a bin of recall_edges, over 0.94, which the best
/// boxcar keeps; bins take turns, the last one ends at 200. Scenes of other seeds are other ones,
/// and none is one of a training set with seeds below 2^48.
/// @param interference  Part of the scenes with it.
/// @throws ConfigError if that is not 0 to 1.
[[nodiscard]] Scene evaluation_scene(std::uint64_t seed, std::size_t number,
                                     double interference = SceneRecipe{}.interference);

/// Searches the scenes as `replay` does with these networks, and matches what is found with what
/// was put in. Neither order nor content depend on threads.
/// @param progress  Told how many are done.
/// @throws std::runtime_error if a network fails.
[[nodiscard]] std::vector<JudgedScene> judge_scenes(
    const std::shared_ptr<const Networks>& networks, const ModelEvaluationOptions& options,
    const std::function<void(std::size_t done)>& progress = {});

}  // namespace draftstream
