#include "publishers/plots/slice_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/tile_grid.hpp"
#include "publishers/plots/candidate_view.hpp"
#include "publishers/plots/told_numbers.hpp"

namespace draftstream {
namespace {

constexpr std::size_t dm_rows = 256;  // where there is no tile

AxisRange shifted(const AxisRange& range, double by) {
  return {range.low + by, range.high + by};
}

SliceMark mark_of(const PlottedCandidate& plotted, std::size_t number) {
  const Event& event = plotted.event;
  SliceMark mark;
  mark.toa_s = event.time.toa_s;
  mark.dm_pc_cm3 = event.dm.value_pc_cm3;
  mark.width_s = event.signal.width_ms / 1e3;
  mark.label = event.classifier.label;
  mark.name = fmt::format("{}", number);
  std::string scores;
  if (const auto& score = event.classifier.detector_score) {
    mark.name += fmt::format(": {:.2f}", *score);
    scores = "detector " + told_score(*score);
  }
  if (const auto& score = event.classifier.classifier_score) {
    scores += ", classifier " + told_score(*score);
  }
  mark.facts = {fmt::format("{}: {}", number, event.event_id),
                fmt::format("S/N {}, DM {} pc cm#u-3#d, t {} s", told_snr(event.signal.snr),
                            told_dm(event.dm.value_pc_cm3), told_time(event.time.toa_s)),
                fmt::format("width {} ms, {}", told_width(event.signal.width_ms), mark.label)};
  if (!scores.empty()) mark.facts.push_back(scores);
  return mark;
}

// Since the beginning.
AxisRange time_of(const BlockOfSlice& block, const Observation& observation) {
  const std::uint64_t first = block.number * block.samples;
  const std::uint64_t end =
      std::min(first + block.samples, observation.samples.value_or(UINT64_MAX));
  return {observation.time.since_start(static_cast<double>(first)).value(),
          observation.time.since_start(static_cast<double>(end)).value()};
}

std::string title_of(const SliceView& view, const AxisRange& block_s) {
  return fmt::format("{}, chunk {:03} ({:.3f} to {:.3f} s), slice {:03}, whole band", view.name,
                     view.block.number, block_s.low, block_s.high, view.number);
}

std::string place_of(const SliceStretch& stretch, const Observation& observation,
                     const AxisRange& band_mhz) {
  const double first = static_cast<double>(stretch.first);
  return fmt::format(
      "from {} on, {:.3f} s after the beginning; {:.6g} to {:.6g} MHz, {} channels, {:.6g} ms",
      format_iso8601(observation.time.instant(first)), observation.time.since_start(first).value(),
      band_mhz.low, band_mhz.high, observation.frequency.channels(),
      observation.time.sample_time.value() * 1e3);
}

}  // namespace

SliceStretch slice_around(const Candidate& candidate, const Observation& observation) {
  const BandDelays delays{observation.frequency, observation.time.sample_time};
  const double middle = middle_sample(candidate);
  const TilePlace tile =
      tile_grid::place_of(middle, delays.sweep(candidate.dm), candidate.boxcar_samples);
  const double first = std::max(0.0, tile_grid::middle_of(tile, 0.0));
  const double end = tile_grid::middle_of(tile, tile_grid::pixels);
  SliceStretch stretch;
  stretch.first = static_cast<std::uint64_t>(first);
  stretch.samples = static_cast<std::uint64_t>(end - first);
  stretch.dm_pc_cm3 = {delays.dm(tile_grid::sweep_of(tile, -0.5)).value(),
                       delays.dm(tile_grid::sweep_of(tile, tile_grid::rows - 0.5)).value()};
  return stretch;
}

SlicePicture picture_of(SliceView view, const Observation& observation,
                        const std::optional<Cutout>& cutout) {
  const FrequencyAxis& band = observation.frequency;
  const Megahertz half_channel = 0.5 * band.channel_width();
  SlicePicture picture;
  picture.block_s = time_of(view.block, observation);
  picture.title = title_of(view, picture.block_s);
  picture.band_mhz = {(band.lowest() - half_channel).value(),
                      (band.highest() + half_channel).value()};
  picture.place = place_of(view.stretch, observation, picture.band_mhz);
  for (std::size_t i = 0; i < view.candidates.size(); ++i) {
    picture.marks.push_back(mark_of(view.candidates[i], i + 1));
  }
  picture.more = view.more;
  picture.dispersed = std::move(view.dispersed);
  picture.dedispersed = std::move(view.dedispersed);
  for (const double delay : picture.dispersed.delays) {
    picture.sweep_s.push_back(delay * picture.dedispersed.dm.value());
  }
  if (!cutout) {
    picture.dm_time = dm_time_of(picture.dedispersed, view.stretch.dm_pc_cm3, dm_rows);
    picture.dm_time_s = picture.dedispersed.time_s;
    picture.dm_pc_cm3 = view.stretch.dm_pc_cm3;
    return picture;
  }
  CandidatePage page = page_of(*cutout);
  picture.dm_time = std::move(page.far_dm_time);
  picture.dm_time_s = shifted(page.far_time_s, cutout->info.toa_s);
  picture.dm_pc_cm3 = page.far_dm_pc_cm3;
  picture.patch =
      SlicePatch{std::move(page.waterfall), std::move(page.dm_time), page.time_ms, page.dm_pc_cm3};
  return picture;
}

}  // namespace draftstream
