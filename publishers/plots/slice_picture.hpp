// Pictures of a slice: a short stretch of an observation, and the candidates in it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "publishers/plots/image.hpp"
#include "publishers/plots/waterfall.hpp"

namespace draftstream {

/// A candidate, as it is marked and told of.
struct SliceMark {
  double toa_s = 0.0;  ///< Since the beginning, at the highest channel.
  double dm_pc_cm3 = 0.0;
  double width_s = 0.0;
  std::string label;               ///< "burst", "interference", "unjudged".
  std::string name;                ///< Beside its box: its number, and the detector's score.
  std::vector<std::string> facts;  ///< A line each; see told_numbers.hpp.
};

/// The brightest candidate by itself, as the classifier sees it.
struct SlicePatch {
  Image waterfall;  ///< [band][time]
  Image dm_time;    ///< [DM][time]
  AxisRange time_ms;
  AxisRange dm_pc_cm3;
};

/// What is drawn of a slice. Times are since the beginning of the observation.
struct SlicePicture {
  std::string title;  ///< Which slice of which block it is.
  std::string place;  ///< When it begins in UTC, and the band.
  AxisRange band_mhz;

  Image dm_time;  ///< [DM][time]: S/N.
  AxisRange dm_time_s;
  AxisRange block_s;  ///< Of the slice's block, at the highest channel; the image may reach beyond.
  AxisRange dm_pc_cm3;
  std::vector<SliceMark> marks;  ///< The one that matters most first; may be none.
  std::size_t more = 0;          ///< Candidates there that are not among the marks.

  Waterfall dispersed;
  Waterfall dedispersed;
  /// Along the band, lowest first: delay of the first mark behind the highest channel [s].
  std::vector<double> sweep_s;
  std::optional<SlicePatch> patch;
};

/// Everything on one page. Each of these is drawn as PNG, PDF or SVG, as the extension says. Not
/// while another thread draws.
/// @throws std::invalid_argument on an image whose values are of another shape.
/// @throws std::runtime_error    naming the file, if it cannot be written, what is not installed,
///     or an extension that is none of these.
void draw_composite(const std::filesystem::path& path, const SlicePicture& picture);
/// The image that candidates are in, with their boxes. @throws as draw_composite.
void draw_detections(const std::filesystem::path& path, const SlicePicture& picture);
/// @throws as draw_composite.
void draw_dispersed(const std::filesystem::path& path, const SlicePicture& picture);
/// @throws as draw_composite.
void draw_dedispersed(const std::filesystem::path& path, const SlicePicture& picture);

}  // namespace draftstream
