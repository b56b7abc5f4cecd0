// Channels whose power comes and goes with a period: mains hum, radar.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "engine/power_spectrum.hpp"

namespace draftstream {

/// Samples that are added up before a channel is looked at for periods.
inline constexpr std::size_t period_stretch = 8;

/// How periodic channels are, by the Fourier powers of their sums over 8 samples:
///
///   - sums are clipped at 8 sigma: a burst, which crosses a channel once, gets little power, and
///     spread over neighbouring frequencies, while interference comes back; and a glitch, whose
///     power is at all frequencies, hides nothing;
///   - powers are divided by the mean of noise, which is their median over ln 2, of half an octave
///     or of all, whichever is more: noise may be red;
///   - those of 1, 2, 4 and 8 harmonics are added up, since trains of pulses have many. Sums over h
///     harmonics of noise exceed s with a probability of
///
///         Q(h, s) = exp(-s) * sum over i < h of s^i / i!
///
///   - the strength is the largest ratio of such a sum to the s with Q(h, s) = exp(-20).
///
/// Periods are those from 16 samples to a sixteenth of the block.
///
/// @source PRESTO's rfifind (S. M. Ransom) looks at the Fourier powers of each channel, too.
///
/// Threads: begin() alone; then the rest from all, each with its own worker number.
class Periodicity {
 public:
  /// @param workers  Threads; 0 if nothing is to be measured.
  explicit Periodicity(std::size_t workers) : workers_(workers) {}

  /// Of a block of so many samples. Takes memory where that is not as many as before.
  void begin(std::size_t samples);

  /// Shape [samples / 8], or empty for less than 2048 samples: to be filled with sums over 8
  /// samples each, normalised().
  [[nodiscard]] std::span<float> sums(std::size_t worker) noexcept {
    return std::span{workers_[worker].series}.first(measures() ? stretches_ : 0);
  }

  /// What to put there. @param sum  Of the good ones of 8 samples, each of unit variance.
  [[nodiscard]] static float normalised(float sum, std::size_t good) noexcept {
    return 2 * good < period_stretch ? std::numeric_limits<float>::quiet_NaN()
                                     : sum / std::sqrt(static_cast<float>(good));
  }

  /// Of what sums() holds, which is overwritten. NaN for less than 2048 samples, or where sums of
  /// more than half of them are NaN.
  [[nodiscard]] float strength(std::size_t worker);

 private:
  struct Worker {
    std::size_t stretches = 0;  // that the rest is made for
    std::optional<PowerSpectrum> spectrum;
    std::vector<float> series;  // [point]: sums, and zeros behind them
    std::vector<float> powers;  // [frequency]
    std::vector<float> work;    // [frequency]
  };

  static constexpr std::size_t fewest_stretches = 256;
  [[nodiscard]] bool measures() const noexcept { return stretches_ >= fewest_stretches; }

  std::size_t stretches_ = 0;
  std::vector<Worker> workers_;
};

/// Flags channels whose strength is above 1, and by more than 6 robust standard deviations above
/// the median channel's: what is periodic in all of them is a pulsar, or what the zero-DM filter
/// takes.
/// @param strengths  Shape [channel]; NaN never stands out.
/// @param work       Space for as many.
/// @param flags      Shape [channel]; those that are set already stay.
void flag_periodic(std::span<const float> strengths, std::span<float> work,
                   std::vector<bool>& flags);

}  // namespace draftstream
