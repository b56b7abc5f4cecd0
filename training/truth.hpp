// What was put into a simulated recording, to be compared with what is found in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "ingest/observation.hpp"
#include "ingest/time_axis.hpp"
#include "ingest/units.hpp"
#include "training/burst.hpp"
#include "training/interference.hpp"

namespace draftstream {

/// A burst as it lies in the recording. "Sigma" is the noise of one sample of one channel.
struct TrueBurst {
  Burst burst;
  Seconds toa_infinite;        ///< burst.toa at infinite frequency.
  double fluence_sigma = 0.0;  ///< Sum of the template over all samples and channels [sigma].
  double peak_sigma = 0.0;     ///< Its largest sample [sigma].
  double frac_inside = 1.0;    ///< Of the template's squared sum in live channels: what lies in
                               ///< the recording, and in no dropout.
  double boxcar_snr = 0.0;     ///< Best S/N of a boxcar of 1 to 512 samples on the noiseless,
                               ///< dedispersed sum of what lies inside.
  std::uint32_t boxcar_samples = 1;  ///< Its length.
  Seconds boxcar_toa;                ///< Its middle: what a perfect boxcar search reports.

  /// S/N of the matched filter on what lies inside.
  [[nodiscard]] double snr_inside() const noexcept;
};

/// How often one kind of interference came.
struct TrueInterference {
  Interference interference;
  std::uint64_t events = 0;           ///< Impulses, radar pulses, chirps, ..., gain steps.
  std::uint64_t samples = 0;          ///< Spectra that they cover; 0 for kinds of whole channels.
  std::vector<std::size_t> channels;  ///< Affected ones, in order; empty = all, or it varies.
};

/// Content of a truth file; docs/interfaces/truth.md tells its fields.
struct Truth {
  std::string recording;  ///< Name of the file it belongs to, without folders; "" if none.
  std::uint64_t seed = 0;
  std::uint64_t samples = 0;
  int nbits = 8;
  TimeAxis time;
  FrequencyAxis frequency;
  std::string telescope;
  std::string source_name;
  std::vector<TrueBurst> bursts;  ///< In order of toa.
  std::vector<TrueInterference> interference;
  std::vector<std::string> background;  ///< Recordings that bursts were added to, without folders.
  std::uint64_t clipped = 0;  ///< Values of them that a burst drove past what their format holds.

  [[nodiscard]] Seconds duration() const noexcept {
    return time.since_start(static_cast<double>(samples));
  }
};

/// Of a recording, as far as its header tells: no bursts yet. Its samples must be known.
Truth truth_of(const Observation& observation, std::uint64_t seed);

/// "sky.truth.json" for "sky.fil": the recording's ending is replaced.
std::string truth_path(const std::string& recording);

/// The text of a truth file, without a line feed at its end.
std::string to_json(const Truth& truth);

/// @param text  Of a truth file.
/// @throws InputError naming field, what was found and what was expected.
Truth parse_truth(const std::string& text);

/// @throws MissingInput if it cannot be read.
/// @throws InputError   naming file, field, what was found and what was expected.
Truth read_truth(const std::string& path);

/// @throws std::system_error if it cannot be written.
void write_truth(const std::string& path, const Truth& truth);

}  // namespace draftstream
