#include "engine/infer/snr_code.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace draftstream {
namespace {

double snr_at(double code) {
  return SnrCode::centre + SnrCode::scale * std::sinh(code / SnrCode::steps - SnrCode::offset);
}

}  // namespace

SnrCode::SnrCode() {
  for (std::size_t code = 0; code < 255; ++code) {
    next_[code] = static_cast<float>(snr_at(static_cast<double>(code) + 0.5));
  }
  next_[255] = std::numeric_limits<float>::infinity();
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    cells_[cell] = search(cells_begin + static_cast<float>(cell) / cells_a_unit);
  }
}

std::uint8_t SnrCode::search(float snr) const noexcept {
  const auto above = std::upper_bound(next_.begin(), next_.end(), snr);
  return static_cast<std::uint8_t>(std::min<std::ptrdiff_t>(above - next_.begin(), 255));
}

double SnrCode::snr(std::uint8_t code) noexcept {
  return snr_at(code);
}

}  // namespace draftstream
