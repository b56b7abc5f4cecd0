// What an assembly window should do, by a plain model: everything that was placed, kept in maps.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <tuple>
#include <vector>

#include "ingest/packets/assembly_window.hpp"

namespace draftstream::test {

/// Collects what a window passes on, as one long [beam][sample, channel] of bytes, and of which
/// samples a hole says that they are none.
struct Collected {
  explicit Collected(std::size_t beams) : samples(beams), holes(beams) {}

  AssemblyWindow::Sink sink(const CellGrid& grid) {
    return [this, grid](const FinishedSlot& slot) {
      in_order = in_order && slot.first == end;
      end = slot.first + slot.samples;
      for (std::size_t beam = 0; beam < slot.beams.size(); ++beam) {
        const auto& from = slot.beams[beam];
        auto& to = samples[beam];
        const std::size_t bytes = static_cast<std::size_t>(slot.samples) * grid.spectrum_bytes();
        if (from.spectra.empty()) {
          to.resize(to.size() + bytes);
        } else {
          sizes_fit = sizes_fit && from.spectra.size() == bytes;
          to.insert(to.end(), from.spectra.begin(), from.spectra.end());
        }
        holes[beam].insert(holes[beam].end(), from.holes.begin(), from.holes.end());
        for (const Hole& hole : from.holes) {
          sizes_fit = sizes_fit && hole.first >= slot.first && hole.samples > 0 &&
                      hole.first + hole.samples <= end && hole.channels > 0 &&
                      hole.first_channel + hole.channels <= grid.channels();
        }
      }
      ++slots;
    };
  }

  /// Of one beam, [sample, channel]: 1 where a hole is. Holes that overlap give 2.
  [[nodiscard]] std::vector<int> hole_map(const CellGrid& grid, std::size_t beam) const {
    std::vector<int> map(static_cast<std::size_t>(end) * grid.channels());
    for (const Hole& hole : holes[beam]) {
      for (std::uint64_t t = hole.first; t < hole.first + hole.samples; ++t) {
        for (std::size_t c = 0; c < hole.channels; ++c) {
          ++map[static_cast<std::size_t>(t) * grid.channels() + hole.first_channel + c];
        }
      }
    }
    return map;
  }

  std::vector<std::vector<std::byte>> samples;
  std::vector<std::vector<Hole>> holes;
  std::uint64_t end = 0;
  std::size_t slots = 0;
  bool in_order = true;
  bool sizes_fit = true;
};

/// Value of a sample: never 0, and another one for its neighbours.
inline std::byte pattern(std::size_t beam, std::uint64_t sample, std::size_t channel) {
  return static_cast<std::byte>(1 + (beam * 101 + sample * 37 + channel * 11) % 250);
}

/// Fills a cell of 8-bit samples.
inline void fill_cell(const CellGrid& grid, std::byte* out, std::size_t beam, std::uint64_t block,
                      std::size_t group) {
  for (std::size_t t = 0; t < grid.block_samples; ++t) {
    for (std::size_t c = 0; c < grid.group_channels; ++c) {
      out[t * grid.spectrum_bytes() + c] =
          pattern(beam, block * grid.block_samples + t, group * grid.group_channels + c);
    }
  }
}

}  // namespace draftstream::test
