// A page about one candidate, as people who look for single pulses know it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "publishers/plots/image.hpp"

namespace draftstream {

/// What is drawn. Times are relative to the middle of the pulse at the highest channel.
struct CandidatePage {
  std::string title;
  std::vector<std::string> facts;  ///< A line each: S/N, DM, time.

  AxisRange time_ms;            ///< Of profile, waterfall and DM-time image.
  std::vector<double> profile;  ///< S/N of each cell of time.
  Image waterfall;              ///< [band][time], dedispersed, S/N of each cell.
  AxisRange band_mhz;
  Image dm_time;  ///< [DM][time], S/N of each cell, near the candidate.
  AxisRange dm_pc_cm3;
  std::vector<double> dm_curve;  ///< [DM]: S/N of boxes as wide as the candidate.

  Image far_dm_time;  ///< [DM][time], S/N of the best box: the surroundings.
  AxisRange far_time_s;
  AxisRange far_dm_pc_cm3;
  double dm = 0.0;  ///< Where the candidate is in it [pc cm^-3].
};

/// Draws it as PNG, PDF or SVG, as the extension says. Not while another thread draws.
/// @throws std::invalid_argument on an image whose values are of another shape.
/// @throws std::runtime_error    naming the file, if it cannot be written, what is not installed,
///     or an extension that is none of these.
void draw_candidate(const std::filesystem::path& path, const CandidatePage& page);

}  // namespace draftstream
