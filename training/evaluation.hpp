// What a search found, compared with what was put into a simulated sky.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/units.hpp"
#include "training/truth.hpp"

namespace draftstream {

/// A candidate, in as much as it is compared.
struct FoundPulse {
  std::string id;  ///< As reported; shown, never compared.
  Seconds toa;     ///< Middle of the pulse at the highest channel, from the first sample.
  DispersionMeasure dm;
  double snr = 0.0;
  Seconds width;  ///< Of the boxcar that found it.
};

/// How far a candidate may lie from a burst and still be it.
struct MatchTolerance {
  Seconds time;  ///< At the highest channel; half the candidate's own width is added.
  DispersionMeasure dm;
};

/// Five standard errors of a least-squares fit to a pulse of that S/N and width, plus what a search
/// on a grid cannot resolve. With the effective width W^2 = width^2 + tau^2 + smear^2 + tsamp^2
/// (smear: inside a channel in the middle of the band), s_t = sqrt(2) (W / 2.355) / S/N, and mean
/// m and standard deviation d of x = f^-2 over the burst's channels:
///
///     dm   = 5 s_t / (k d)                              + W / (2 k (x_max - x_min))
///     time = 5 s_t sqrt(1 + ((m - x_top) / d)^2)        + W / 2 + tsamp
///
/// where x_top belongs to the highest channel. The second term of `dm` shifts the band's edges
/// against each other by half of W.
MatchTolerance match_tolerance(const TrueBurst& burst, const Truth& truth);

/// Does the candidate lie within the tolerances of the burst?
[[nodiscard]] bool is_match(const FoundPulse& found, const TrueBurst& burst,
                            const MatchTolerance& tolerance);

/// A burst and the candidate that found it.
struct Match {
  std::size_t burst = 0;          ///< Index in the truth.
  std::size_t found = 0;          ///< Index in the candidates.
  DispersionMeasure dm_error;     ///< Found minus true.
  Seconds time_error;             ///< Found minus TrueBurst::boxcar_toa.
  double snr_ratio = 0.0;         ///< Found / matched filter on what lies inside.
  double boxcar_snr_ratio = 0.0;  ///< Found / best noiseless boxcar.
};

/// Of errors, or of ratios: `worst` is the value farthest from 0, or from 1.
struct ErrorSummary {
  double mean = 0.0;
  double rms = 0.0;  ///< About 0, or about 1.
  double worst = 0.0;
};

/// Recall of bursts whose S/N (snr_inside) is in [low, high).
struct RecallBin {
  double low = 0.0;
  double high = 0.0;  ///< Infinite in the last bin.
  std::size_t bursts = 0;
  std::size_t found = 0;
};

struct Evaluation {
  std::vector<RecallBin> recall;          ///< Every bin, also empty ones.
  std::vector<Match> matches;             ///< In order of burst.
  std::vector<std::size_t> missed;        ///< Bursts.
  std::vector<std::size_t> duplicates;    ///< Candidates that match a burst found by a better one.
  std::vector<std::size_t> false_alarms;  ///< Candidates that match no burst.
  double false_alarms_per_hour = 0.0;
  /// Empty without matches.
  std::optional<ErrorSummary> dm_error, time_error_s, snr_ratio, boxcar_snr_ratio;
};

/// Each candidate belongs to one burst at most. In order of falling S/N, each takes the nearest
/// burst it matches that has none yet; one that matches only bursts already taken is a duplicate.
Evaluation evaluate(std::span<const FoundPulse> found, const Truth& truth);

/// Machine-readable, without a line feed at its end; docs/interfaces/truth.md tells its fields.
std::string to_json(const Evaluation& evaluation, std::span<const FoundPulse> found,
                    const Truth& truth);

/// For people: a table of recall, the missed bursts, counts, errors. Ends in a line feed.
std::string to_text(const Evaluation& evaluation, std::span<const FoundPulse> found,
                    const Truth& truth);

}  // namespace draftstream
