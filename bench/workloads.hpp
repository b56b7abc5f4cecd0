// The searches that everything is measured on.
#pragma once

#include <array>
#include <cstddef>

#include "engine/search_config.hpp"
#include "engine/tree/octaves.hpp"
#include "ingest/observation.hpp"

namespace draftstream {

struct Workload {
  const char* name;
  std::size_t channels;
  double top_mhz;  ///< Outer edges of the band.
  double bottom_mhz;
  double sample_time_s;
  double dm_max;  ///< [pc cm^-3]; from 0.
  unsigned octave_shift;
  double dm_tolerance;

  [[nodiscard]] Observation observation() const;  ///< Of 8 bits.
  [[nodiscard]] DmRange range() const;
  [[nodiscard]] SearchConfig config(EngineKind engine, unsigned threads) const;
};

/// A small band, one like that of FAST, one like that of CHIME.
inline constexpr std::array<Workload, 3> workloads{{
    {"W1", 1024, 1500.0, 1200.0, 256e-6, 1500.0, 2, 1.1},
    {"W2", 4096, 1500.0, 1000.0, 98.304e-6, 3000.0, 2, 1.25},
    {"W3", 16384, 800.0, 400.0, 983.04e-6, 13000.0, 0, 1.25},
}};

}  // namespace draftstream
