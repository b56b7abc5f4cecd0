#include "engine/boxcar.hpp"

#include <algorithm>
#include <cmath>

#include "engine/median.hpp"
#include "engine/noise_model.hpp"
#include "engine/row_sums.hpp"

namespace draftstream {
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
  const double measured = median_and_scatter(some_).scatter;
  // White noise measures 1 within this error; only what exceeds it is believed.
  const double error = 1.17 / std::sqrt(independent);
  return measured > 1.0 + 2.0 * error ? measured : 1.0;
}

void BoxcarSearch::collect_peaks(const DedispersedSeries& series, std::uint32_t trial,
                                 std::vector<Detection>& detections) const {
  std::size_t peak = 0;
  std::size_t quiet = 0;  // samples since the run last had a box above the threshold
  bool in_run = false;
  std::uint32_t members = 0;
  const auto close_run = [&] {
    const Best& best = best_[peak];
    detections.push_back(
        {best.snr, trial, best.width, series.first + peak - best.width / 2, best.noise, members});
    in_run = false;
  };
  for (std::size_t t = 0; t < best_.size(); ++t) {
    if (best_[t].snr == 0.0) {
      if (in_run && ++quiet > std::max<std::size_t>(2, best_[peak].width / 2)) close_run();
      continue;
    }
    if (!in_run || best_[t].snr > best_[peak].snr) peak = t;
    members = in_run ? members + 1 : 1;
    in_run = true;
    quiet = 0;
  }
  if (in_run) close_run();
}

}  // namespace draftstream
