#include "training/channel_noise.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "ingest/errors.hpp"
#include "ingest/samples.hpp"
#include "training/normal_integral.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t most_values = std::uint64_t{1} << 24U;  // looked at: 64 MiB
constexpr std::uint64_t most_spectra = std::uint64_t{1} << 14U;
constexpr std::uint64_t fewest_spectra = 256;
constexpr std::uint64_t spectra_a_piece = 64;
constexpr double quartiles_per_sigma = 1.3489795003921634;
constexpr double least_part = 0.01;  // below a threshold, or above it, for the fit to use it
constexpr double one_threshold_sigma = 0.5;

struct Noise {
  double mean = 0.0;
  double sigma = 0.0;
};

bool in_gap(const Recording& recording, std::uint64_t sample) {
  return std::ranges::any_of(
      recording.gaps(), [&](const Gap& gap) { return sample >= gap.first && sample < gap.end(); });
}

// Values of each channel, shape [channel][value].
std::vector<std::vector<float>> sample_values(Recording& recording) {
  const Observation& observation = recording.observation();
  const std::size_t channels = observation.frequency.channels();
  const std::uint64_t samples = observation.samples.value();
  const std::uint64_t wanted =
      std::min(most_spectra, std::max<std::uint64_t>(fewest_spectra, most_values / channels));
  const std::uint64_t pieces = std::max<std::uint64_t>(1, wanted / spectra_a_piece);
  const std::size_t row = observation.spectrum_bytes();
  std::vector<std::byte> bytes;
  std::vector<float> spectrum(channels);
  std::vector<std::vector<float>> values(channels);
  for (std::uint64_t piece = 0, next = 0; piece < pieces && next < samples; ++piece) {
    // Evenly spread, never twice the same spectrum.
    const auto place = static_cast<std::uint64_t>(
        static_cast<double>(samples) * static_cast<double>(piece) / static_cast<double>(pieces));
    const std::uint64_t first = std::max(next, place);
    if (first >= samples) break;
    next = std::min(first + spectra_a_piece, samples);
    bytes.resize((next - first) * row);
    recording.read(first, bytes);
    for (std::uint64_t t = first; t < next; ++t) {
      if (in_gap(recording, t)) continue;
      unpack_spectrum(std::span{bytes}.subspan((t - first) * row, row), observation.format,
                      spectrum);
      for (std::size_t c = 0; c < channels; ++c) {
        if (std::isfinite(spectrum[c])) values[c].push_back(spectrum[c]);
      }
    }
  }
  return values;
}

// @param sorted  In order, not empty.
double quantile(const std::vector<float>& sorted, double part, bool is_float) {
  const double at = part * static_cast<double>(sorted.size());
  const float value = sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(std::floor(at)))];
  if (is_float) return value;
  const auto [begin, end] = std::equal_range(sorted.begin(), sorted.end(), value);
  return static_cast<double>(value) - 0.5 +
         (at - static_cast<double>(begin - sorted.begin())) / static_cast<double>(end - begin);
}

Noise by_quartiles(const std::vector<float>& sorted, bool is_float) {
  if (sorted.front() == sorted.back()) return {sorted.front(), 0.0};
  const double low = quantile(sorted, 0.25, is_float);
  const double high = quantile(sorted, 0.75, is_float);
  return {quantile(sorted, 0.5, is_float), (high - low) / quartiles_per_sigma};
}

// Threshold k + 1/2 lies z = (k + 1/2 - mean) / sigma above the mean: a straight line through the z
// of the thresholds, each weighted by how well its z is known.
Noise by_codes(const std::vector<float>& sorted, float lowest, float highest) {
  double n = 0.0;
  double sum = 0.0;
  double x_mean = 0.0;
  double z_mean = 0.0;
  struct Point {
    double x, z, weight;
  };
  std::vector<Point> points;
  for (int integer = static_cast<int>(lowest); integer < static_cast<int>(highest); ++integer) {
    const auto code = static_cast<float>(integer);
    const auto below = std::upper_bound(sorted.begin(), sorted.end(), code) - sorted.begin();
    const double part = static_cast<double>(below) / static_cast<double>(sorted.size());
    if (part < least_part || part > 1.0 - least_part) continue;
    const double z = normal_quantile(part);
    const double density = std::exp(-z * z);  // squared, times 2 pi
    points.push_back({static_cast<double>(code) + 0.5, z, density / (part * (1.0 - part))});
  }
  if (points.empty()) return {sorted[sorted.size() / 2], 0.0};
  if (points.size() == 1) {
    return {points[0].x - one_threshold_sigma * points[0].z, one_threshold_sigma};
  }
  for (const Point& point : points) {
    n += point.weight;
    x_mean += point.weight * point.x;
    z_mean += point.weight * point.z;
  }
  x_mean /= n;
  z_mean /= n;
  double slope = 0.0;
  for (const Point& point : points) {
    sum += point.weight * (point.x - x_mean) * (point.x - x_mean);
    slope += point.weight * (point.x - x_mean) * (point.z - z_mean);
  }
  const double sigma = sum / slope;  // parts grow with the threshold, so the slope is above 0
  return {x_mean - sigma * z_mean, sigma};
}

}  // namespace

std::vector<bool> ChannelNoise::live() const {
  std::vector<bool> result;
  for (const double value : sigma) result.push_back(value > 0.0);
  return result;
}

ChannelNoise noise_of(std::span<std::vector<float>> values, const SampleFormat& format) {
  ChannelNoise noise;
  for (std::vector<float>& of_channel : values) {
    Noise found;
    if (!of_channel.empty()) {
      std::sort(of_channel.begin(), of_channel.end());
      found = format.bits < 8 ? by_codes(of_channel, format.lowest(), format.highest())
                              : by_quartiles(of_channel, format.is_float);
    }
    noise.mean.push_back(found.mean);
    noise.sigma.push_back(found.sigma);
  }
  return noise;
}

ChannelNoise measure_noise(Recording& recording) {
  std::vector<std::vector<float>> values = sample_values(recording);
  ChannelNoise noise = noise_of(values, recording.observation().format);
  if (std::ranges::all_of(noise.sigma, [](double sigma) { return sigma == 0.0; })) {
    throw ConfigError("background: found one value in each channel, expected noise");
  }
  return noise;
}

}  // namespace draftstream
