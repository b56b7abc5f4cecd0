// Ring contents that are a function of sample index and byte, so that a value in the wrong place
// shows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ingest/spectrum_ring.hpp"

namespace draftstream::test {

inline std::byte pattern(std::uint64_t sample, std::size_t byte) {
  const std::uint64_t mixed = (sample * 0x9E3779B97F4A7C15U + byte) * 0xBF58476D1CE4E5B9U;
  return static_cast<std::byte>(mixed >> 56U);
}

/// Fills whole spectra, the first of which has index `first`.
inline void fill_pattern(std::span<std::byte> bytes, std::uint64_t first,
                         std::size_t spectrum_bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = pattern(first + i / spectrum_bytes, i % spectrum_bytes);
  }
}

/// True if the view holds the pattern outside its gaps and zeros inside them.
inline bool holds_pattern(const SpectrumRing::Reader::View& view) {
  const FilterbankChunk chunk = view.chunk();
  std::vector<bool> is_gap(chunk.samples());
  for (const Gap& gap : chunk.gaps()) {
    for (std::uint64_t n = gap.first; n < gap.end(); ++n) is_gap[n - chunk.first()] = true;
  }
  for (std::size_t t = 0; t < chunk.samples(); ++t) {
    const auto spectrum = chunk.spectrum(t);
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
      const std::byte expected = is_gap[t] ? std::byte{0} : pattern(chunk.first() + t, i);
      if (spectrum[i] != expected) return false;
    }
  }
  return true;
}

/// A ring of bytes; in ordinary pages, so that it is as small as a page.
inline SpectrumRing::Options small_ring(std::size_t channels, std::uint64_t samples) {
  return {
      .channels = channels, .format = {8}, .samples = samples, .huge_pages = false, .lock = false};
}

/// Claims, fills and publishes. @return false once stopped.
inline bool write_pattern(SpectrumRing& ring, std::uint64_t samples) {
  const std::uint64_t first = ring.published();
  const auto bytes = ring.claim(samples);
  if (bytes.empty()) return false;
  fill_pattern(bytes, first, bytes.size() / samples);
  ring.publish(samples);
  return true;
}

}  // namespace draftstream::test
