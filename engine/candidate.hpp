// What the engine found: one pulse, described.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ingest/units.hpp"

namespace draftstream {

struct Look;

/// One cluster of detections, described by its best member, refined on the conditioned samples.
/// Times count from the first sample of the observation and hold at the centre of the highest
/// channel; they mark the middle of the pulse.
struct Candidate {
  double snr = 0.0;                  ///< Boxcar S/N; white noise has unit variance.
  DispersionMeasure dm;              ///< Refined.
  DispersionMeasure dm_uncertainty;  ///< One sigma; at least half a refinement step.
  DispersionMeasure trial_step;      ///< Distance of the plan's trials around `dm`.
  Seconds toa;                       ///< Middle of the boxcar.
  Seconds toa_uncertainty;           ///< One sigma, at the highest channel.
  std::uint64_t sample_index = 0;    ///< The sample that holds `toa`.
  std::uint64_t first_sample = 0;    ///< Where the boxcar begins.
  std::uint32_t boxcar_samples = 1;  ///< Its length.
  std::uint32_t members = 1;         ///< Detections in the cluster.
  double frac_missing = 0.0;         ///< Of the sweep's samples, those that are gaps: 0 to 1.
  double frac_masked = 0.0;          ///< Of the sweep's samples, those taken out as interference.
  bool gap_within_event = false;     ///< The sweep crosses a gap or an end of the observation.
  bool overrun = false;              ///< A part of the sweep was overwritten before it was read.

  std::optional<double> detector_score;    ///< 0 to 1; empty: the network never saw it.
  std::optional<double> classifier_score;  ///< 0 to 1; empty: the network never saw it.
  std::optional<double> probability;       ///< That it is a burst, 0 to 1; of both networks.
  std::string label = "unjudged";          ///< "burst", "interference", "unjudged".

  std::chrono::steady_clock::time_point found;      ///< When the search knew it.
  std::chrono::steady_clock::time_point handed_on;  ///< And when all that is said here was known.

  std::shared_ptr<const Look> look;  ///< Seen around it; null unless LookSettings::keep.
};

}  // namespace draftstream
