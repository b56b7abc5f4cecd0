// The last seconds of a stream as a picture: what comes, before anything is done to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ingest/observation.hpp"
#include "ingest/spectrum_ring.hpp"

namespace draftstream {

/// A picture of power, shape [band][column], the highest band first, the newest column last.
struct WaterfallPicture {
  std::size_t bands = 0;
  std::size_t columns = 0;
  std::uint64_t first_sample = 0;    ///< Of the first column.
  std::uint64_t column_samples = 1;  ///< That a column stands for.
  std::uint64_t looked_at = 1;       ///< Of these, that the newest columns are the mean of.
  double column_s = 0.0;
  double end_s = 0.0;  ///< Of the last column, since the first sample of the observation [s].
  double top_mhz = 0.0;
  double bottom_mhz = 0.0;
  /// 0 where there are no data; else 128 + 16 times how far the mean power lies from the median of
  /// its band, in standard deviations of the band's cells, from 1 to 255.
  std::vector<std::uint8_t> cells;

  /// All but the cells, on one line.
  [[nodiscard]] std::string json() const;
};

/// Looks at a ring now and then, as a reader that nobody waits for. What it copies at a time is
/// bounded: where data come faster, of each column the first spectra stand for all.
///
/// Threads: one at a time.
class LiveWaterfall {
 public:
  /// @param ring, observation  Must outlive this.
  LiveWaterfall(SpectrumRing& ring, const Observation& observation);

  /// The picture as of now; columns of what was overwritten before it was seen have no data.
  [[nodiscard]] WaterfallPicture look();

 private:
  void read_column(std::uint64_t column, std::uint64_t samples);
  void add(const FilterbankChunk& chunk);
  [[nodiscard]] float* means_of(std::uint64_t column);

  SpectrumRing& ring_;
  const Observation& observation_;
  std::size_t bands_;
  std::vector<std::size_t> band_of_;  // [channel]
  std::uint64_t column_samples_;
  std::unique_ptr<SpectrumRing::Reader> reader_;
  SpectrumRing::Reader::View view_;
  std::vector<float> spectrum_;         // [channel]
  std::vector<double> sums_;            // [band], of the column that is read
  std::vector<std::uint64_t> weights_;  // the same
  std::vector<float> means_;            // [column modulo columns][band]; NaN = no data
  std::uint64_t next_column_;           // the first that was not read yet
  std::uint64_t looked_at_ = 1;
};

}  // namespace draftstream
