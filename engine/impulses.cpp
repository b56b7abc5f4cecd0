#include "engine/impulses.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/channel_order.hpp"
#include "engine/median.hpp"

namespace draftstream {
namespace {

constexpr std::size_t widest = 32;     // [samples]
constexpr std::size_t stretch = 1024;  // whose median is the level of a series [samples]
constexpr std::size_t fewest_sub_bands = 3;
constexpr std::size_t short_pulse = 8;  // [samples]
constexpr std::size_t widest_hole = 4;  // [samples]

// On either side of a box; at the ends of a block, as many on one side. [samples]
constexpr std::size_t surroundings = 64;

constexpr double brighter = 2.0;        // than a box: hardly by chance
constexpr double longest_sweep = 64.0;  // [samples]
constexpr double times_brighter = 1.2;

}  // namespace

Impulses::Impulses(const FrequencyAxis& frequency, double sigma)
    : channels_{frequency.channels()},
      sub_bands_{std::min(channels_, most_sub_bands)},
      sigma_{sigma},
      late_(sub_bands_) {
  const std::vector<std::uint32_t> ranked = channels_by_rank(frequency);
  const auto delay = [&](std::size_t rank) {
    const double mhz = frequency.centre(ranked[rank]).value();
    return 1.0 / (mhz * mhz);
  };
  const double first = delay(0);
  const double whole = delay(channels_ - 1) - first;
  for (std::size_t k = 0; k < sub_bands_ && whole > 0.0; ++k) {
    late_[k] = (delay((first_rank(k) + first_rank(k + 1)) / 2) - first) / whole - 0.5;
  }
  used_.reserve(sub_bands_);
  work_.reserve(stretch);
}

std::span<float> Impulses::begin(std::size_t samples) {
  samples_ = samples;
  total_.assign(samples, 0.0F);
  found_.assign(samples, 0);
  return total_;
}

std::span<const std::uint8_t> Impulses::find(std::span<const std::size_t> goods,
                                             std::span<const std::uint8_t> valid,
                                             const SumsOf& sums_of) {
  used_.clear();
  parts_.clear();
  std::size_t channels = 0;
  for (std::size_t k = 0; k < sub_bands_; ++k) {
    if (goods[k] == 0) continue;
    used_.push_back(k);
    channels += goods[k];
  }
  if (sigma_ <= 0.0 || used_.size() < fewest_sub_bands) return found_;
  level(total_, std::sqrt(static_cast<double>(channels)), valid);
  if (!any_bright()) return found_;  // as a rule
  sums_.assign(sub_bands_ * samples_, 0.0F);
  for (const std::size_t k : used_) {
    sums_of(k, sums(k));
    level(sums(k), std::sqrt(static_cast<double>(goods[k])), valid);
    parts_.push_back(std::sqrt(static_cast<double>(goods[k]) / static_cast<double>(channels)));
  }
  for (std::size_t width = 1; width <= widest && width <= samples_; width *= 2) mark(width);
  fill_holes();
  return found_;
}

// Is there a box that mark() would look at? Each width is made of the one before, in its place.
bool Impulses::any_bright() {
  boxes_ = total_;
  for (std::size_t width = 1; width <= widest && width <= samples_; width *= 2) {
    const std::size_t count = samples_ - width + 1;
    if (width > 1) {
      for (std::size_t t = 0; t < count; ++t) boxes_[t] += boxes_[t + width / 2];
    }
    const auto least = static_cast<float>(sigma_ * std::sqrt(static_cast<double>(width)));
    bool bright = false;
    for (std::size_t t = 0; t < count; ++t) bright |= boxes_[t] > 0.99F * least;  // for rounding
    if (bright) return true;
  }
  return false;
}

// Makes sums S/N above what is usual around them. The median of a long stretch: impulses that fill
// less than half of it move it little.
void Impulses::level(std::span<float> series, double unit, std::span<const std::uint8_t> valid) {
  const auto factor = static_cast<float>(1.0 / unit);
  for (std::size_t begin = 0; begin < samples_; begin += stretch) {
    const std::size_t end = std::min(begin + stretch, samples_);
    work_.clear();
    for (std::size_t t = begin; t < end; ++t) {
      if (valid[t] != 0) work_.push_back(series[t]);
    }
    const float usual = work_.empty() ? 0.0F : median(work_);
    for (std::size_t t = begin; t < end; ++t) {
      series[t] = valid[t] != 0 ? (series[t] - usual) * factor : 0.0F;
    }
  }
}

void Impulses::mark(std::size_t width) {
  const double unit = std::sqrt(static_cast<double>(width));
  const double least = sigma_ * unit;
  before_known_ = false;
  double sum = 0.0;
  bool any = false;
  for (std::size_t first = 0; first + width <= samples_; ++first) {
    if (first == 0) {
      sum =
          std::accumulate(total_.begin(), total_.begin() + static_cast<std::ptrdiff_t>(width), 0.0);
    } else {
      sum +=
          static_cast<double>(total_[first + width - 1]) - static_cast<double>(total_[first - 1]);
    }
    if (sum <= least) continue;
    const double snr = (sum - static_cast<double>(width) * usual_around(first, width)) / unit;
    if (snr <= sigma_ || (width > short_pulse && !together(first, width))) continue;
    if (dispersed(first, width, snr)) continue;
    std::fill_n(found_.begin() + static_cast<std::ptrdiff_t>(first), width, std::uint8_t{1});
    any = true;
  }
  if (!any) return;
  for (std::size_t t = 0; t < samples_; ++t) {
    if (found_[t] == 0) continue;
    total_[t] = 0.0F;
    for (const std::size_t k : used_) sums_[k * samples_ + t] = 0.0F;
  }
}

// What lies between two parts of one impulse belongs to it.
void Impulses::fill_holes() {
  std::size_t last = samples_;  // found
  for (std::size_t t = 0; t < samples_; ++t) {
    if (found_[t] == 0) continue;
    if (last < t && t - last <= widest_hole + 1) {
      std::fill(found_.begin() + static_cast<std::ptrdiff_t>(last),
                found_.begin() + static_cast<std::ptrdiff_t>(t), std::uint8_t{1});
    }
    last = t;
  }
}

// Of the S/N over the band. What is wide raises its surroundings, and is no impulse.
double Impulses::usual_around(std::size_t first, std::size_t width) {
  const std::size_t length = std::min(width + 2 * surroundings, samples_);
  const std::size_t begin =
      std::clamp(first, surroundings, samples_ - length + surroundings) - surroundings;
  work_.assign(total_.begin() + static_cast<std::ptrdiff_t>(begin),
               total_.begin() + static_cast<std::ptrdiff_t>(begin + length));
  return static_cast<double>(median(work_));
}

bool Impulses::together(std::size_t first, std::size_t width) {
  work_.clear();
  for (const std::size_t k : used_) {
    const float* const series = sums_.data() + k * samples_ + first;
    work_.push_back(std::accumulate(series, series + width, 0.0F));
  }
  const std::size_t left = used_.size() - (used_.size() + 3) / 4;
  const auto end = work_.begin() + static_cast<std::ptrdiff_t>(left);
  std::nth_element(work_.begin(), end, work_.end());
  const double sum = std::accumulate(work_.begin(), end, 0.0);
  return sum > 0.5 * sigma_ * std::sqrt(static_cast<double>(left * width));
}

// Is the box the part at DM 0 of a brighter pulse?
bool Impulses::dispersed(std::size_t first, std::size_t width, double snr) {
  if (!before_known_) sum_before();
  const double least = std::max(snr + brighter, snr * times_brighter);
  // Its middle may lie before or behind the box.
  const auto before = static_cast<std::int64_t>(first) - static_cast<std::int64_t>(width / 2);
  const double longest = std::max(4.0 * static_cast<double>(width), longest_sweep);
  for (int half_octave = -2; half_octave <= 12; ++half_octave) {  // 1/2, 2/3, 1, 4/3, ... widths
    const double widths =
        std::ldexp(half_octave % 2 == 0 ? 1.0 : 4.0 / 3.0, (half_octave + 14) / 2 - 7);
    const double sweep = widths * static_cast<double>(width);
    if (sweep < 1.0 || sweep > longest) continue;
    for (std::size_t narrow = width; narrow != 0 && 4 * narrow >= width; narrow /= 2) {
      const std::size_t step = std::max<std::size_t>(1, narrow / 4);
      for (std::size_t offset = 0; offset + narrow <= 2 * width; offset += step) {
        double sum = 0.0;
        for (std::size_t i = 0; i < used_.size(); ++i) {
          const auto late = static_cast<std::int64_t>(std::lround(sweep * late_[used_[i]]));
          sum += parts_[i] * box(i, before + static_cast<std::int64_t>(offset) + late, narrow);
        }
        if (sum / std::sqrt(static_cast<double>(narrow)) > least) return true;
      }
    }
  }
  return false;
}

void Impulses::sum_before() {
  before_.resize(used_.size() * (samples_ + 1));
  for (std::size_t i = 0; i < used_.size(); ++i) {
    const std::span<const float> series = sums(used_[i]);
    double* const before = before_.data() + i * (samples_ + 1);
    before[0] = 0.0;
    for (std::size_t t = 0; t < samples_; ++t) {
      before[t + 1] = before[t] + static_cast<double>(series[t]);
    }
  }
  before_known_ = true;
}

// Of what lies inside the block.
double Impulses::box(std::size_t used, std::int64_t first, std::size_t width) const {
  const auto end = static_cast<std::int64_t>(samples_);
  const double* const before = before_.data() + used * (samples_ + 1);
  const std::int64_t last = first + static_cast<std::int64_t>(width);
  return before[std::clamp<std::int64_t>(last, 0, end)] -
         before[std::clamp<std::int64_t>(first, 0, end)];
}

}  // namespace draftstream
