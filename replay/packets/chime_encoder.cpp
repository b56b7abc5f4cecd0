#include "replay/packets/chime_encoder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace draftstream {
namespace {

constexpr std::size_t longest_packet = 8910;
constexpr float steps = 253.0F;  // from byte 1 to byte 254
constexpr float exact_integers = 16'777'216.0F;

struct Scale {
  float scale = 0.0F;
  float offset = 0.0F;

  [[nodiscard]] std::byte code(float value) const {
    if (!std::isfinite(value)) return std::byte{0};
    if (scale == 0.0F) return std::byte{128};  // any: all values are the offset
    return static_cast<std::byte>(std::clamp(std::lrintf((value - offset) / scale), 1L, 254L));
  }
};

// Of finite values between these.
Scale choose_scale(float lowest, float highest, bool whole) {
  if (lowest > highest) return {};  // there are none
  if (whole && highest - lowest <= steps) return {1.0F, lowest - 1.0F};
  if (lowest == highest) return {0.0F, lowest};
  const float scale = (highest - lowest) / steps;
  return {scale, lowest - scale};
}

}  // namespace

ChimeEncoder::ChimeEncoder(const ChimeEncoding& encoding) : encoding_{encoding} {
  const auto in = [](std::size_t value, std::size_t most) { return value >= 1 && value <= most; };
  if ((encoding.version != 1 && encoding.version != 2) || !in(encoding.coarse_channels, 65'536) ||
      !in(encoding.up, 8910) || !in(encoding.packet_coarse, encoding.coarse_channels) ||
      !in(encoding.samples, 1024) || !std::has_single_bit(encoding.samples) ||
      encoding.counts_per_sample == 0) {
    throw std::invalid_argument("ChimeEncoder: a count that packets cannot hold");
  }
  const std::size_t header = encoding.version == 1 ? 24 : 32;
  const std::size_t cell = encoding.up * encoding.samples;
  if (encoding.packet_coarse > longest_packet ||
      header + 2 + encoding.packet_coarse * (10 + cell) > longest_packet) {
    throw std::invalid_argument("ChimeEncoder: packets of more than 8910 bytes");
  }
}

void ChimeEncoder::append_cell(std::span<const float> spectra, std::size_t coarse,
                               std::size_t place) {
  const std::size_t channels = encoding_.channels();
  const auto value = [&](std::size_t u, std::size_t t) {
    return spectra[t * channels + coarse * encoding_.up + u];
  };
  float lowest = std::numeric_limits<float>::infinity();
  float highest = -lowest;
  bool whole = true;
  for (std::size_t u = 0; u < encoding_.up; ++u) {
    for (std::size_t t = 0; t < encoding_.samples; ++t) {
      const float v = value(u, t);
      if (!std::isfinite(v)) continue;
      lowest = std::min(lowest, v);
      highest = std::max(highest, v);
      whole = whole && v == std::rint(v) && std::abs(v) < exact_integers;
    }
  }
  const Scale scale = choose_scale(lowest, highest, whole);
  scales_[place] = scale.scale;
  offsets_[place] = scale.offset;
  for (std::size_t u = 0; u < encoding_.up; ++u) {
    for (std::size_t t = 0; t < encoding_.samples; ++t) data_.push_back(scale.code(value(u, t)));
  }
}

void ChimeEncoder::encode(std::uint64_t block, std::span<const float> spectra,
                          const SendDatagram& send) {
  if (spectra.size() != encoding_.samples * encoding_.channels()) {
    throw std::invalid_argument("ChimeEncoder: spectra that are no time block");
  }
  for (std::size_t first = 0; first < encoding_.coarse_channels; first += encoding_.packet_coarse) {
    const std::size_t count = std::min(encoding_.packet_coarse, encoding_.coarse_channels - first);
    data_.clear();
    scales_.resize(count);
    offsets_.resize(count);
    for (std::size_t i = 0; i < count; ++i) append_cell(spectra, first + i, i);
    packet_.clear();
    append_little(packet_, static_cast<std::uint64_t>(encoding_.version), 4);
    append_little(packet_, data_.size(), 2);
    append_little(packet_, encoding_.counts_per_sample, 2);
    if (encoding_.version == 2) append_little(packet_, encoding_.fpga0_ns, 8);
    append_little(packet_, block * encoding_.samples * encoding_.counts_per_sample, 8);
    for (const std::size_t number : {std::size_t{1}, count, encoding_.up, encoding_.samples}) {
      append_little(packet_, number, 2);
    }
    append_little(packet_, encoding_.beam, 2);
    for (std::size_t i = 0; i < count; ++i) append_little(packet_, first + i, 2);
    for (const float scale : scales_) append_float(packet_, scale);
    for (const float offset : offsets_) append_float(packet_, offset);
    packet_.insert(packet_.end(), data_.begin(), data_.end());
    send(packet_);
  }
}

void ChimeEncoder::end(const SendDatagram& send) {
  std::vector<std::byte> packet;
  append_little(packet, 1, 8);
  packet.resize(24);
  send(packet);
}

}  // namespace draftstream
