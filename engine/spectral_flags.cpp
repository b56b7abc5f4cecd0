#include "engine/spectral_flags.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/channel_flags.hpp"
#include "engine/median.hpp"

namespace draftstream {
namespace {

constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t fewest_channels = 16;  // fewer cannot say what is usual
constexpr double kurtosis_sigmas = 6.0;
constexpr double iqrm_sigmas = 3.0;
constexpr double quartile_range = 1.349;  // of a unit Gaussian
constexpr std::size_t radius_share = 10;  // lags reach a tenth of the band

// Standard deviation of SK over M samples of shape d: Nita & Gary (2010), eq. 9.
double kurtosis_scatter(double m, double d) {
  const double md = m * d;
  return std::sqrt(2.0 * d * (d + 1.0) * m * m / ((m - 1.0) * (6.0 + 5.0 * md + md * md)));
}

}  // namespace

float variation_of(double mean, double variance) noexcept {
  return mean > 0.0 ? static_cast<float>(variance / (mean * mean)) : unknown;
}

ChannelSpread spread_of(std::span<float> sigmas, std::span<float> variations) {
  if (sigmas.size() < fewest_stretches) return {unknown, unknown};
  const bool powers = std::none_of(variations.begin(), variations.end(),
                                   [](float value) { return std::isnan(value); });
  return {median(sigmas), powers ? median(variations) : unknown};
}

SpectralFlags::SpectralFlags(const ConditionConfig& config, std::size_t channels)
    : by_kurtosis_{config.flag_kurtosis}, by_iqrm_{config.flag_iqrm}, work_(channels) {
  if (!by_iqrm_) return;
  const std::size_t radius = channels / radius_share;
  for (std::size_t lag = 1; lag <= radius; lag = std::max(lag * 3 / 2, lag + 1)) {
    lags_.push_back(lag);
  }
  votes_.resize(lags_.size() * channels);
  cast_.resize(channels);
  received_.resize(channels);
}

void SpectralFlags::flag(std::span<const ChannelSpread> spreads, std::size_t stretches,
                         std::vector<bool>& flags) {
  if (by_kurtosis_) flag_by_kurtosis(spreads, stretches, flags);
  if (by_iqrm_) flag_by_iqrm(spreads, flags);
}

void SpectralFlags::flag_by_kurtosis(std::span<const ChannelSpread> spreads, std::size_t stretches,
                                     std::vector<bool>& flags) {
  std::size_t known = 0;
  for (const ChannelSpread& spread : spreads) {
    if (!std::isnan(spread.variation)) work_[known++] = spread.variation;
  }
  if (known < fewest_channels) return;
  const auto [usual, scatter] = median_and_scatter(std::span{work_}.first(known));
  if (!(usual > 0.0) || usual > 1.0) return;
  constexpr auto m = static_cast<double>(spread_stretch);
  const double d = 1.0 / usual - 1.0 / m;
  // A median of n scatters by sqrt(pi / 2n) of what each of them does.
  const double expected =
      kurtosis_scatter(m, d) * std::sqrt(0.5 * 3.14159265 / static_cast<double>(stretches));
  const double reach = kurtosis_sigmas * std::max(expected, scatter / usual);
  for (std::size_t c = 0; c < spreads.size(); ++c) {
    const double kurtosis = static_cast<double>(spreads[c].variation) / usual;
    if (std::abs(kurtosis - 1.0) > reach) flags[c] = true;  // false for NaN
  }
}

void SpectralFlags::flag_by_iqrm(std::span<const ChannelSpread> spreads, std::vector<bool>& flags) {
  std::fill(cast_.begin(), cast_.end(), 0U);
  std::fill(received_.begin(), received_.end(), 0U);
  const std::size_t channels = spreads.size();
  for (std::size_t k = 0; k < lags_.size(); ++k) {
    const std::size_t lag = lags_[k];
    std::int8_t* const votes = votes_.data() + k * channels;
    std::fill_n(votes, channels, std::int8_t{0});
    std::size_t known = 0;
    for (std::size_t c = lag; c < channels; ++c) {
      const float difference = spreads[c].sigma - spreads[c - lag].sigma;
      if (!std::isnan(difference)) work_[known++] = difference;
    }
    if (known < fewest_channels) continue;
    const auto at = [&](std::size_t rank, std::size_t from) {  // what is before `from` is smaller
      const auto place = work_.begin() + static_cast<std::ptrdiff_t>(rank);
      std::nth_element(work_.begin() + static_cast<std::ptrdiff_t>(from), place,
                       work_.begin() + static_cast<std::ptrdiff_t>(known));
      return static_cast<double>(*place);
    };
    const double low = at(known / 4, 0);
    const double middle = at(known / 2, known / 4);
    const double high = at(3 * known / 4, known / 2);
    const double reach = iqrm_sigmas * (high - low) / quartile_range;
    if (reach == 0.0) continue;  // mostly equal: nothing is usual
    for (std::size_t c = lag; c < channels; ++c) {
      const double above = static_cast<double>(spreads[c].sigma - spreads[c - lag].sigma) - middle;
      if (above > reach) {
        votes[c] = 1;
        ++received_[c];
        ++cast_[c - lag];
      } else if (above < -reach) {
        votes[c] = -1;
        ++received_[c - lag];
        ++cast_[c];
      }
    }
  }
  for (std::size_t k = 0; k < lags_.size(); ++k) {
    const std::size_t lag = lags_[k];
    for (std::size_t c = lag; c < channels; ++c) {
      const std::int8_t vote = votes_[k * channels + c];
      if (vote == 0) continue;
      const std::size_t against = vote > 0 ? c : c - lag;
      const std::size_t by = vote > 0 ? c - lag : c;
      if (cast_[by] < received_[against]) flags[against] = true;
    }
  }
}

}  // namespace draftstream
