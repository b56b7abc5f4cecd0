#include "replay/spectrum_packer.hpp"

#include <algorithm>

namespace draftstream {

void SpectrumPacker::append(std::span<const std::byte> spectrum, std::vector<std::byte>& out) {
  if (plain()) {
    out.insert(out.end(), spectrum.begin(), spectrum.end());
    return;
  }
  for (std::size_t bit = 0; bit < bits_; bit += 8) {
    const std::byte next = spectrum[bit / 8];
    const auto count = static_cast<unsigned>(std::min<std::size_t>(8, bits_ - bit));
    held_ |= next << held_bits_;
    if (held_bits_ + count < 8) {
      held_bits_ += count;
      continue;
    }
    out.push_back(held_);
    held_ = held_bits_ == 0 ? std::byte{0} : next >> (8U - held_bits_);
    held_bits_ = held_bits_ + count - 8;
  }
}

void SpectrumPacker::finish(std::vector<std::byte>& out) {
  if (held_bits_ > 0) out.push_back(held_);
  held_ = std::byte{0};
  held_bits_ = 0;
}

}  // namespace draftstream
