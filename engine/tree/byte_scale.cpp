#include "engine/tree/byte_scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace draftstream {
namespace {

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
};

Moments moments_of(const ByteMoments& sums, int low) {
  if (sums.count == 0) return {};
  const auto n = static_cast<double>(sums.count);
  const double mean = static_cast<double>(sums.sum) / n;
  const double variance = static_cast<double>(sums.squares) / n - mean * mean;
  return {static_cast<double>(low) + mean, std::max(0.0, variance)};
}

}  // namespace

ChannelScale scale_of_quartiles(std::span<const std::uint8_t> row, const BytePicks& picks) {
  std::array<std::uint8_t, clipping::start_samples> some;  // NOLINT(*-member-init)
  const std::vector<std::uint32_t>& places = picks.places;
  if (picks.eighths) {
    every_eighth(row.data(), some);
  } else {
    some.fill(255);  // what stands in for missing ones comes last
    std::size_t next = 0;
    for (; next + 8 <= places.size(); next += 8) {  // eight at once: single bytes take their time
      std::uint64_t eight = 0;
      for (unsigned k = 0; k < 8; ++k) eight |= std::uint64_t{row[places[next + k]]} << (8 * k);
      std::memcpy(some.data() + next, &eight, sizeof eight);
    }
    for (; next < places.size(); ++next) some[next] = row[places[next]];
  }
  const ByteQuartiles found = quartiles(some, places.size());
  return {static_cast<double>(found.median), (found.high - found.low) / clipping::quartile_range};
}

ByteExtremes hardly_clipped(const ChannelScale& start) noexcept {
  if (start.sigma == 0.0) return {0, 255};
  // Rounds settle near 4 sigma; quartiles of so few bytes are off by less than this.
  const double reach = 0.875 * clipping::sigmas * start.sigma;
  return {static_cast<std::uint8_t>(std::clamp(std::ceil(start.mean - reach), 0.0, 255.0)),
          static_cast<std::uint8_t>(std::clamp(std::floor(start.mean + reach), 0.0, 255.0))};
}

ChannelScale robust_byte_scale(std::span<const std::uint8_t> row, const std::uint8_t* valid,
                               const ChannelScale& start, const ByteSurvey& survey, bool clip) {
  const ByteExtremes& range = survey.range;
  if (range.lowest >= range.highest) return {static_cast<double>(range.lowest), 0.0};
  const auto plain = [&]() -> ChannelScale {
    const Moments all = moments_of(survey.within(range.lowest, range.highest), range.lowest);
    return {all.mean, std::sqrt(all.variance)};
  };
  if (!clip) return plain();

  ChannelScale scale = start;
  // Most samples on one value: quartiles say nothing.
  if (scale.sigma == 0.0) scale = plain();
  int low = -1;
  int high = -1;
  for (int round = 0; round < clipping::rounds; ++round) {
    const double reach = clipping::sigmas * scale.sigma;
    const int next_low =
        std::max(static_cast<int>(range.lowest), static_cast<int>(std::ceil(scale.mean - reach)));
    const int next_high =
        std::min(static_cast<int>(range.highest), static_cast<int>(std::floor(scale.mean + reach)));
    // The same bytes have the same moments; without any, the scale stays what it is.
    if ((next_low == low && next_high == high) || next_low > next_high) break;
    low = next_low;
    high = next_high;
    const auto from = static_cast<std::uint8_t>(low);
    const auto to = static_cast<std::uint8_t>(high);
    const Moments inner = moments_of(
        survey.known(from, to) ? survey.within(from, to) : moments_within(row, valid, from, to),
        low);
    if (inner.variance == 0.0) break;
    const double sigma = std::sqrt(inner.variance / clipping::variance);
    const bool settled = std::abs(sigma - scale.sigma) < clipping::settled * sigma;
    scale = {inner.mean, sigma};
    if (settled) break;
  }
  return scale;
}

}  // namespace draftstream
