// A simulated sky: Gaussian noise under a bandpass, dispersed bursts, interference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/observation.hpp"
#include "ingest/time_axis.hpp"
#include "ingest/units.hpp"
#include "replay/recording_writer.hpp"
#include "training/burst.hpp"
#include "training/interference.hpp"
#include "training/random_bursts.hpp"
#include "training/truth.hpp"

namespace draftstream {

/// Everything that a simulated recording is a function of.
struct SkyOptions {
  std::size_t nchans = 1024;
  Band band{Megahertz{1500.0}, Megahertz{1200.0}};  ///< Outer edges of the outer channels.
  bool ascending = false;                           ///< true: channel 0 is the lowest.
  Seconds tsamp{256e-6};
  Seconds duration{60.0};  ///< Rounded to whole samples.
  int nbits = 8;           ///< 1, 2, 4, 8, 16 (unsigned) or 32 (float).
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> interference_seed;  ///< Empty: `seed`. Beams of one sky share it.
  std::optional<int> beam;                         ///< For the header.
  std::vector<Burst> bursts;
  RandomBursts random_bursts;
  std::vector<Interference> interference;
  UtcInstant start{60000, 0.0};
  std::string telescope = "Fake";
  std::string source_name = "simulated";
};

/// Spectra of a simulated sky, each a function of the options and its sample index alone.
///
/// Threads: const members may be called from several threads at once.
class Sky {
 public:
  /// @throws ConfigError naming the option that is out of range.
  explicit Sky(const SkyOptions& options);
  ~Sky();
  Sky(const Sky&) = delete;
  Sky& operator=(const Sky&) = delete;

  [[nodiscard]] const Observation& observation() const noexcept;
  [[nodiscard]] const Truth& truth() const noexcept;

  /// Spectra [first, first + out.size() / nchans) in stored units, before rounding and clipping.
  /// @param out  Shape [time, channel], whole spectra.
  /// @throws std::out_of_range past the end.
  void render(std::uint64_t first, std::span<float> out) const;

  /// Noise comes in blocks of this many spectra; render() is fastest on whole ones.
  [[nodiscard]] std::size_t block_samples() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Told how many spectra of how many are written.
using SkyProgress = std::function<void(std::uint64_t written, std::uint64_t samples)>;

/// Renders the whole sky into `writer`, in order, and finishes it. Memory does not depend on the
/// length; the samples depend on neither `threads` nor the pieces written.
/// @param threads  0 = one per core.
void write_sky(const Sky& sky, RecordingWriter& writer, unsigned threads = 0,
               const SkyProgress& progress = {});

/// Writes a recording and, beside it, its truth file.
/// @param path  Ends as make_recording_writer wants it.
/// @return What was written to truth_path(path).
/// @throws ConfigError            naming the option that is out of range.
/// @throws std::invalid_argument  from make_recording_writer, on another ending.
/// @throws std::system_error      if a file cannot be written.
Truth simulate(const SkyOptions& options, const std::string& path, unsigned threads = 0,
               const SkyProgress& progress = {});

}  // namespace draftstream
