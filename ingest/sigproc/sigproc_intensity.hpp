// From the spectra of a SIGPROC file or stream, with one IF or several, to those of the ring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/observation.hpp"
#include "ingest/sigproc/sigproc_header.hpp"

namespace draftstream {

/// Stored spectra have shape [if, channel], and follow each other packed, without padding. With
/// several IFs, one is picked or the first two are summed: integers of up to 8 bits into 16 bits,
/// wider ones into floats.
///
/// Threads: one at a time per object.
class SigprocIntensity {
 public:
  /// @param header   What is odd about its IFs is added to its warnings.
  /// @param pick_if  Empty = the sum of the first two; else this one, counted from 0.
  /// @throws ConfigError without a file's name, if pick_if is no IF of this header.
  SigprocIntensity(SigprocHeader& header, std::optional<int> pick_if);

  /// What the header tells, with the format that read() gives; `samples` is left empty.
  [[nodiscard]] const Observation& observation() const noexcept { return observation_; }
  /// Bits of a stored spectrum, all IFs.
  [[nodiscard]] std::uint64_t stored_bits() const noexcept { return stored_bits_; }
  /// Whether stored spectra are those of the ring, byte by byte: they may be copied as they lie.
  [[nodiscard]] bool as_stored() const noexcept { return as_stored_; }

  /// One spectrum, whatever as_stored() says.
  /// @param stored  Holds bits [first_bit, first_bit + stored_bits()); the lowest bit of a byte is
  ///                the first.
  /// @param to      observation().spectrum_bytes() bytes.
  void read(std::span<const std::byte> stored, std::uint64_t first_bit, std::span<std::byte> to);

 private:
  Observation observation_;
  SampleFormat stored_format_;
  std::uint64_t row_bits_ = 0;  // of one IF of one spectrum
  std::uint64_t stored_bits_ = 0;
  bool as_stored_ = false;
  bool sum_ = false;
  int picked_ = 0;

  // For sums.
  std::vector<std::byte> row_;
  std::vector<float> first_if_;
  std::vector<float> second_if_;
};

}  // namespace draftstream
