// One slice on its way from its samples to its pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/plot_book.hpp"
#include "app/plot_samples.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

/// A beam as its pictures need it.
struct PlottedBeam {
  const Observation* observation = nullptr;
  std::vector<bool> masked_channels;  ///< Empty = none.
  PlotSamples* samples = nullptr;
  std::string stem;  ///< Of the files' names.
  std::uint64_t block_samples = 1;
};

/// Draws one slice: composite, DM-time image and both waterfalls, and a page about each of its
/// best candidates. Of a slice without candidates, composite and waterfall.
///
/// Threads: one at a time per object.
class SliceDrawing {
 public:
  static constexpr std::size_t most_pages = 4;

  /// @param beam    Must outlive this.
  /// @param chunks  Folder of the blocks' folders.
  SliceDrawing(const PlottedBeam& beam, PlotSlice slice, std::filesystem::path chunks,
               std::string extension);

  /// Reads the samples. @return Whether there is anything left of them.
  bool fetch();

  /// Fetches what was not fetched, and draws.
  /// @return Pictures that were made; 0 if no samples are left, or so few that their noise is
  /// unknown.
  /// @throws std::runtime_error if a file cannot be written.
  std::uint64_t draw();

  /// "slice 2 of block 17".
  [[nodiscard]] std::string name() const;
  /// That this holds, fetched or not.
  [[nodiscard]] std::size_t bytes() const;

 private:
  [[nodiscard]] std::optional<Cutout> cutout_of_one(const PlottedCandidate& candidate) const;
  [[nodiscard]] std::filesystem::path file(std::string_view folder, const std::string& name) const;

  const PlottedBeam& beam_;
  PlotSlice slice_;
  std::filesystem::path chunks_;
  std::string extension_;
  Waterfall dispersed_;
  Waterfall dedispersed_;
};

}  // namespace draftstream
