// All candidates of an observation at a glance: time against DM.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace draftstream {

/// One candidate.
struct OverviewPoint {
  double toa_s = 0.0;  ///< Since the first sample of the observation.
  double dm_pc_cm3 = 0.0;
  double snr = 0.0;
  std::string label;  ///< "burst", "interference", "unjudged".
};

struct Overview {
  std::string title;
  double duration_s = 0.0;     ///< Of the observation; the time axis is at least as long.
  double dm_max_pc_cm3 = 0.0;  ///< That was searched.
  std::vector<OverviewPoint> points;
};

/// Draws it as PNG, PDF or SVG, as the extension says: a disc for each, larger the brighter, its
/// colour by its label, bursts on top. Not while another thread draws.
/// @throws std::runtime_error as draw_candidate.
void draw_overview(const std::filesystem::path& path, const Overview& overview);

}  // namespace draftstream
