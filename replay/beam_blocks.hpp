// Recordings of the beams of one receiver, block by block, side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "replay/recording.hpp"

namespace draftstream {

/// Spectra of several beams on one grid of time, which begins with the beam that begins first.
///
/// Threads: one at a time per object.
class BeamBlocks {
 public:
  /// @param recordings  At least one, as open_beams() gives them.
  /// @throws InputError if beams differ in channels, frequencies or sampling time: packets of one
  ///         stream have these in common.
  explicit BeamBlocks(std::vector<std::unique_ptr<Recording>> recordings);

  /// Of all beams: the first one's, with the earliest start, `samples` to the last one's end.
  [[nodiscard]] const Observation& observation() const noexcept { return observation_; }
  /// Their numbers, 0 where unknown.
  [[nodiscard]] std::span<const std::uint64_t> beams() const noexcept { return numbers_; }
  [[nodiscard]] std::span<const std::string> warnings() const noexcept { return warnings_; }

  /// Reads spectra [first, first + count) of all beams. Those in gaps, and those before a beam's
  /// beginning or behind its end, are NaN.
  /// @param turned  Channel 0 is the recording's last.
  /// @throws InputError from Recording::read().
  void read(std::uint64_t first, std::uint64_t count, bool turned);
  /// What was read of a beam, by index. Shape [count, channel].
  [[nodiscard]] std::span<const float> spectra(std::size_t beam) const noexcept;
  /// Of these, spectra that are data.
  [[nodiscard]] std::uint64_t valid(std::size_t beam) const noexcept { return beams_[beam].valid; }
  /// Spectra of a beam, by index, that its recording has from its first to its last.
  [[nodiscard]] std::uint64_t samples(std::size_t beam) const noexcept {
    return *beams_[beam].recording->observation().samples;
  }

 private:
  struct Beam {
    std::unique_ptr<Recording> recording;
    std::uint64_t offset = 0;  // of its first sample on the grid
    std::uint64_t valid = 0;
    std::vector<float> spectra;
  };

  void read_beam(Beam& beam, std::uint64_t first, std::uint64_t count, bool turned);

  Observation observation_;
  std::vector<Beam> beams_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::string> warnings_;
  std::vector<std::byte> stored_;
};

}  // namespace draftstream
