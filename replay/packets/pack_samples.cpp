#include "replay/packets/pack_samples.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "replay/packets/append_bytes.hpp"

namespace draftstream {
namespace {

void append_sample(const PacketSamples& layout, float value, std::vector<std::byte>& out,
                   SampleLoss& loss) {
  const auto append = [&](float one) {
    if (layout.big_endian) {
      append_big(out, std::bit_cast<std::uint32_t>(one), 4);
    } else {
      append_float(out, one);
    }
  };
  const std::size_t others = layout.products - (layout.sum_two ? 2 : 1);
  if (layout.kind == SampleKind::f32) {
    append(value);
    for (std::size_t i = 0; i + 1 < layout.products; ++i) append(0.0F);
    return;
  }
  const bool is_signed = layout.kind == SampleKind::i8;
  const float most = is_signed ? 127.0F : 255.0F;
  const float least = is_signed ? -128.0F : 0.0F;
  const float factor = layout.sum_two ? 2.0F : 1.0F;
  const float clipped = value >= factor * least ? std::min(value, factor * most) : factor * least;
  const long whole = std::lrintf(clipped);
  if (!std::isnan(value)) loss.add(value, static_cast<float>(whole), clipped != value);
  if (layout.sum_two) {
    const long half = whole >= 0 ? whole / 2 : -((1 - whole) / 2);  // rounded down
    out.push_back(static_cast<std::byte>(half));
    out.push_back(static_cast<std::byte>(whole - half));
  } else {
    out.push_back(static_cast<std::byte>(whole));
  }
  out.resize(out.size() + others);
}

}  // namespace

SampleLoss pack_samples(const PacketSamples& layout, std::span<const float> spectra,
                        std::size_t band_channels, std::size_t first_channel, std::size_t channels,
                        std::vector<std::byte>& out) {
  SampleLoss loss;
  const std::size_t samples = spectra.size() / band_channels;
  out.clear();
  const auto append = [&](std::size_t t, std::size_t c) {
    append_sample(layout, spectra[t * band_channels + first_channel + c], out, loss);
  };
  if (layout.time_fastest) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t t = 0; t < samples; ++t) append(t, c);
    }
  } else {
    for (std::size_t t = 0; t < samples; ++t) {
      for (std::size_t c = 0; c < channels; ++c) append(t, c);
    }
  }
  return loss;
}

}  // namespace draftstream
