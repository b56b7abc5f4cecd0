// The ideal filter for a burst, and bursts to try it on.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ingest/observation.hpp"
#include "ingest/samples.hpp"
#include "training/burst_template.hpp"

namespace draftstream::test {

// What comes back from a file of that format.
inline std::vector<float> stored(const std::vector<float>& values, const Observation& observation) {
  const std::size_t channels = observation.frequency.channels();
  std::vector<std::byte> bytes(observation.spectrum_bytes());
  std::vector<float> out(values.size());
  for (std::size_t at = 0; at < values.size(); at += channels) {
    pack_spectrum(std::span{values}.subspan(at, channels), observation.format, bytes);
    unpack_spectrum(bytes, observation.format, std::span{out}.subspan(at, channels));
  }
  return out;
}

// S/N of the ideal matched filter for `burst`, after each channel is brought to mean 0 and
// variance 1 by what is measured in it: independent of the levels that the simulation chose.
// Channels that never change are left out.
class MatchedFilter {
 public:
  MatchedFilter(std::vector<float> values, const Observation& observation)
      : values_{std::move(values)}, observation_{observation} {
    const std::size_t channels = observation.frequency.channels();
    const std::size_t spectra = values_.size() / channels;
    const auto rows = static_cast<double>(spectra);
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = 0.0;
      double squares = 0.0;
      for (std::size_t i = c; i < values_.size(); i += channels) {
        sum += values_[i];
        squares += double{values_[i]} * double{values_[i]};
      }
      const double mean = sum / rows;
      const double variance = squares / rows - mean * mean;
      live_.push_back(variance > 1e-6);
      const double sigma = live_.back() ? std::sqrt(variance) : 1.0;
      for (std::size_t i = c; i < values_.size(); i += channels) {
        values_[i] = static_cast<float>((values_[i] - mean) / sigma);
      }
    }
  }

  [[nodiscard]] double snr(const Burst& burst) const {
    const std::size_t channels = observation_.frequency.channels();
    const BurstTemplate shape{burst, observation_.frequency, observation_.time.sample_time};
    double product = 0.0;
    double squares = 0.0;
    for (std::size_t c = 0; c < channels; ++c) {
      if (!live_[c]) continue;
      const SampleRange range = shape.range(c);
      std::vector<float> profile(static_cast<std::size_t>(range.samples()));
      shape.fill(c, range.first, profile);
      for (std::size_t i = 0; i < profile.size(); ++i) {
        const auto t = static_cast<std::size_t>(range.first) + i;
        product += double{profile[i]} * double{values_[t * channels + c]};
        squares += double{profile[i]} * double{profile[i]};
      }
    }
    return product / std::sqrt(squares);
  }

 private:
  std::vector<bool> live_;  // [channel]
  std::vector<float> values_;
  const Observation& observation_;
};

// Bursts of S/N `snr`, one every 0.5 s of 110 s, between 1200 and 1500 MHz, weak enough per sample
// that no depth clips it.
inline std::vector<Burst> many_bursts(double snr) {
  std::vector<Burst> bursts;
  for (int i = 1; i < 220; ++i) {
    Burst burst;
    burst.dm = DispersionMeasure{100.0 + 2.0 * i};
    burst.toa = Seconds{0.5 * i + 0.013};
    burst.width = Seconds{(2 + i % 7) * 1e-3};
    burst.tau = Seconds{(i % 3) * 1e-3};
    burst.index = i % 5 - 2.0;
    if (i % 4 == 1) {
      burst.scint_scale = Megahertz{2.0 + i % 20};
      burst.scint_seed = static_cast<std::uint64_t>(i);
    }
    if (i % 5 == 2) {
      burst.components = 3;
      burst.spacing = Seconds{8e-3};
      burst.ratio = 0.8;
    }
    if (i % 10 == 2) {
      burst.band = Band{Megahertz{1500.0}, Megahertz{1300.0}};
      burst.drift_mhz_ms = 5.0;
    }
    if (i % 6 == 1) burst.slant = Seconds{3e-3};
    burst.snr = snr;
    bursts.push_back(burst);
  }
  return bursts;
}

}  // namespace draftstream::test
