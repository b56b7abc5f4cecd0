#include "engine/infer/judge.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "engine/infer/verdict.hpp"
#include "engine/stopwatch.hpp"

namespace draftstream {
namespace {

constexpr std::size_t tiles_a_batch = 8;
constexpr std::size_t patches_a_batch = 32;

// @param input  The bytes of input i.
template <class InputOf>
std::vector<float> run_in_batches(InferenceModel& model, NetworkKind kind, std::size_t count,
                                  std::size_t batch, InputOf input) {
  const NetworkShape shape = shape_of(kind);
  std::vector<float> outputs(count * shape.outputs);
  std::vector<std::uint8_t> inputs;
  for (std::size_t first = 0; first < count; first += batch) {
    const std::size_t here = std::min(batch, count - first);
    inputs.clear();
    for (std::size_t i = first; i < first + here; ++i) {
      const std::span<const std::uint8_t> one = input(i);
      inputs.insert(inputs.end(), one.begin(), one.end());
    }
    model.run(inputs, here,
              std::span{outputs}.subspan(first * shape.outputs, here * shape.outputs));
  }
  return outputs;
}

double tile_width(const Look& look) {
  return std::max(1.0, static_cast<double>(look.patch_place.width >> look.tile_place.level));
}

// Is a peak of a tile where one of the looks is?
bool is_known(const TilePlace& place, const HeatPeak& peak, const std::vector<Look>& looks) {
  return std::any_of(looks.begin(), looks.end(), [&](const Look& look) {
    const TilePoint known =
        tile_grid::point_of(place, look.patch_place.middle, look.patch_place.sweep);
    const double width = std::max(tile_width(look), peak.width);
    const double rows = std::abs(known.row - peak.point.row);
    const double pixels = std::abs(known.pixel - peak.point.pixel);
    return rows <= 4.0 + 2.0 * width / tile_grid::samples_a_row &&
           pixels <= 4.0 + (width + 0.5 * tile_grid::samples_a_row * rows) /
                               static_cast<double>(tile_grid::samples_a_pixel);
  });
}

}  // namespace

Judged judge(const Networks& networks, const JudgingPolicy& policy,
             const std::vector<Look>& looks) {
  Judged result;
  const Stopwatch watch{result.seconds};
  std::vector<double> snr;
  for (const Look& look : looks) {
    result.candidates.push_back(look.candidate);
    snr.push_back(look.candidate.snr);
  }
  const std::vector<std::size_t> chosen = policy.choose(snr);

  std::vector<const Look*> tiles;  // the first look at each tile
  std::vector<std::size_t> tile_of(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Look& look = looks[chosen[i]];
    const auto same = std::find_if(tiles.begin(), tiles.end(), [&](const Look* other) {
      return other->tile_place == look.tile_place;
    });
    tile_of[i] = static_cast<std::size_t>(same - tiles.begin());
    if (same == tiles.end()) tiles.push_back(&look);
  }
  const std::vector<float> heat =
      run_in_batches(*networks.detector.model, NetworkKind::detector, tiles.size(), tiles_a_batch,
                     [&](std::size_t i) { return std::span{tiles[i]->tile->codes}; });
  const std::vector<float> logits = run_in_batches(
      *networks.classifier.model, NetworkKind::classifier, chosen.size(), patches_a_batch,
      [&](std::size_t i) {
        const auto& codes = looks[chosen[i]].patch.codes;
        return std::span{reinterpret_cast<const std::uint8_t*>(codes.data()), codes.size()};
      });
  const auto map_of = [&](std::size_t tile) {
    return HeatMap{std::span{heat}.subspan(tile * HeatMap::size, HeatMap::size)};
  };
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Look& look = looks[chosen[i]];
    const double detector = map_of(tile_of[i]).logit_near(look.point, tile_width(look));
    const auto classifier = static_cast<double>(logits[i]);
    if (!std::isfinite(detector) || !std::isfinite(classifier)) continue;  // it stays unjudged
    pass_verdict(networks, detector, classifier, result.candidates[chosen[i]]);
    ++result.judged;
  }
  const NetworkInfo& detector = networks.detector.info;
  const double threshold = std::log(detector.find_threshold / (1.0 - detector.find_threshold));
  const double logit = (threshold - detector.shift) / detector.scale;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    for (const HeatPeak& peak : map_of(i).peaks(logit, tiles[i]->tile_place)) {
      if (!is_known(tiles[i]->tile_place, peak, looks)) {
        result.finds.push_back({tiles[i]->tile_place, peak});
      }
    }
  }
  return result;
}

}  // namespace draftstream
