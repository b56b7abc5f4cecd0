#include "engine/infer/detector_tile.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "engine/row_sums.hpp"

namespace draftstream {
namespace {

using tile_grid::margin;
using tile_grid::pixels;

constexpr std::array<std::uint32_t, 3> narrow_widths{1, 2, 4};
constexpr std::array<std::uint32_t, 5> wide_widths{8, 16, 32, 64, 128};
constexpr std::array<std::uint32_t, 4> half_widths{1, 4, 16, 64};
static_assert(wide_widths.back() == tile_grid::widest);

constexpr std::size_t length = TileTracks::row_samples;

// Adds rows in groups of as many as go at once.
class RowAdder {
 public:
  explicit RowAdder(std::span<float> sum) : sum_{sum} {}
  void add(const float* row) {
    rows_[count_++] = row;
    if (count_ == rows_.size()) flush();
  }
  void flush() {
    if (count_ != 0) add_rows({rows_.data(), count_}, sum_);
    count_ = 0;
  }

 private:
  std::span<float> sum_;
  std::array<const float*, rows_at_once> rows_{};
  std::size_t count_ = 0;
};

// Where [n, ...) of the window begins in a rank's row.
std::size_t place_in(const SampleWindow& window, std::size_t rank, std::int64_t n) {
  assert(n >= window.stretch(rank).first);
  return static_cast<std::size_t>(n - window.stretch(rank).first);
}

// Of neighbours; in vectors.
void larger_of_two(std::span<const float> in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::max(in[2 * i], in[2 * i + 1]);
}
static_assert(tile_grid::samples_a_pixel == 8);

struct Centre {
  float middle = 0.0F;
  float sigma = 1.0F;
};

// Median and scatter by quartiles, of every other value, from a histogram in steps of 1/32.
// Scatter above some 20 is told as 20.
class RowStatistics {
 public:
  /// @param values  At most as many as a row has.
  void add(std::span<const float> values, float unit) {
    std::array<std::int32_t, length / 2> places;
    const std::size_t count = values.size() / 2;
    for (std::size_t i = 0; i < count; ++i) {  // without a branch: in vectors
      const float place = (values[2 * i] * unit + half_range) * steps_a_unit;
      places[i] =
          static_cast<std::int32_t>(std::min(std::max(place, 0.0F), static_cast<float>(cells - 1)));
    }
    // Neighbours may fall into one cell, and would wait for each other.
    for (std::size_t i = 0; i < count; ++i) {
      ++counts_[i % tables][static_cast<std::size_t>(places[i])];
    }
    values_ += static_cast<std::uint32_t>(count);
  }
  void add(float value) {
    const float place = (value + half_range) * steps_a_unit;
    const float cut = std::min(std::max(place, 0.0F), static_cast<float>(cells - 1));
    ++counts_[0][static_cast<std::size_t>(cut)];
    ++values_;
  }
  [[nodiscard]] Centre centre() {
    constexpr std::uint32_t fewest = 64;
    constexpr float quartile_range = 1.34898F;  // of a unit Gaussian
    if (values_ < fewest) return {};
    for (std::size_t table = 1; table < tables; ++table) {
      for (std::size_t i = 0; i < cells; ++i) {
        counts_[0][i] = static_cast<std::uint16_t>(counts_[0][i] + counts_[table][i]);
      }
    }
    for (std::size_t i = 0; i < cells; ++i) groups_[i / group] += counts_[0][i];
    const float middle = quantile(0.5F);
    const float range = quantile(0.75F) - quantile(0.25F);
    return {middle, std::max(range / quartile_range, 1e-3F)};
  }

 private:
  static constexpr std::size_t cells = 1024;
  static constexpr std::size_t group = 32;
  static constexpr std::size_t tables = 4;
  static constexpr float steps_a_unit = 32.0F;
  static constexpr float half_range = 16.0F;

  [[nodiscard]] float quantile(float share) const {
    const float rank = share * static_cast<float>(values_);
    const auto& counts = counts_[0];
    std::uint32_t before = 0;
    std::size_t cell = 0;
    while (cell + group < cells && static_cast<float>(before + groups_[cell / group]) < rank) {
      before += groups_[cell / group];
      cell += group;
    }
    while (cell + 1 < cells && static_cast<float>(before + counts[cell]) < rank) {
      before += counts[cell++];
    }
    const float inside = (rank - static_cast<float>(before)) /
                         static_cast<float>(std::max<std::uint32_t>(counts[cell], 1));
    return (static_cast<float>(cell) + inside) / steps_a_unit - half_range;
  }

  std::array<std::array<std::uint16_t, cells>, tables> counts_{};
  std::array<std::uint32_t, cells / group> groups_{};
  std::uint32_t values_ = 0;
};

}  // namespace

void DetectorTileMaker::make(const SampleWindow& window, const TilePlace& place,
                             DetectorTile& tile) {
  const TileTracks tracks{delays_.shares(), place};
  assert(window.channels() == delays_.channels() && window.level() == place.level);
  place_parts(tracks);
  sum_values(window, tracks);
  uniform_ = true;
  low_.count = 0.0F;
  high_.count = 0.0F;
  for (std::size_t rank = 0; rank < window.channels(); ++rank) {
    const SampleWindow::Content content = window.content(rank);
    uniform_ = uniform_ && content != SampleWindow::Content::mixed;
    Series& half = rank < tracks.first_rank(tracks.first_low()) ? high_ : low_;
    half.count += content == SampleWindow::Content::all_good ? 1.0F : 0.0F;
  }
  if (!uniform_) count_good(window, tracks);
  for (Series* series : {&low_, &high_, &full_}) {
    series->sums.resize(length);
    series->counts.resize(length);
  }
  boxes_.resize(length);
  best_.resize(tile_grid::samples);
  for (std::size_t row = 0; row < tile_grid::rows; ++row) {
    sum_row(tracks, parts_, row, 0, tracks.first_low(), high_.sums);
    sum_row(tracks, parts_, row, tracks.first_low(), tracks.sub_bands(), low_.sums);
    if (!uniform_) {
      sum_row(tracks, counts_, row, 0, tracks.first_low(), high_.counts);
      sum_row(tracks, counts_, row, tracks.first_low(), tracks.sub_bands(), low_.counts);
    }
    full_.count = low_.count + high_.count;
    for (std::size_t t = 0; t < length; ++t) full_.sums[t] = low_.sums[t] + high_.sums[t];
    if (!uniform_) {
      for (std::size_t t = 0; t < length; ++t) full_.counts[t] = low_.counts[t] + high_.counts[t];
    }
    for (Series* series : {&low_, &high_, &full_}) normalise(*series);
    find_boxes(full_.sums, narrow_widths, &tile.at(DetectorTile::narrow, row, 0));
    find_boxes(full_.sums, wide_widths, &tile.at(DetectorTile::wide, row, 0));
    find_boxes(low_.sums, half_widths, &tile.at(DetectorTile::low_half, row, 0));
    find_boxes(high_.sums, half_widths, &tile.at(DetectorTile::high_half, row, 0));
  }
}

void DetectorTileMaker::place_parts(const TileTracks& tracks) {
  places_.clear();
  std::size_t place = 0;
  for (std::size_t step = 0; step < tracks.steps(); ++step) {
    for (std::size_t b = 0; b < tracks.sub_bands(); ++b) {
      places_.push_back(place);
      place += length + tracks.extra(b, step);
    }
  }
  places_.push_back(place);
}

// One sub-band after the other: its channels stay in the cache for all steps.
void DetectorTileMaker::sum_values(const SampleWindow& window, const TileTracks& tracks) {
  parts_.assign(places_.back(), 0.0F);
  for (std::size_t b = 0; b < tracks.sub_bands(); ++b) {
    for (std::size_t step = 0; step < tracks.steps(); ++step) {
      const std::int64_t begin = tracks.begin() + tracks.late(b, step * tracks.rows_a_step());
      const std::size_t place = places_[step * tracks.sub_bands() + b];
      RowAdder adder{std::span{parts_}.subspan(place, length + tracks.extra(b, step))};
      for (std::size_t rank = tracks.first_rank(b); rank < tracks.first_rank(b + 1); ++rank) {
        const std::size_t from = place_in(window, rank, begin + tracks.shift(step, rank));
        adder.add(window.values(rank).data() + from);
      }
      adder.flush();
    }
  }
}

void DetectorTileMaker::count_good(const SampleWindow& window, const TileTracks& tracks) {
  counts_.assign(places_.back(), 0.0F);
  for (std::size_t rank = 0; rank < window.channels(); ++rank) {
    const std::span<const std::uint8_t> good = window.good(rank);
    ones_.assign(good.begin(), good.end());
    std::size_t b = 0;
    while (rank >= tracks.first_rank(b + 1)) ++b;
    for (std::size_t step = 0; step < tracks.steps(); ++step) {
      const std::int64_t begin = tracks.begin() + tracks.late(b, step * tracks.rows_a_step());
      const std::size_t place = places_[step * tracks.sub_bands() + b];
      RowAdder adder{std::span{counts_}.subspan(place, length + tracks.extra(b, step))};
      adder.add(ones_.data() + place_in(window, rank, begin + tracks.shift(step, rank)));
      adder.flush();
    }
  }
}

void DetectorTileMaker::sum_row(const TileTracks& tracks, const Parts& parts, std::size_t row,
                                std::size_t first_sub_band, std::size_t end_sub_band,
                                std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0F);
  const std::size_t step = row / tracks.rows_a_step();
  const std::size_t first_row = step * tracks.rows_a_step();
  RowAdder adder{out};
  for (std::size_t b = first_sub_band; b < end_sub_band; ++b) {
    const auto later = static_cast<std::size_t>(tracks.late(b, row) - tracks.late(b, first_row));
    adder.add(parts.data() + places_[step * tracks.sub_bands() + b] + later);
  }
  adder.flush();
}

void DetectorTileMaker::normalise(Series& series) {
  if (uniform_ && series.count == 0.0F) return;  // zeros
  RowStatistics statistics;
  float unit = 1.0F;  // of noise
  if (uniform_) {
    unit = 1.0F / std::sqrt(series.count);
    statistics.add(series.sums, unit);
  } else {
    for (std::size_t t = 0; t < length; ++t) {
      series.sums[t] /= std::sqrt(std::max(series.counts[t], 1.0F));
    }
    for (std::size_t t = 0; t < length; t += 2) {
      if (series.counts[t] > 0.0F) statistics.add(series.sums[t]);
    }
  }
  const Centre centre = statistics.centre();
  const float factor = unit / centre.sigma;
  const float offset = centre.middle / centre.sigma;
  for (float& value : series.sums) value = value * factor - offset;
  if (uniform_) return;
  for (std::size_t t = 0; t < length; ++t) {
    if (series.counts[t] == 0.0F) series.sums[t] = 0.0F;
  }
}

// boxes_[t] is the sum of `width` values from t on; each width is twice the one before.
void DetectorTileMaker::find_boxes(std::span<const float> series,
                                   std::span<const std::uint32_t> widths, std::uint8_t* out) {
  std::copy(series.begin(), series.end(), boxes_.begin());
  std::fill(best_.begin(), best_.end(), -1e30F);
  std::uint32_t width = 1;
  for (const std::uint32_t wanted : widths) {
    for (; width < wanted; width *= 2) add_shifted(boxes_, width);
    const std::size_t first = margin - width / 2;  // the box whose middle is the tile's first
    const float scale = 1.0F / std::sqrt(static_cast<float>(width));
    keep_larger(std::span{boxes_}.subspan(first, best_.size()), scale, best_);
  }
  std::array<float, 4 * pixels> fours;
  std::array<float, 2 * pixels> twos;
  std::array<float, pixels> most;
  larger_of_two(best_, fours);
  larger_of_two(fours, twos);
  larger_of_two(twos, most);
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) out[pixel] = code_(most[pixel]);
}

}  // namespace draftstream
