// What is known of an observation before its first sample.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ingest/frequency_axis.hpp"
#include "ingest/samples.hpp"
#include "ingest/time_axis.hpp"

namespace draftstream {

/// The header of an observation, whatever format brought it. Unknown is empty, never 0.
struct Observation {
  FrequencyAxis frequency;
  TimeAxis time;
  SampleFormat format;  ///< Of the samples as they lie in the ring (Stokes I).
  std::optional<std::uint64_t>
      samples;  ///< Spectra in all, gaps included; empty for a live stream.

  std::string telescope;          ///< "" where unknown.
  std::string backend;            ///< "" where unknown.
  std::string source_name;        ///< "" where unknown.
  std::optional<double> ra_deg;   ///< J2000.
  std::optional<double> dec_deg;  ///< J2000.
  std::optional<int> beam;

  int stored_bits = 8;  ///< Bits a sample had in its recording; `format` may be wider.
  int stored_pols = 1;  ///< Polarisations (or IFs) there, before they became Stokes I.

  [[nodiscard]] std::size_t spectrum_bytes() const noexcept {
    return format.spectrum_bytes(frequency.channels());
  }
};

}  // namespace draftstream
