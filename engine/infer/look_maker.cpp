#include "engine/infer/look_maker.hpp"

#include <algorithm>
#include <cstddef>

namespace draftstream {

LookMaker::LookMaker(const Observation& observation, WorkerPool& pool)
    : delays_{observation.frequency, observation.time.sample_time}, pool_{pool} {
  for (std::size_t i = 0; i < pool.threads(); ++i) {
    workers_.push_back(
        {WindowMaker{delays_}, DetectorTileMaker{delays_}, ClassifierPatchMaker{delays_}});
  }
}

std::size_t LookMaker::bytes_of(const Observation& observation) {
  const BandDelays delays{observation.frequency, observation.time.sample_time};
  const TileTracks tracks{delays.shares(), {}};
  std::size_t window = 0;
  for (const Stretch& stretch : tracks.stretches()) window += stretch.samples;
  std::size_t parts = 0;
  for (std::size_t step = 0; step < tracks.steps(); ++step) {
    for (std::size_t b = 0; b < tracks.sub_bands(); ++b) {
      parts += TileTracks::row_samples + tracks.extra(b, step);
    }
  }
  return window * (sizeof(float) + sizeof(std::uint8_t)) + parts * sizeof(float);
}

std::vector<Look> LookMaker::make(const std::vector<Candidate>& candidates, const RawHistory& raw,
                                  const BlockNotes& notes) {
  std::vector<Look> looks(candidates.size());
  std::vector<TilePlace> places;
  std::vector<std::size_t> tile_of(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    Look& look = looks[i];
    look.candidate = candidate;
    look.patch_place = {middle_sample(candidate), delays_.sweep(candidate.dm),
                        candidate.boxcar_samples};
    look.tile_place = tile_grid::place_of(look.patch_place.middle, look.patch_place.sweep,
                                          look.patch_place.width);
    look.point =
        tile_grid::point_of(look.tile_place, look.patch_place.middle, look.patch_place.sweep);
    const auto same = std::find(places.begin(), places.end(), look.tile_place);
    tile_of[i] = static_cast<std::size_t>(same - places.begin());
    if (same == places.end()) places.push_back(look.tile_place);
  }
  std::vector<std::shared_ptr<DetectorTile>> tiles(places.size());
  pool_.for_each(places.size(), [&](std::size_t i, std::size_t worker) {
    DetectorTileMaker& maker = workers_[worker].tiles;
    tiles[i] = std::make_shared<DetectorTile>();
    const SampleWindow& window =
        workers_[worker].windows.make(raw, notes, maker.stretches(places[i]), places[i].level);
    maker.make(window, places[i], *tiles[i]);
  });
  pool_.for_each(looks.size(), [&](std::size_t i, std::size_t worker) {
    ClassifierPatchMaker& maker = workers_[worker].patches;
    Look& look = looks[i];
    look.tile = tiles[tile_of[i]];
    const SampleWindow& window =
        workers_[worker].windows.make(raw, notes, maker.stretches(look.patch_place), 0);
    maker.make(window, look.patch_place, look.patch);
  });
  return looks;
}

}  // namespace draftstream
