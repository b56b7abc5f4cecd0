#include "app/slice_drawing.hpp"

#include <fmt/format.h>

#include <utility>

#include "app/plot_files.hpp"
#include "engine/infer/look.hpp"
#include "publishers/cutouts/event_cutout.hpp"
#include "publishers/plots/candidate_page.hpp"
#include "publishers/plots/candidate_view.hpp"

namespace draftstream {

SliceDrawing::SliceDrawing(const PlottedBeam& beam, PlotSlice slice, std::filesystem::path chunks,
                           std::string extension)
    : beam_{beam},
      slice_{std::move(slice)},
      chunks_{std::move(chunks)},
      extension_{std::move(extension)} {}

std::string SliceDrawing::name() const {
  return fmt::format("slice {} of block {}", slice_.number, slice_.chunk);
}

std::size_t SliceDrawing::bytes() const {
  std::size_t bytes =
      sizeof(*this) + 2 * WaterfallMaker::most_bands * WaterfallMaker::most_cells * sizeof(float);
  for (const PlottedCandidate& candidate : slice_.candidates) {
    bytes += sizeof(candidate);
    // The tile, which neighbours share.
    if (candidate.candidate.look != nullptr) bytes += sizeof(Look) + DetectorTile::size;
  }
  return bytes;
}

bool SliceDrawing::fetch() {
  const DispersionMeasure dm =
      slice_.candidates.empty() ? DispersionMeasure{} : slice_.candidates.front().candidate.dm;
  WaterfallMaker dedispersed{*beam_.observation,
                             beam_.masked_channels,
                             {slice_.stretch.first, slice_.stretch.samples, dm}};
  const std::uint64_t first = slice_.stretch.first;
  WaterfallMaker dispersed{*beam_.observation,
                           beam_.masked_channels,
                           {first, dedispersed.end() - first, DispersionMeasure{}}};
  beam_.samples->read({first, dispersed.end()}, [&](const FilterbankChunk& chunk) {
    dispersed.add(chunk);
    dedispersed.add(chunk);
  });
  dispersed_ = dispersed.make();
  dedispersed_ = dedispersed.make();
  return !dedispersed_.empty();
}

std::optional<Cutout> SliceDrawing::cutout_of_one(const PlottedCandidate& candidate) const {
  if (candidate.candidate.look == nullptr) return std::nullopt;
  return cutout_of(candidate.event, *candidate.candidate.look, *beam_.observation, candidate.file);
}

std::filesystem::path SliceDrawing::file(std::string_view folder, const std::string& name) const {
  return plot_file(chunks_, slice_.chunk, folder, name, extension_);
}

std::uint64_t SliceDrawing::draw() {
  if (dedispersed_.image.values.empty() && !fetch()) return 0;
  SliceView view;
  view.name = beam_.stem;
  view.block = {slice_.chunk, beam_.block_samples};
  view.number = slice_.number;
  view.stretch = slice_.stretch;
  view.candidates = slice_.candidates;
  view.more = slice_.more;
  view.dispersed = std::move(dispersed_);
  view.dedispersed = std::move(dedispersed_);
  std::optional<Cutout> cutout;
  if (!slice_.candidates.empty()) cutout = cutout_of_one(slice_.candidates.front());
  const SlicePicture picture = picture_of(std::move(view), *beam_.observation, cutout);

  const std::string name = slice_name(beam_.stem, slice_.number);
  draw_composite(file(plot_folder::composite, name), picture);
  draw_dispersed(file(plot_folder::dispersed, name), picture);
  std::uint64_t pictures = 2;
  if (slice_.candidates.empty()) return pictures;
  draw_detections(file(plot_folder::detections, name), picture);
  draw_dedispersed(file(plot_folder::dedispersed, name), picture);
  pictures += 2;
  std::size_t pages = 0;
  for (const PlottedCandidate& candidate : slice_.candidates) {
    const auto seen = cutout_of_one(candidate);
    if (!seen || pages == most_pages) break;
    draw_candidate(file(plot_folder::patches, candidate.event.event_id), page_of(*seen));
    ++pages;
  }
  return pictures + pages;
}

}  // namespace draftstream
