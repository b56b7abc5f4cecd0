#include "publishers/plots/waterfall.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/dispersion.hpp"
#include "engine/robust_scale.hpp"
#include "ingest/samples.hpp"
#include "publishers/plots/panel.hpp"

namespace draftstream {
namespace {

constexpr float nothing = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t most_sums = std::size_t{1} << 22;  // cells of all channels
constexpr std::size_t fewest_cells = 64;

// In units of the noise; all of it no data where there is none to be measured.
void scale_by_noise(std::span<float> cells) {
  std::vector<float> good;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(good),
               [](float value) { return std::isfinite(value); });
  const ChannelScale scale = robust_scale(good, true);
  for (float& cell : cells) {
    cell = scale.sigma > 0.0
               ? static_cast<float>((static_cast<double>(cell) - scale.mean) / scale.sigma)
               : nothing;
  }
}

/// Sums of good values, over the root of their number.
class Sums {
 public:
  explicit Sums(std::size_t cells) : sums_(cells), counts_(cells) {}
  void add(std::size_t cell, float value) {
    if (!std::isfinite(value)) return;
    sums_[cell] += value;
    counts_[cell] += 1.0F;
  }
  [[nodiscard]] float at(std::size_t cell) const {
    return counts_[cell] > 0.0F ? sums_[cell] / std::sqrt(counts_[cell]) : nothing;
  }
  [[nodiscard]] std::vector<float> all() const {
    std::vector<float> values;
    for (std::size_t cell = 0; cell < sums_.size(); ++cell) values.push_back(at(cell));
    return values;
  }

 private:
  std::vector<float> sums_;
  std::vector<float> counts_;
};

// Channels from the lowest frequency to the highest.
std::vector<std::size_t> by_frequency(const FrequencyAxis& frequency) {
  std::vector<std::size_t> order(frequency.channels());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(
      order, {}, [&frequency](std::size_t channel) { return frequency.centre(channel).value(); });
  return order;
}

}  // namespace

bool Waterfall::empty() const {
  return std::ranges::none_of(image.values, [](float value) { return std::isfinite(value); });
}

WaterfallMaker::WaterfallMaker(const Observation& observation, const std::vector<bool>& masked,
                               const WaterfallPlan& plan)
    : observation_{observation}, masked_{masked}, plan_{plan} {
  const FrequencyAxis& frequency = observation.frequency;
  const std::size_t channels = frequency.channels();
  masked_.resize(channels, false);
  const std::size_t most =
      std::clamp(most_sums / std::max<std::size_t>(channels, 1), fewest_cells, most_cells);
  cell_samples_ = std::max<std::uint64_t>(1, (plan.samples + most - 1) / most);
  cells_ = static_cast<std::size_t>((plan.samples + cell_samples_ - 1) / cell_samples_);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const Seconds delay = dispersion_delay(plan.dm, frequency.centre(channel), frequency.highest());
    delays_.push_back(
        static_cast<std::uint32_t>(std::llround(delay / observation.time.sample_time)));
  }
  end_ = plan.first + cells_ * cell_samples_ + *std::ranges::max_element(delays_);
  sums_.resize(cells_ * channels);
  counts_.resize(cells_ * channels);
  spectrum_.resize(channels);
}

void WaterfallMaker::add(const FilterbankChunk& chunk) {
  const std::uint64_t begin = std::max(chunk.first(), plan_.first);
  const std::uint64_t end = std::min(chunk.end(), end_);
  auto gap = chunk.gaps().begin();
  for (std::uint64_t sample = begin; sample < end; ++sample) {
    while (gap != chunk.gaps().end() && gap->end() <= sample) ++gap;
    if (gap != chunk.gaps().end() && gap->first <= sample) continue;
    unpack_spectrum(chunk.spectrum(static_cast<std::size_t>(sample - chunk.first())),
                    chunk.format(), spectrum_);
    for (const Hole& hole : chunk.holes()) {
      if (sample < hole.first || sample >= hole.end()) continue;
      std::fill_n(spectrum_.begin() + static_cast<std::ptrdiff_t>(hole.first_channel),
                  hole.channels, nothing);
    }
    add_spectrum(sample);
  }
}

void WaterfallMaker::add_spectrum(std::uint64_t sample) {
  const std::size_t channels = spectrum_.size();
  const auto since = static_cast<std::int64_t>(sample - plan_.first);
  const auto all = static_cast<std::int64_t>(cells_ * cell_samples_);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const std::int64_t place = since - static_cast<std::int64_t>(delays_[channel]);
    const float value = spectrum_[channel];
    if (place < 0 || place >= all || !std::isfinite(value)) continue;
    const std::size_t cell = static_cast<std::uint64_t>(place) / cell_samples_;
    sums_[cell * channels + channel] += value;
    ++counts_[cell * channels + channel];
  }
}

// Cells of which more than half is missing are no data: their noise is another.
void WaterfallMaker::scale_channel(std::size_t channel, std::vector<float>& cells) const {
  const std::size_t channels = spectrum_.size();
  cells.assign(cells_, nothing);
  if (masked_[channel]) return;
  for (std::size_t cell = 0; cell < cells_; ++cell) {
    const std::uint32_t count = counts_[cell * channels + channel];
    if (count == 0 || count < (cell_samples_ + 1) / 2) continue;
    cells[cell] = sums_[cell * channels + channel] / static_cast<float>(count);
  }
  scale_by_noise(cells);
}

Waterfall WaterfallMaker::make() const {
  const FrequencyAxis& frequency = observation_.frequency;
  const std::vector<std::size_t> order = by_frequency(frequency);
  const std::size_t bands = std::min(order.size(), most_bands);
  Waterfall waterfall;
  waterfall.dm = plan_.dm;
  const auto since_start = [this](std::uint64_t sample) {
    return observation_.time.since_start(static_cast<double>(sample)).value();
  };
  waterfall.time_s = {since_start(plan_.first), since_start(plan_.first + cells_ * cell_samples_)};
  waterfall.image = {bands, cells_, {}};
  Sums profile{cells_};
  std::vector<float> cells;
  for (std::size_t band = 0; band < bands; ++band) {
    Sums sums{cells_};
    double delays = 0.0;
    const std::size_t begin = band * order.size() / bands;
    const std::size_t end = (band + 1) * order.size() / bands;
    for (std::size_t i = begin; i < end; ++i) {
      scale_channel(order[i], cells);
      delays +=
          dispersion_delay(DispersionMeasure{1.0}, frequency.centre(order[i]), frequency.highest())
              .value();
      for (std::size_t cell = 0; cell < cells_; ++cell) {
        sums.add(cell, cells[cell]);
        profile.add(cell, cells[cell]);
      }
    }
    waterfall.delays.push_back(delays / static_cast<double>(end - begin));
    const std::vector<float> row = sums.all();
    waterfall.image.values.insert(waterfall.image.values.end(), row.begin(), row.end());
  }
  std::vector<float> whole = profile.all();
  scale_by_noise(whole);
  waterfall.profile.assign(whole.begin(), whole.end());
  return waterfall;
}

Image dm_time_of(const Waterfall& waterfall, const AxisRange& dm_pc_cm3, std::size_t rows) {
  const std::size_t cells = waterfall.image.columns;
  const double cell_s = (waterfall.time_s.high - waterfall.time_s.low) / static_cast<double>(cells);
  Image image{rows, cells, {}};
  for (std::size_t row = 0; row < rows; ++row) {
    const double beside = centre_of(dm_pc_cm3, row, rows) - waterfall.dm.value();
    Sums sums{cells};
    for (std::size_t band = 0; band < waterfall.image.rows; ++band) {
      const auto shift =
          static_cast<std::ptrdiff_t>(std::llround(beside * waterfall.delays[band] / cell_s));
      const auto size = static_cast<std::ptrdiff_t>(cells);
      const float* const values = &waterfall.image.values[band * cells];
      const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(-shift, 0, size);
      const std::ptrdiff_t end = std::clamp<std::ptrdiff_t>(size - shift, 0, size);
      for (std::ptrdiff_t cell = begin; cell < end; ++cell) {
        sums.add(static_cast<std::size_t>(cell), values[cell + shift]);
      }
    }
    std::vector<float> series = sums.all();
    scale_by_noise(series);
    image.values.insert(image.values.end(), series.begin(), series.end());
  }
  return image;
}

}  // namespace draftstream
