// The one value that travels from ingest to engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ingest/hole.hpp"
#include "ingest/ledger.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

/// Stokes-I power in its stored bit depth, shape [time, channel], channel fastest, each spectrum in
/// whole bytes, without padding between spectra; and which of its spectra, and which parts of them,
/// are no data. A view: the ring (or whoever made it) owns bytes, gaps and holes.
class FilterbankChunk {
 public:
  /// @param first    Sample index of row 0.
  /// @param samples  Rows.
  /// @param gaps     In order, disjoint, each inside [first, first + samples).
  /// @param holes    In order of their first sample, disjoint, each inside the chunk. What `bytes`
  ///                 hold there means nothing.
  /// @throws std::invalid_argument if `bytes` does not hold samples * spectrum_bytes, or if gaps or
  ///         holes are not in order or not inside.
  FilterbankChunk(std::uint64_t first, std::size_t samples, std::size_t channels,
                  SampleFormat format, std::span<const std::byte> bytes, std::span<const Gap> gaps,
                  std::span<const Hole> holes = {});

  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }
  [[nodiscard]] std::uint64_t end() const noexcept { return first_ + samples_; }
  [[nodiscard]] std::size_t samples() const noexcept { return samples_; }
  [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
  [[nodiscard]] const SampleFormat& format() const noexcept { return format_; }
  [[nodiscard]] std::span<const Gap> gaps() const noexcept { return gaps_; }
  [[nodiscard]] std::span<const Hole> holes() const noexcept { return holes_; }

  /// Stored bytes of row t.
  [[nodiscard]] std::span<const std::byte> spectrum(std::size_t t) const noexcept {
    const std::size_t stride = format_.spectrum_bytes(channels_);
    return bytes_.subspan(t * stride, stride);
  }

 private:
  std::uint64_t first_;
  std::size_t samples_;
  std::size_t channels_;
  SampleFormat format_;
  std::span<const std::byte> bytes_;
  std::span<const Gap> gaps_;
  std::span<const Hole> holes_;
};

}  // namespace draftstream
