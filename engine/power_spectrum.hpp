// The power spectrum of a real series.
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

struct kiss_fftr_state;

namespace draftstream {

/// P[k] = |sum over n of x[n] exp(-2 pi i k n / N)|^2, by kissfft.
///
/// Threads: one at a time per object. All memory is taken at the beginning.
class PowerSpectrum {
 public:
  /// @param least  Points; there will be some more, if transforms of so many are slow.
  explicit PowerSpectrum(std::size_t least);

  [[nodiscard]] std::size_t points() const noexcept { return points_; }  ///< N, which is even.
  [[nodiscard]] std::size_t powers() const noexcept { return points_ / 2 + 1; }

  /// @param series  Shape [points()].
  /// @param powers  Shape [powers()].
  void transform(std::span<const float> series, std::span<float> powers);

 private:
  struct Free {
    void operator()(kiss_fftr_state* plan) const noexcept;
  };

  std::size_t points_;
  std::unique_ptr<kiss_fftr_state, Free> plan_;
  std::vector<std::complex<float>> amplitudes_;
};

}  // namespace draftstream
