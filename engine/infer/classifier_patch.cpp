#include "engine/infer/classifier_patch.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace draftstream {
namespace {

constexpr std::size_t side = ClassifierPatch::side;
constexpr double middle_row = side / 2.0;
constexpr std::size_t cells = 2 * side;  // of a band: rows of other DMs shift them

std::size_t samples_a_cell(std::uint32_t width) {
  return std::max<std::uint32_t>(1, width / 4);
}

std::int8_t coded(float value) {
  return static_cast<std::int8_t>(std::lround(std::clamp(value, -127.0F, 127.0F)));
}

}  // namespace

std::size_t ClassifierPatch::reach(std::uint32_t width) noexcept {
  return side * samples_a_cell(width) + 1;
}

ClassifierPatchMaker::ClassifierPatchMaker(const BandDelays& delays)
    : delays_{delays}, middles_(side, 0.0), sums_(side * cells), counts_(side * cells) {
  std::vector<double> channels(side, 0.0);
  for (std::size_t rank = 0; rank < delays.channels(); ++rank) {
    const std::size_t band = side - 1 - rank * side / delays.channels();
    middles_[band] += delays.shares()[rank];
    channels[band] += 1.0;
  }
  for (std::size_t band = 0; band < side; ++band) middles_[band] /= std::max(1.0, channels[band]);
}

std::vector<Stretch> ClassifierPatchMaker::stretches(const PatchPlace& place) const {
  const std::size_t cell = samples_a_cell(place.width);
  std::vector<Stretch> all;
  for (const double share : delays_.shares()) {
    const auto middle =
        static_cast<std::int64_t>(std::floor(place.middle + place.sweep * share + 0.5));
    all.push_back({middle - static_cast<std::int64_t>(side * cell), cells * cell});
  }
  return all;
}

void ClassifierPatchMaker::make(const SampleWindow& window, const PatchPlace& place,
                                ClassifierPatch& patch) {
  assert(window.channels() == delays_.channels() && window.level() == 0);
  fill_bands(window, place);
  code_rows(place, patch);
}

void ClassifierPatchMaker::fill_bands(const SampleWindow& window, const PatchPlace& place) {
  const std::size_t cell = samples_a_cell(place.width);
  std::fill(sums_.begin(), sums_.end(), 0.0F);
  std::fill(counts_.begin(), counts_.end(), 0.0F);
  const std::vector<Stretch> wanted = stretches(place);
  for (std::size_t rank = 0; rank < wanted.size(); ++rank) {
    const auto from = static_cast<std::size_t>(wanted[rank].first - window.stretch(rank).first);
    const std::span<const float> values = window.values(rank).subspan(from, cells * cell);
    const std::span<const std::uint8_t> good = window.good(rank).subspan(from, cells * cell);
    const std::size_t band = side - 1 - rank * side / wanted.size();
    float* const sums = sums_.data() + band * cells;
    float* const counts = counts_.data() + band * cells;
    if (cell == 1) {
      for (std::size_t k = 0; k < cells; ++k) sums[k] += values[k];
      for (std::size_t k = 0; k < cells; ++k) counts[k] += static_cast<float>(good[k]);
      continue;
    }
    for (std::size_t k = 0; k < cells; ++k) {
      float sum = 0.0F;
      std::uint32_t count = 0;
      for (std::size_t i = k * cell; i < (k + 1) * cell; ++i) {
        sum += values[i];
        count += good[i];
      }
      sums[k] += sum;
      counts[k] += static_cast<float>(count);
    }
  }
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    sums_[i] /= std::sqrt(std::max(counts_[i], 1.0F));
    counts_[i] = counts_[i] > 0.0F ? 1.0F : 0.0F;  // from here on: is there anything?
  }
}

void ClassifierPatchMaker::code_rows(const PatchPlace& place, ClassifierPatch& patch) const {
  constexpr std::size_t first_cell = (cells - side) / 2;
  const auto cell = static_cast<double>(samples_a_cell(place.width));
  const double step = place.width / 4.0 / cell;  // of a row, over the band [cells]
  for (std::size_t row = 0; row < side; ++row) {
    std::array<float, side> sums{};
    std::array<float, side> counts{};
    const double away = (static_cast<double>(row) - middle_row) * step;
    for (std::size_t band = 0; band < side; ++band) {
      const auto shift =
          static_cast<std::ptrdiff_t>(std::floor(away * (middles_[band] - 0.5) + 0.5));
      const auto from = static_cast<std::ptrdiff_t>(band * cells + first_cell) + shift;
      for (std::size_t k = 0; k < side; ++k) {
        sums[k] += sums_[static_cast<std::size_t>(from) + k];
        counts[k] += counts_[static_cast<std::size_t>(from) + k];
      }
    }
    for (std::size_t k = 0; k < side; ++k) {
      const float value = sums[k] / std::sqrt(std::max(counts[k], 1.0F));
      patch.codes[row * side + k] = coded(20.0F * sums_[row * cells + first_cell + k]);
      patch.codes[(side + row) * side + k] = coded(24.0F * std::asinh(value / 3.0F));
    }
  }
}

}  // namespace draftstream
