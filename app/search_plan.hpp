// What a search of a band would do, and how well, before there are any data.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/search_config.hpp"
#include "engine/tree/efficiency.hpp"
#include "engine/tree/octaves.hpp"
#include "engine/tree/search_memory.hpp"
#include "ingest/observation.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// What is to be planned for.
struct PlannedBand {
  std::string name;  ///< Of the file; "" = none.
  Observation observation;

  [[nodiscard]] const FrequencyAxis& frequency() const noexcept { return observation.frequency; }
  [[nodiscard]] Seconds sample_time() const noexcept { return observation.time.sample_time; }
  [[nodiscard]] double spectrum_bytes() const noexcept {  ///< Of the samples as they come.
    return static_cast<double>(observation.spectrum_bytes());
  }
};

/// One octave and its tree.
struct PlannedOctave {
  Octave octave;
  std::vector<unsigned> radices;
  std::vector<std::size_t> rows;       ///< Of each stage, the channels first, the trials last.
  double additions_per_s = 0.0;        ///< A second of data.
  std::size_t row_bytes = 0;           ///< Rows kept for later: one byte a sample.
  std::vector<Efficiency> efficiency;  ///< By SearchPlan::pulse_widths.
};

/// What a replay does about its candidates.
struct PlannedLooks {
  bool cutouts = true;
  bool networks = false;
};

struct SearchPlan {
  PlannedBand band;
  SearchConfig config;
  std::vector<PlannedOctave> octaves;
  std::vector<MemoryPart> memory;     ///< Of a replay, resident; mapped recordings aside.
  std::vector<Seconds> pulse_widths;  ///< FWHM: 1, 2, 4 ... 64 samples.

  [[nodiscard]] std::size_t trials() const noexcept;
  [[nodiscard]] double additions_per_s() const noexcept;
  [[nodiscard]] std::size_t row_bytes() const noexcept;
  /// Delay of the lowest channel behind the highest at the last trial.
  [[nodiscard]] Seconds longest_sweep() const;
  /// The recording over that sweep, which refinement looks back on.
  [[nodiscard]] double recording_bytes() const;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  /// Of one core, for a second of data [s]: an estimate, by rates measured on one machine.
  [[nodiscard]] double core_seconds_per_s() const noexcept;
};

/// @throws ConfigError if the range or the channels cannot be planned for.
[[nodiscard]] SearchPlan plan_search(const PlannedBand& band, const SearchConfig& config,
                                     const PlannedLooks& looks);

[[nodiscard]] std::string plan_text(const SearchPlan& plan);  ///< Tables, for people.
[[nodiscard]] std::string plan_json(const SearchPlan& plan);  ///< docs/interfaces/command_line.md

}  // namespace draftstream
