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

std::size_t ChimeEncoder::packet_bytes(const ChimeEncoding& encoding, std::size_t beams) noexcept {
  const std::size_t header = encoding.version == 1 ? 24 : 32;
  return header + 2 * beams +
         encoding.packet_coarse * (2 + beams * (8 + encoding.up * encoding.samples));
}

ChimeEncoder::ChimeEncoder(const ChimeEncoding& encoding, std::size_t most_beams)
    : encoding_{encoding}, most_beams_{most_beams} {
  const auto in = [](std::size_t value, std::size_t most) { return value >= 1 && value <= most; };
  if ((encoding.version != 1 && encoding.version != 2) || !in(encoding.coarse_channels, 65'536) ||
      !in(encoding.up, 8910) || !in(encoding.packet_coarse, encoding.coarse_channels) ||
      !in(encoding.samples, 1024) || !std::has_single_bit(encoding.samples) ||
      encoding.counts_per_sample == 0 || !in(most_beams, longest_packet)) {
    throw std::invalid_argument("ChimeEncoder: a count that packets cannot hold");
  }
  if (encoding.packet_coarse > longest_packet ||
      packet_bytes(encoding, most_beams) > longest_packet) {
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
  const bool exact = scale.scale == 0.0F || (whole && highest - lowest <= steps);
  for (std::size_t u = 0; u < encoding_.up; ++u) {
    for (std::size_t t = 0; t < encoding_.samples; ++t) {
      const float v = value(u, t);
      const std::byte code = scale.code(v);
      data_.push_back(code);
      if (exact || code == std::byte{0}) continue;
      loss_.add(v, scale.scale * static_cast<float>(code) + scale.offset);
    }
  }
}

void ChimeEncoder::encode(std::uint64_t block, std::span<const float> spectra,
                          const SendDatagram& send) {
  const BeamSpectra one{encoding_.beam, spectra};
  encode(block, {&one, 1}, send);
}

void ChimeEncoder::encode(std::uint64_t block, std::span<const BeamSpectra> beams,
                          const SendDatagram& send) {
  if (beams.empty() || beams.size() > most_beams_) {
    throw std::invalid_argument("ChimeEncoder: no beams, or more than a packet may have");
  }
  for (const BeamSpectra& beam : beams) {
    if (beam.spectra.size() != encoding_.samples * encoding_.channels()) {
      throw std::invalid_argument("ChimeEncoder: spectra that are no time block");
    }
  }
  for (std::size_t first = 0; first < encoding_.coarse_channels; first += encoding_.packet_coarse) {
    const std::size_t count = std::min(encoding_.packet_coarse, encoding_.coarse_channels - first);
    data_.clear();
    scales_.resize(beams.size() * count);
    offsets_.resize(beams.size() * count);
    for (std::size_t b = 0; b < beams.size(); ++b) {
      for (std::size_t i = 0; i < count; ++i) {
        append_cell(beams[b].spectra, first + i, b * count + i);
      }
    }
    packet_.clear();
    append_little(packet_, static_cast<std::uint64_t>(encoding_.version), 4);
    append_little(packet_, data_.size(), 2);
    append_little(packet_, encoding_.counts_per_sample, 2);
    if (encoding_.version == 2) append_little(packet_, encoding_.fpga0_ns, 8);
    append_little(packet_, block * encoding_.samples * encoding_.counts_per_sample, 8);
    for (const std::size_t number : {beams.size(), count, encoding_.up, encoding_.samples}) {
      append_little(packet_, number, 2);
    }
    for (const BeamSpectra& beam : beams) append_little(packet_, beam.beam, 2);
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
