// What each kind of interference does to an empty sky, for tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <vector>

#include "training/interference_source.hpp"

namespace draftstream::test {

inline constexpr std::size_t channels = 200;
inline constexpr std::size_t samples = 100'000;  // of 1 ms

inline Observation observation(int bits = 8) {
  Observation result;
  result.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-1.0}, channels};
  result.time = {UtcInstant{60000, 0.0}, Seconds{1e-3}};
  result.format = {bits, false, bits == 32};
  result.samples = samples;
  return result;
}

// The whole recording, in blocks: zeros with `add`, ones with `spoil`.
struct Spoilt {
  std::vector<float> added = std::vector<float>(samples * channels, 0.0F);
  std::vector<float> stored = std::vector<float>(samples * channels, 1.0F);
  TrueInterference truth;

  Spoilt(const Interference& interference, std::size_t block, const Observation& sky) {
    const auto source = make_interference(interference, sky, 11);
    truth = source->truth();
    for (std::size_t first = 0; first < samples; first += block) {
      const std::size_t rows = std::min(block, samples - first);
      source->add(
          {first, rows, channels, std::span{added}.subspan(first * channels, rows * channels)});
      source->spoil(
          {first, rows, channels, std::span{stored}.subspan(first * channels, rows * channels)});
    }
  }
};

inline Spoilt spoil(InterferenceKind kind, double amount, std::size_t block = 1024) {
  static const Observation sky = observation();
  return Spoilt{{kind, amount}, block, sky};
}

// Spectra of `values` that differ from `usual` in a channel.
inline std::size_t touched(const std::vector<float>& values, float usual) {
  std::size_t count = 0;
  for (std::size_t t = 0; t < samples; ++t) {
    for (std::size_t c = 0; c < channels; ++c) {
      if (values[t * channels + c] != usual) {
        ++count;
        break;
      }
    }
  }
  return count;
}

inline std::set<std::size_t> touched_channels(const std::vector<float>& values, float usual) {
  std::set<std::size_t> found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != usual) found.insert(i % channels);
  }
  return found;
}

}  // namespace draftstream::test
