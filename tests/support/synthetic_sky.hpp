// A small sky for tests: Gaussian noise and dispersed pulses, each sample a function of its place.
// It shares no formula with the engine, so that the two can be compared.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "ingest/filterbank_chunk.hpp"
#include "ingest/ledger.hpp"
#include "ingest/observation.hpp"
#include "ingest/samples.hpp"

namespace draftstream::test {

/// Bits without pattern, one word for each (seed, index); the finaliser of SplitMix64.
/// @source G. Steele, D. Lea, C. Flood (2014), OOPSLA '14, fig. 17.
inline std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = (seed + 1) * 0x9e3779b97f4a7c15U + index * 0xd1b54a32d192ed03U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

/// In [0, 1).
inline double uniform(std::uint64_t seed, std::uint64_t index) {
  return static_cast<double>(random_bits(seed, index) >> 11U) * 0x1p-53;
}

struct TwoGaussians {
  float first;
  float second;
};

/// Two independent unit Gaussians, by Box and Muller; none beyond 6.6 sigma.
inline TwoGaussians two_gaussians(std::uint64_t seed, std::uint64_t index) {
  const std::uint64_t bits = random_bits(seed, index);
  const auto u = static_cast<float>((static_cast<double>(bits >> 32U) + 0.5) * 0x1p-32);
  const float angle = static_cast<float>(bits & 0xffffffffU) * 0x1p-32F;
  const float radius = std::sqrt(-2.0F * std::log(u));
  const float phase = 2.0F * std::numbers::pi_v<float> * angle;
  return {radius * std::cos(phase), radius * std::sin(phase)};
}

inline float gaussian(std::uint64_t seed, std::uint64_t index) {
  return two_gaussians(seed, index).first;
}

/// A band and a sampling time. Channel 0 is at `first_mhz`.
struct Band {
  double first_mhz = 1500.0;
  double step_mhz = -4.0;
  std::size_t channels = 64;
  double sample_time_s = 0.5e-3;

  [[nodiscard]] double centre(std::size_t c) const {
    return first_mhz + static_cast<double>(c) * step_mhz;
  }
  [[nodiscard]] double highest() const { return step_mhz < 0.0 ? first_mhz : centre(channels - 1); }
  /// How late a pulse arrives in channel c [samples]. Written over the common denominator, and with
  /// the constant in milliseconds at 1 GHz, so that it is no copy of the engine's formula.
  [[nodiscard]] double late(double dm, std::size_t c) const {
    const double top = highest() / 1000.0;
    const double own = centre(c) / 1000.0;
    const double milliseconds = dm / 0.241 * (top * top - own * own) / (top * top * own * own);
    return milliseconds / 1000.0 / sample_time_s;
  }
  /// Of the lowest channel.
  [[nodiscard]] double sweep(double dm) const {
    return late(dm, step_mhz < 0.0 ? channels - 1 : 0);
  }
};

enum class Profile { top_hat, gaussian };

/// A dispersed pulse, equally strong in every channel.
struct Pulse {
  double dm = 0.0;
  double middle = 0.0;  ///< At the highest channel [samples]; i + 0.5 is the middle of sample i.
  double width = 4.0;   ///< FWHM of a Gaussian, length of a top hat [samples].
  double snr = 20.0;    ///< Of the filter that has its exact shape, in unit noise.
  Profile profile = Profile::gaussian;

  /// Share of the pulse that arrives before `t` samples after its middle.
  [[nodiscard]] double arrived(double t) const {
    if (profile == Profile::top_hat) {
      return std::min(1.0, std::max(0.0, t / width + 0.5));
    }
    const double sigma = width / 2.3548200450309493;
    return 0.5 * std::erfc(-t / (sigma * std::numbers::sqrt2));
  }
};

/// A recording in memory: shape [time, channel], noise of zero mean and unit variance.
struct Sky {
  Band band;
  std::size_t samples = 0;
  std::vector<float> values;

  Sky(const Band& where, std::size_t length, std::uint64_t seed)
      : band{where}, samples{length}, values(length * where.channels) {
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
      const auto [a, b] = two_gaussians(seed, i / 2);
      values[i] = a;
      values[i + 1] = b;
    }
    if (values.size() % 2 == 1) values.back() = gaussian(seed, values.size() / 2);
  }

  [[nodiscard]] float& at(std::size_t t, std::size_t c) { return values[t * band.channels + c]; }
  [[nodiscard]] float at(std::size_t t, std::size_t c) const {
    return values[t * band.channels + c];
  }

  /// Calls put(t, c, share) for every cell that holds a part of the pulse inside the recording.
  template <class Put>
  void for_each_cell(const Pulse& pulse, Put put) const {
    for (std::size_t c = 0; c < band.channels; ++c) {
      const double middle = pulse.middle + band.late(pulse.dm, c);
      const double reach = 2.0 * pulse.width + 1.0;
      const double begin = std::max(0.0, std::floor(middle - reach));
      const double end = std::min(static_cast<double>(samples), std::ceil(middle + reach));
      for (double t = begin; t < end; t += 1.0) {
        const double share = pulse.arrived(t + 1.0 - middle) - pulse.arrived(t - middle);
        if (share > 0.0) put(static_cast<std::size_t>(t), c, share);
      }
    }
  }

  void add(const Pulse& pulse) {
    double squares = 0.0;  // of all of the pulse, inside the recording or not, in one channel
    const double reach = 2.0 * pulse.width + 2.0;
    const double offset = pulse.middle - std::floor(pulse.middle);
    for (double t = -std::ceil(reach); t < reach; t += 1.0) {
      const double share = pulse.arrived(t + 1.0 - offset) - pulse.arrived(t - offset);
      squares += share * share;
    }
    const double peak = pulse.snr / std::sqrt(squares * static_cast<double>(band.channels));
    for_each_cell(pulse, [&](std::size_t t, std::size_t c, double share) {
      at(t, c) += static_cast<float>(peak * share);
    });
  }

  [[nodiscard]] Observation observation(const SampleFormat& format = float_samples) const {
    Observation result;
    result.frequency =
        FrequencyAxis{Megahertz{band.first_mhz}, Megahertz{band.step_mhz}, band.channels};
    result.time.start = {58000, 0.0};
    result.time.sample_time = Seconds{band.sample_time_s};
    result.format = format;
    result.samples = samples;
    return result;
  }

  /// @param mean, sigma  What the noise becomes before it is rounded to `format`.
  [[nodiscard]] std::vector<std::byte> stored(const SampleFormat& format = float_samples,
                                              float mean = 0.0F, float sigma = 1.0F) const {
    const std::size_t stride = format.spectrum_bytes(band.channels);
    std::vector<std::byte> bytes(samples * stride);
    std::vector<float> spectrum(band.channels);
    for (std::size_t t = 0; t < samples; ++t) {
      for (std::size_t c = 0; c < band.channels; ++c) spectrum[c] = mean + sigma * at(t, c);
      pack_spectrum(spectrum, format, std::span{bytes}.subspan(t * stride, stride));
    }
    return bytes;
  }
};

}  // namespace draftstream::test
