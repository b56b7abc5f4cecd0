// Samples of a sky that never arrived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "ingest/hole.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace draftstream::test {

/// What a network loses: cells of `cell_samples` spectra and `cell_channels` channels, a share of
/// them. Half of it goes alone, half as `burst_cells` of one channel group, one after the other.
struct Loss {
  double share = 0.01;
  std::size_t cell_samples = 8;
  std::size_t cell_channels = 8;
  std::size_t burst_cells = 12;
};

/// @return In order of time, then channel; disjoint.
inline std::vector<Hole> lost_cells(const Loss& loss, std::uint64_t first, std::size_t samples,
                                    std::size_t channels, std::uint64_t seed) {
  const std::size_t groups = (channels + loss.cell_channels - 1) / loss.cell_channels;
  std::vector<std::size_t> burst(groups, 0);  // cells that are still to be lost
  std::vector<Hole> holes;
  std::uint64_t draw = 0;
  for (std::size_t t = 0; t < samples; t += loss.cell_samples) {
    for (std::size_t g = 0; g < groups; ++g) {
      const double chance = uniform(seed, draw++);
      const double begins = 0.5 * loss.share / static_cast<double>(loss.burst_cells);
      if (burst[g] == 0 && chance < begins) burst[g] = loss.burst_cells;
      const bool alone = chance >= begins && chance < begins + 0.5 * loss.share;
      if (burst[g] == 0 && !alone) continue;
      if (burst[g] != 0) --burst[g];
      const std::size_t c = g * loss.cell_channels;
      holes.push_back({first + t, std::min(loss.cell_samples, samples - t), c,
                       std::min(loss.cell_channels, channels - c)});
    }
  }
  return holes;
}

template <class Visit>
void for_each_sample(std::span<const Hole> holes, Visit visit) {
  for (const Hole& hole : holes) {
    for (std::uint64_t n = hole.first; n < hole.end(); ++n) {
      for (std::size_t c = hole.first_channel; c < hole.end_channel(); ++c) visit(n, c);
    }
  }
}

/// Spectra of floats with the values of integers of 8 or 16 bits, NaN in holes; from sample 0 on.
inline std::vector<std::byte> as_floats(std::span<const std::byte> stored,
                                        const SampleFormat& format, std::size_t channels,
                                        std::span<const Hole> holes) {
  const std::size_t size = static_cast<std::size_t>(format.bits) / 8;
  std::vector<float> values(stored.size() / size);
  for (std::size_t i = 0; i < values.size(); ++i) {
    unsigned value = 0;
    for (std::size_t b = 0; b < size; ++b) {
      value |= std::to_integer<unsigned>(stored[i * size + b]) << (8 * b);
    }
    const int wraps = format.is_signed && value >> (format.bits - 1) != 0 ? 1 << format.bits : 0;
    values[i] = static_cast<float>(static_cast<int>(value) - wraps);
  }
  for_each_sample(holes, [&](std::uint64_t n, std::size_t c) {
    values[n * channels + c] = std::numeric_limits<float>::quiet_NaN();
  });
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// What lies in holes means nothing: another value in each sample, of 8 or 16 bits.
inline void spoil(std::span<std::byte> stored, const SampleFormat& format, std::size_t channels,
                  std::span<const Hole> holes) {
  const std::size_t size = static_cast<std::size_t>(format.bits) / 8;
  for_each_sample(holes, [&](std::uint64_t n, std::size_t c) {
    for (std::size_t b = 0; b < size; ++b) {
      const std::size_t place = (n * channels + c) * size + b;
      stored[place] = static_cast<std::byte>(random_bits(99, place));
    }
  });
}

}  // namespace draftstream::test
