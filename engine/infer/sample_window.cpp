#include "engine/infer/sample_window.hpp"

#include <cstring>

namespace draftstream {

SampleWindow::SampleWindow(std::span<const Stretch> stretches, unsigned level) : level_{level} {
  std::size_t size = 0;
  rows_.reserve(stretches.size());
  for (const Stretch& stretch : stretches) {
    rows_.push_back({stretch, size});
    size += stretch.samples;
  }
  values_.assign(size, 0.0F);
  good_.assign(size, 0);
}

SampleWindow::Content SampleWindow::content(std::size_t rank) const noexcept {
  const std::span<const std::uint8_t> row = good(rank);
  if (row.empty()) return Content::nothing;
  const void* other = std::memchr(row.data(), 1 - row[0], row.size());
  if (other != nullptr) return Content::mixed;
  return row[0] == 1 ? Content::all_good : Content::nothing;
}

}  // namespace draftstream
