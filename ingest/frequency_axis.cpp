#include "ingest/frequency_axis.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace draftstream {
namespace {

// The lower one of the two in the middle of an even number; 0 of a single centre.
Megahertz median_distance(std::vector<Megahertz> centres) {
  if (centres.size() < 2) return Megahertz{};
  std::sort(centres.begin(), centres.end());
  for (std::size_t c = 0; c + 1 < centres.size(); ++c) centres[c] = centres[c + 1] - centres[c];
  centres.pop_back();
  const auto middle = centres.begin() + static_cast<std::ptrdiff_t>((centres.size() - 1) / 2);
  std::nth_element(centres.begin(), middle, centres.end());
  return *middle;
}

}  // namespace

FrequencyAxis::FrequencyAxis(Megahertz first, Megahertz step, std::size_t channels)
    : step_{step}, width_{std::abs(step.value())}, regular_{true} {
  if (channels < 1) throw std::invalid_argument("FrequencyAxis: needs at least 1 channel");
  if (!std::isfinite(step.value()) || step.value() == 0.0) {
    throw std::invalid_argument(
        fmt::format("FrequencyAxis: needs a finite step that is not 0 MHz, got {}", step.value()));
  }
  centres_.reserve(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    centres_.push_back(first + static_cast<double>(c) * step);
  }
  check_centres();
  find_edges();
}

FrequencyAxis::FrequencyAxis(std::vector<Megahertz> centres) : centres_{std::move(centres)} {
  if (centres_.empty()) throw std::invalid_argument("FrequencyAxis: needs at least 1 channel");
  check_centres();
  if (centres_.size() > 1) {
    step_ = (1.0 / static_cast<double>(centres_.size() - 1)) * (centres_.back() - centres_.front());
  }
  width_ = median_distance(centres_);
  find_edges();
}

void FrequencyAxis::check_centres() const {
  for (std::size_t c = 0; c < centres_.size(); ++c) {
    const double mhz = centres_[c].value();
    if (!(mhz > 0.0) || !std::isfinite(mhz)) {
      throw std::invalid_argument(
          fmt::format("FrequencyAxis: channel {} is centred at {} MHz, expected > 0", c, mhz));
    }
  }
}

void FrequencyAxis::find_edges() {
  const auto [low, high] = std::minmax_element(centres_.begin(), centres_.end());
  lowest_ = *low;
  highest_ = *high;
}

}  // namespace draftstream
