#include "engine/infer/sample_window.hpp"

#include <cstring>

namespace draftstream {

SampleWindow::SampleWindow(std::span<const Stretch> stretches, unsigned level) {
  reset(stretches, level);
  values_.assign(values_.size(), 0.0F);
  good_.assign(good_.size(), 0);
}

void SampleWindow::reset(std::span<const Stretch> stretches, unsigned level) {
  level_ = level;
  rows_.clear();
  std::size_t size = 0;
  for (const Stretch& stretch : stretches) {
    rows_.push_back({stretch, size});
    size += stretch.samples;
  }
  values_.resize(size);
  good_.resize(size);
}

SampleWindow::Content SampleWindow::content(std::size_t rank) const noexcept {
  const std::span<const std::uint8_t> row = good(rank);
  if (row.empty()) return Content::nothing;
  const void* other = std::memchr(row.data(), 1 - row[0], row.size());
  if (other != nullptr) return Content::mixed;
  return row[0] == 1 ? Content::all_good : Content::nothing;
}

}  // namespace draftstream
