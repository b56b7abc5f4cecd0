#include "publishers/page/live_waterfall.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "publishers/json_fields.hpp"

namespace draftstream {
namespace {

constexpr std::size_t most_bands = 256;
constexpr std::uint64_t columns = 512;
constexpr double shown_s = 10.0;
constexpr std::uint64_t most_bytes = 16 << 20;  // copied at a look
constexpr double steps_of_sigma = 16.0;
constexpr double middle = 128.0;
constexpr double sigma_of_mad = 1.4826;
constexpr float no_data = std::numeric_limits<float>::quiet_NaN();

// Bands of as many channels, from the highest frequency on.
std::vector<std::size_t> bands_of_channels(const FrequencyAxis& band, std::size_t bands) {
  std::vector<std::size_t> order(band.channels());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&band](std::size_t a, std::size_t b) {
    return band.centre(a).value() > band.centre(b).value();
  });
  std::vector<std::size_t> band_of(order.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    band_of[order[rank]] = rank * bands / order.size();
  }
  return band_of;
}

std::uint64_t samples_of_column(const Observation& observation) {
  const double samples = shown_s / observation.time.sample_time.value();
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(samples) / columns);
}

float median(std::vector<float>& values) {
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), half, values.end());
  return *half;
}

// Centre and scale of the values of a band that are data; a scale of 0 where all are alike.
struct Scale {
  float centre = 0.0F;
  double sigma = 0.0;
};
Scale scale_of(std::vector<float>& values) {
  if (values.empty()) return {};
  Scale scale;
  scale.centre = median(values);
  for (float& value : values) value = std::abs(value - scale.centre);
  scale.sigma = sigma_of_mad * static_cast<double>(median(values));
  return scale;
}

std::uint8_t cell(float mean, const Scale& scale) {
  if (std::isnan(mean)) return 0;
  if (!(scale.sigma > 0.0)) return static_cast<std::uint8_t>(middle);
  const double sigmas = static_cast<double>(mean - scale.centre) / scale.sigma;
  return static_cast<std::uint8_t>(std::clamp(middle + steps_of_sigma * sigmas, 1.0, 255.0));
}

}  // namespace

std::string WaterfallPicture::json() const {
  return one_line({{"bands", bands},
                   {"columns", columns},
                   {"first_sample", first_sample},
                   {"column_samples", column_samples},
                   {"looked_at", looked_at},
                   {"column_s", column_s},
                   {"end_s", end_s},
                   {"top_mhz", top_mhz},
                   {"bottom_mhz", bottom_mhz}});
}

LiveWaterfall::LiveWaterfall(SpectrumRing& ring, const Observation& observation)
    : ring_{ring},
      observation_{observation},
      bands_{std::min(most_bands, observation.frequency.channels())},
      band_of_{bands_of_channels(observation.frequency, bands_)},
      column_samples_{samples_of_column(observation)},
      spectrum_(observation.frequency.channels()),
      sums_(bands_),
      weights_(bands_),
      means_(columns * bands_, no_data) {
  const std::uint64_t came = ring.published() / column_samples_;
  const std::uint64_t kept = std::min(columns, ring.capacity() / column_samples_);
  next_column_ = came - std::min(came, kept);
  reader_ = ring.attach(ReaderKind::opportunistic, next_column_ * column_samples_);
}

float* LiveWaterfall::means_of(std::uint64_t column) {
  return &means_[(column % columns) * bands_];
}

// Gaps are no data; of holes, neither.
void LiveWaterfall::add(const FilterbankChunk& chunk) {
  auto gap = chunk.gaps().begin();
  for (std::size_t row = 0; row < chunk.samples(); ++row) {
    const std::uint64_t sample = chunk.first() + row;
    while (gap != chunk.gaps().end() && gap->end() <= sample) ++gap;
    if (gap != chunk.gaps().end() && gap->first <= sample) continue;
    unpack_spectrum(chunk.spectrum(row), chunk.format(), spectrum_);
    for (const Hole& hole : chunk.holes()) {
      if (hole.first > sample || hole.end() <= sample) continue;
      const auto begin = spectrum_.begin() + static_cast<std::ptrdiff_t>(hole.first_channel);
      std::fill_n(begin, hole.channels, no_data);
    }
    for (std::size_t channel = 0; channel < spectrum_.size(); ++channel) {
      if (std::isnan(spectrum_[channel])) continue;
      sums_[band_of_[channel]] += static_cast<double>(spectrum_[channel]);
      ++weights_[band_of_[channel]];
    }
  }
}

void LiveWaterfall::read_column(std::uint64_t column, std::uint64_t samples) {
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(weights_.begin(), weights_.end(), std::uint64_t{0});
  reader_->release(column * column_samples_);
  reader_->read(samples, view_);
  if (view_.samples > 0) add(view_.chunk());
  float* const means = means_of(column);
  for (std::size_t band = 0; band < bands_; ++band) {
    means[band] = weights_[band] > 0
                      ? static_cast<float>(sums_[band] / static_cast<double>(weights_[band]))
                      : no_data;
  }
}

WaterfallPicture LiveWaterfall::look() {
  const std::uint64_t end = ring_.published() / column_samples_;  // of whole columns
  const std::uint64_t begin = std::max(next_column_, end - std::min(end, columns));
  for (std::uint64_t column = next_column_; column < std::min(begin, next_column_ + columns);
       ++column) {
    std::fill_n(means_of(column), bands_, no_data);
  }
  if (end > begin) {
    const std::size_t bytes = observation_.format.spectrum_bytes(spectrum_.size());
    looked_at_ = std::clamp<std::uint64_t>(most_bytes / ((end - begin) * bytes), 1,
                                           std::min(column_samples_, ring_.capacity()));
  }
  for (std::uint64_t column = begin; column < end; ++column) read_column(column, looked_at_);
  next_column_ = end;

  WaterfallPicture picture;
  picture.bands = bands_;
  picture.columns = columns;
  picture.column_samples = column_samples_;
  picture.looked_at = looked_at_;
  const std::uint64_t first = end - std::min(end, columns);
  picture.first_sample = first * column_samples_;
  const TimeAxis& time = observation_.time;
  picture.column_s = time.since_start(static_cast<double>(column_samples_)).value();
  picture.end_s = time.since_start(static_cast<double>(end * column_samples_)).value();
  picture.top_mhz = observation_.frequency.highest().value();
  picture.bottom_mhz = observation_.frequency.lowest().value();
  picture.cells.resize(bands_ * columns);
  const std::uint64_t missing = columns - (end - first);  // at the beginning of an observation
  std::vector<float> values;
  for (std::size_t band = 0; band < bands_; ++band) {
    values.clear();
    for (std::uint64_t column = first; column < end; ++column) {
      const float mean = means_of(column)[band];
      if (!std::isnan(mean)) values.push_back(mean);
    }
    const Scale scale = scale_of(values);
    for (std::uint64_t column = first; column < end; ++column) {
      picture.cells[band * columns + missing + (column - first)] =
          cell(means_of(column)[band], scale);
    }
  }
  return picture;
}

}  // namespace draftstream
