#include "engine/power_spectrum.hpp"

#include <kiss_fftr.h>

#include <cassert>
#include <new>

namespace draftstream {
namespace {

// No factors but 2, 3 and 5: others are transformed the slow way.
std::size_t fast_points(std::size_t least) {
  return 2 * static_cast<std::size_t>(kiss_fft_next_fast_size(static_cast<int>((least + 1) / 2)));
}

}  // namespace

static_assert(sizeof(kiss_fft_cpx) == sizeof(std::complex<float>), "kissfft of floats");

void PowerSpectrum::Free::operator()(kiss_fftr_state* plan) const noexcept {
  kiss_fftr_free(plan);
}

PowerSpectrum::PowerSpectrum(std::size_t least)
    : points_{fast_points(least)},
      plan_{kiss_fftr_alloc(static_cast<int>(points_), 0, nullptr, nullptr)},
      amplitudes_(points_ / 2 + 1) {
  if (plan_ == nullptr) throw std::bad_alloc();
}

void PowerSpectrum::transform(std::span<const float> series, std::span<float> powers) {
  assert(series.size() == points_ && powers.size() == amplitudes_.size());
  kiss_fftr(plan_.get(), series.data(), reinterpret_cast<kiss_fft_cpx*>(amplitudes_.data()));
  for (std::size_t k = 0; k < powers.size(); ++k) powers[k] = std::norm(amplitudes_[k]);
}

}  // namespace draftstream
