#include "engine/band_level.hpp"

#include <algorithm>
#include <cmath>

#include "engine/median.hpp"

namespace draftstream {
namespace {

constexpr std::size_t stretch = 512;  // [samples]
constexpr float significant = 0.45F;  // difference of two medians [sigma]
constexpr double least_step = 8.0;    // difference of two means [its sigma]
constexpr std::size_t shortest_part = stretch;
constexpr std::size_t shortest_at_an_end = 64;  // of the block
constexpr std::size_t pairs_apart = 4;
constexpr float steps_a_sigma = 64.0F;
constexpr float most_codes = 65535.0F;

// On either side of a sample, in the middle of a block and at its ends.
constexpr std::size_t half_window = 1024;
constexpr std::size_t least_half_window = 512;

}  // namespace

bool BandLevel::wanders(std::span<const float> series, std::span<const std::uint8_t> valid) {
  measure(series, valid);
  if (medians_.empty() || sigma_ == 0.0F) return false;
  const auto [low_end, high_end] = std::minmax(medians_.front(), medians_.back());
  float low = low_end;
  float high = high_end;
  for (std::size_t i = 0; i + 2 < medians_.size(); ++i) {
    const auto [lowest, highest] = std::minmax({medians_[i], medians_[i + 1], medians_[i + 2]});
    low = std::min(low, highest);
    high = std::max(high, lowest);
  }
  return high - low > significant * sigma_;
}

void BandLevel::measure(std::span<const float> series, std::span<const std::uint8_t> valid) {
  sigma_ = 0.0F;
  medians_.clear();
  work_.clear();
  for (std::size_t t = 0; t + 1 < series.size(); t += pairs_apart) {
    if (valid[t] != 0 && valid[t + 1] != 0) work_.push_back(std::abs(series[t + 1] - series[t]));
  }
  if (work_.empty()) return;
  sigma_ = 1.4826F * median(work_) / std::sqrt(2.0F);

  for (std::size_t begin = 0; begin + stretch <= series.size(); begin += stretch) {
    work_.clear();
    for (std::size_t t = begin; t < begin + stretch; ++t) {
      if (valid[t] != 0) work_.push_back(series[t]);
    }
    if (2 * work_.size() >= stretch) medians_.push_back(median(work_));
  }
}

void BandLevel::keep(std::span<float> series, std::span<const std::uint8_t> valid) {
  measure(series, valid);
  kept_.clear();
  for (std::size_t t = 0; t < series.size(); ++t) {
    if (valid[t] != 0) kept_.push_back(series[t]);
  }
  if (sigma_ == 0.0F) {
    std::fill(kept_.begin(), kept_.end(), 0.0F);
  } else {
    cut();
    take_codes();
    for (const Part& part : parts_) follow(part);
  }
  std::size_t k = 0;
  for (std::size_t t = 0; t < series.size(); ++t) {
    if (valid[t] != 0) series[t] = kept_[k++];
  }
}

void BandLevel::cut() {
  before_.assign(kept_.size() + 1, 0.0);
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    before_[i + 1] = before_[i] + static_cast<double>(kept_[i]);
  }
  parts_.clear();
  uncut_.assign(1, {0, kept_.size()});
  while (!uncut_.empty()) {  // the first of them is the last
    const Part part = uncut_.back();
    uncut_.pop_back();
    const std::size_t place = place_of_step(part);
    const bool is_step =
        place != part.end &&
        std::abs(median_of(part.first, place) - median_of(place, part.end)) > significant * sigma_;
    if (is_step) {
      uncut_.push_back({place, part.end});
      uncut_.push_back({part.first, place});
    } else {
      parts_.push_back(part);
    }
  }
}

// Where the means on either side differ most, in their own errors; the end if they do nowhere.
std::size_t BandLevel::place_of_step(const Part& part) const {
  std::size_t best = part.end;
  double most = least_step * static_cast<double>(sigma_);
  const std::size_t first = part.first == 0 ? shortest_at_an_end : shortest_part;
  const std::size_t last = part.end == kept_.size() ? shortest_at_an_end : shortest_part;
  for (std::size_t i = part.first + first; i + last <= part.end; ++i) {
    const auto left = static_cast<double>(i - part.first);
    const auto right = static_cast<double>(part.end - i);
    const double step =
        (before_[i] - before_[part.first]) / left - (before_[part.end] - before_[i]) / right;
    const double errors = std::abs(step) * std::sqrt(left * right / (left + right));
    if (errors <= most) continue;
    most = errors;
    best = i;
  }
  return best;
}

float BandLevel::median_of(std::size_t first, std::size_t end) {
  work_.assign(kept_.begin() + static_cast<std::ptrdiff_t>(first),
               kept_.begin() + static_cast<std::ptrdiff_t>(end));
  return median(work_);
}

// Far outliers get the last code there is.
void BandLevel::take_codes() {
  step_ = sigma_ / steps_a_sigma;
  const auto [least, most] = std::minmax_element(medians_.begin(), medians_.end());
  lowest_ = medians_.empty() ? 0.0F : 0.5F * (*least + *most) - 0.5F * most_codes * step_;
  codes_.resize(kept_.size());
  std::transform(kept_.begin(), kept_.end(), codes_.begin(), [this](float value) {
    return static_cast<std::uint16_t>(std::clamp((value - lowest_) / step_, 0.0F, most_codes));
  });
}

void BandLevel::follow(const Part& part) {
  counts_.assign(static_cast<std::size_t>(most_codes) + 1, 0);
  inside_ = 0;
  below_ = 0;
  middle_ = codes_[part.first];
  const std::size_t last = part.end - part.first - 1;
  const std::size_t shortest = std::min(least_half_window, last / 2);
  std::size_t begin = part.first;
  std::size_t end = part.first;
  for (std::size_t k = 0; k <= last; ++k) {
    const std::size_t centre = std::clamp(k, shortest, last - shortest);
    const std::size_t half = std::min({half_window, centre, last - centre});
    while (end < part.first + centre + half + 1) add(codes_[end++]);
    while (begin < part.first + centre - half) remove(codes_[begin++]);
    kept_[part.first + k] = middle();
  }
}

void BandLevel::add(std::uint16_t code) {
  ++counts_[code];
  ++inside_;
  below_ += code < middle_ ? 1 : 0;
}

void BandLevel::remove(std::uint16_t code) {
  --counts_[code];
  --inside_;
  below_ -= code < middle_ ? 1 : 0;
}

// The upper median, which moves little from sample to sample. Samples are taken to lie evenly
// within a code.
float BandLevel::middle() {
  const std::size_t half = inside_ / 2;
  while (below_ > half) below_ -= counts_[--middle_];
  while (below_ + counts_[middle_] <= half) below_ += counts_[middle_++];
  const float place =
      (static_cast<float>(half - below_) + 0.5F) / static_cast<float>(counts_[middle_]);
  return lowest_ + (static_cast<float>(middle_) + place) * step_;
}

}  // namespace draftstream
