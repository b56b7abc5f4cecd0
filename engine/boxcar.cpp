#include "engine/boxcar.hpp"

#include <algorithm>
#include <cmath>

#include "engine/median.hpp"
#include "engine/noise_model.hpp"
#include "engine/row_sums.hpp"

namespace draftstream {
namespace {

constexpr std::size_t most_peaks = 256;  // in one series of one tile: a storm has no end
constexpr double pulse_sigmas = 3.0;     // boxes above this are no part of the noise

}  // namespace

std::vector<std::uint32_t> boxcar_widths(std::uint32_t widest) {
  std::vector<std::uint32_t> widths{1};
  for (std::uint32_t power = 2; power <= widest; power *= 2) {
    widths.push_back(power);
    if (const std::uint32_t between = power + power / 2;
        between <= widest && power < widest_boxcar) {
      widths.push_back(between);
    }
  }
  return widths;
}

BoxcarSearch::BoxcarSearch(std::vector<std::uint32_t> widths, double threshold)
    : widths_{std::move(widths)}, threshold_{threshold} {}

void BoxcarSearch::search(const DedispersedSeries& series, std::span<const float> shares,
                          double least_goods, std::uint32_t trial,
                          std::vector<Detection>& detections) {
  const std::size_t samples = series.sums.size();
  sums_before_.resize(samples + 1);
  goods_before_.resize(samples + 1);
  best_.assign(samples + 1, Best{});
  double sum = 0.0;
  double goods = 0.0;
  sums_before_[0] = 0.0;
  goods_before_[0] = 0.0;
  for (std::size_t t = 0; t < samples; ++t) {
    sums_before_[t + 1] = sum += static_cast<double>(series.sums[t]);
    goods_before_[t + 1] = goods += series.goods[t];
  }
  for (std::size_t w = 0; w < widths_.size(); ++w) {
    if (widths_[w] > samples || shares[w] < NoiseModel::least_share) continue;
    search_width(series, widths_[w], shares[w], least_goods);
  }
  collect_peaks(series, trial, detections);
}

double BoxcarSearch::box_snr(std::size_t start, std::uint32_t width, float share,
                             double least_goods) const {
  const double goods = goods_before_[start + width] - goods_before_[start];
  if (goods < least_goods * width || goods <= 0.0) return 0.0;
  return (sums_before_[start + width] - sums_before_[start]) /
         std::sqrt(goods * static_cast<double>(share));
}

void BoxcarSearch::search_width(const DedispersedSeries& series, std::uint32_t width, float share,
                                double least_goods) {
  // Boxes that end in the lookback belonged to the tile before.
  const std::size_t from = series.lookback >= width ? series.lookback - width + 1 : 0;
  const std::size_t starts = series.sums.size() - width + 1;
  if (from >= starts) return;
  counts_.boxes += starts - from;
  // No box holds fewer good samples than this, so what stays below this sum is below the threshold.
  const double goods = series.uniform ? series.goods[0] : least_goods;
  if (goods < least_goods || goods <= 0.0) return;
  const double largest = largest_difference(std::span{sums_before_}.subspan(from), width);
  if (largest < threshold_ * std::sqrt(goods * width * static_cast<double>(share))) return;
  double noise = 0.0;  // measured when first needed
  for (std::size_t start = from; start < starts; ++start) {
    const double snr = box_snr(start, width, share, least_goods);
    if (snr < threshold_) continue;
    if (noise == 0.0) noise = excess_noise(series, width, share, least_goods);
    const double settled = snr / noise;
    counts_.above += settled >= threshold_ ? 1 : 0;
    Best& best = best_[start + width / 2];
    if (settled >= threshold_ && settled > best.snr) best = {settled, noise, width};
  }
}

double BoxcarSearch::excess_noise(const DedispersedSeries& series, std::uint32_t width, float share,
                                  double least_goods) {
  const std::size_t step = std::max(1U, width / 4);
  some_.clear();
  for (std::size_t start = 0; start + width <= series.sums.size(); start += step) {
    const double goods = goods_before_[start + width] - goods_before_[start];
    if (goods < least_goods * width || goods <= 0.0) continue;
    some_.push_back(static_cast<float>(box_snr(start, width, share, least_goods)));
  }
  const double independent = static_cast<double>(some_.size()) * static_cast<double>(step) / width;
  if (independent < 3.0) return 1.0;
  // Twice: the second time without the pulses that may be among them.
  work_ = some_;
  const auto [centre, scatter] = median_and_scatter(work_);
  const auto highest = static_cast<float>(centre + pulse_sigmas * scatter);
  std::erase_if(some_, [highest](float snr) { return snr > highest; });
  const double measured = median_and_scatter(some_).scatter;
  // White noise measures 1 within this error; only what exceeds it is believed.
  const double error = 1.17 / std::sqrt(independent);
  return std::max(1.0, measured / (1.0 + 2.0 * error));
}

// Brightest first; each takes along the boxes that lie within both widths of it. So two narrow
// pulses stay two, although wide boxes hold both.
void BoxcarSearch::collect_peaks(const DedispersedSeries& series, std::uint32_t trial,
                                 std::vector<Detection>& detections) {
  above_.clear();
  std::size_t widest = 0;
  for (std::size_t t = 0; t < best_.size(); ++t) {
    if (best_[t].width == 0) continue;
    above_.push_back(t);
    widest = std::max<std::size_t>(widest, best_[t].width);
  }
  std::sort(above_.begin(), above_.end(), [this](std::size_t a, std::size_t b) {
    return best_[a].snr != best_[b].snr ? best_[a].snr > best_[b].snr : a < b;
  });
  const auto first_peak = static_cast<std::ptrdiff_t>(detections.size());
  for (const std::size_t middle : above_) {
    if (best_[middle].width == 0) continue;  // taken along
    const Best peak = best_[middle];
    const std::size_t begin = middle - peak.width / 2;
    const std::size_t end = begin + peak.width;
    const std::size_t reach = peak.width + 2 * widest;  // farther away, no middle is touched
    std::uint32_t members = 0;
    const std::size_t last = std::min(end + reach, best_.size());
    for (std::size_t t = begin > reach ? begin - reach : 0; t < last; ++t) {
      const std::size_t width = best_[t].width;
      if (width == 0) continue;
      const std::size_t own_begin = t - width / 2;
      const std::size_t margin = peak.width + width;
      if (own_begin >= end + margin || own_begin + width + margin <= begin) continue;
      best_[t].width = 0;
      ++members;
    }
    if (static_cast<std::size_t>(static_cast<std::ptrdiff_t>(detections.size()) - first_peak) ==
        most_peaks) {
      ++counts_.peaks_dropped;
      continue;
    }
    detections.push_back({peak.snr, trial, peak.width, series.first + begin, peak.noise, members});
  }
  std::sort(detections.begin() + first_peak, detections.end(),
            [](const Detection& a, const Detection& b) { return a.first < b.first; });
}

}  // namespace draftstream
