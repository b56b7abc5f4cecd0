// Power by band and time from samples as they came, in as many cells as a picture has room for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/filterbank_chunk.hpp"
#include "ingest/observation.hpp"
#include "publishers/plots/image.hpp"

namespace draftstream {

/// What a waterfall is of.
struct WaterfallPlan {
  std::uint64_t first = 0;    ///< Sample at the highest channel.
  std::uint64_t samples = 0;  ///< > 0.
  DispersionMeasure dm;       ///< That it is dedispersed at; 0 = as it came.
};

struct Waterfall {
  Image image;                  ///< [band][time], lowest band first: S/N; not finite: no data.
  AxisRange time_s;             ///< Since the beginning, at the highest channel.
  std::vector<double> profile;  ///< [time]: S/N of the whole band; not finite: no data.
  /// [band]: delay behind the highest channel, of DM 1 [s cm^3 pc^-1].
  std::vector<double> delays;
  DispersionMeasure dm;

  [[nodiscard]] bool empty() const;  ///< No cell has data.
};

/// Adds samples up, cell by cell. A cell is the mean of its good samples; each channel's cells are
/// then scaled by their own noise (clipped moments), and those of a band added up. Channels that
/// are masked, constant or have next to no data are left out: a band of such is no data.
///
/// Threads: one at a time per object.
class WaterfallMaker {
 public:
  static constexpr std::size_t most_bands = 64;
  static constexpr std::size_t most_cells = 512;

  /// @param masked  Shape [channel], true = never used; empty = none.
  WaterfallMaker(const Observation& observation, const std::vector<bool>& masked,
                 const WaterfallPlan& plan);

  /// Samples before this are not needed: plan.first, then as many as the lowest channel is behind.
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }

  /// Takes what it needs of a chunk; in any order, each sample once.
  void add(const FilterbankChunk& chunk);

  /// What was added.
  [[nodiscard]] Waterfall make() const;

 private:
  void add_spectrum(std::uint64_t sample);
  void scale_channel(std::size_t channel, std::vector<float>& cells) const;

  const Observation& observation_;
  std::vector<bool> masked_;
  WaterfallPlan plan_;
  std::uint64_t cell_samples_ = 1;
  std::size_t cells_ = 1;
  std::uint64_t end_ = 0;
  std::vector<std::uint32_t> delays_;  // [channel], samples
  std::vector<float> sums_;            // [cell][channel]
  std::vector<std::uint32_t> counts_;  // [cell][channel]
  std::vector<float> spectrum_;        // of the sample that is being added
};

/// S/N by DM and time around the DM that a waterfall is dedispersed at: its bands, shifted by what
/// is left of their delays, and added up; each row in units of its own noise.
/// @param dm    From row to row, the lowest first.
/// @param rows  > 0.
[[nodiscard]] Image dm_time_of(const Waterfall& waterfall, const AxisRange& dm_pc_cm3,
                               std::size_t rows);

}  // namespace draftstream
