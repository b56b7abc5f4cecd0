#include "engine/periodicity.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "engine/median.hpp"

namespace draftstream {
namespace {

constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t fewest_channels = 16;  // fewer cannot say what is usual
constexpr double outstanding_sigmas = 6.0;
constexpr float clipped_at = 8.0F;
constexpr std::size_t first_frequency = 16;  // periods a block
constexpr std::size_t fewest_powers = 16;    // that a level is taken of
constexpr float ln_2 = 0.693147181F;

// The s at which Q(h, s) = exp(-20), for h = 1, 2, 4, 8.
constexpr float limits[] = {20.0F, 23.186F, 28.350F, 36.943F};

// Powers become such that noise has a mean of 1. False: there is nothing to measure by.
bool level(std::span<float> powers, std::span<float> work) {
  const auto mean_of_noise = [&](std::size_t first, std::size_t end) {
    const auto some = work.first(end - first);
    std::copy(powers.begin() + static_cast<std::ptrdiff_t>(first),
              powers.begin() + static_cast<std::ptrdiff_t>(end), some.begin());
    return median(some) / ln_2;  // powers of noise follow exp(-p / mean)
  };
  const float usual = mean_of_noise(first_frequency, powers.size());
  if (!(usual > 0.0F)) return false;
  std::size_t end = 0;
  for (std::size_t first = first_frequency; first < powers.size(); first = end) {
    end = std::max(first + fewest_powers, first * 3 / 2);
    if (end + fewest_powers > powers.size()) end = powers.size();
    const float factor = 1.0F / std::max(usual, mean_of_noise(first, end));
    for (std::size_t k = first; k < end; ++k) powers[k] *= factor;
  }
  return true;
}

}  // namespace

void Periodicity::begin(std::size_t samples) {
  stretches_ = samples / period_stretch;
  if (!measures()) return;
  for (Worker& worker : workers_) {
    if (worker.stretches == stretches_) continue;
    worker.stretches = stretches_;
    worker.spectrum.emplace(stretches_);
    worker.series.resize(worker.spectrum->points());
    worker.powers.resize(worker.spectrum->powers());
    worker.work.resize(worker.spectrum->powers());
  }
}

float Periodicity::strength(std::size_t number) {
  if (!measures()) return unknown;
  Worker& worker = workers_[number];
  const std::span<float> series{worker.series};
  std::size_t known = 0;
  for (float& sum : series.first(stretches_)) {
    known += std::isnan(sum) ? 0 : 1;
    sum = std::isnan(sum) ? 0.0F : std::clamp(sum, -clipped_at, clipped_at);
  }
  if (known < std::max(fewest_stretches, stretches_ / 2)) return unknown;
  std::fill(series.begin() + static_cast<std::ptrdiff_t>(stretches_), series.end(), 0.0F);
  const std::span<float> powers{worker.powers};
  worker.spectrum->transform(series, powers);
  if (!level(powers, worker.work)) return unknown;

  // Sums over harmonics are known by the frequency of the last one: the i-th of h is at i / h of
  // it.
  const std::span<float> sums{worker.work};
  std::copy(powers.begin(), powers.end(), sums.begin());
  float strongest = 0.0F;
  for (std::size_t doubled = 0; doubled < std::size(limits); ++doubled) {
    const std::size_t harmonics = std::size_t{1} << doubled;
    float largest = 0.0F;
    for (std::size_t k = harmonics * first_frequency; k < sums.size(); ++k) {
      for (std::size_t i = 1; i < harmonics; i += 2) {  // even ones are in the sum already
        sums[k] += powers[(k * i + harmonics / 2) >> doubled];
      }
      largest = std::max(largest, sums[k]);
    }
    strongest = std::max(strongest, largest / limits[doubled]);
  }
  return strongest;
}

void flag_periodic(std::span<const float> strengths, std::span<float> work,
                   std::vector<bool>& flags) {
  std::size_t known = 0;
  for (const float strength : strengths) {
    if (!std::isnan(strength)) work[known++] = strength;
  }
  if (known < fewest_channels) return;
  const auto [centre, scatter] = median_and_scatter(work.first(known));
  const double limit = std::max(1.0, centre + outstanding_sigmas * scatter);
  for (std::size_t c = 0; c < strengths.size(); ++c) {
    if (static_cast<double>(strengths[c]) > limit) flags[c] = true;  // false for NaN
  }
}

}  // namespace draftstream
