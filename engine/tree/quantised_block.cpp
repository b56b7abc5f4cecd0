#include "engine/tree/quantised_block.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "ingest/samples.hpp"

namespace draftstream {

std::vector<std::uint32_t> channels_by_rank(const FrequencyAxis& frequency) {
  std::vector<std::uint32_t> channels(frequency.channels());
  std::iota(channels.begin(), channels.end(), 0U);
  std::stable_sort(channels.begin(), channels.end(), [&](std::uint32_t a, std::uint32_t b) {
    return frequency.centre(a) > frequency.centre(b);
  });
  return channels;
}

void condition_again(const QuantisedBlock& block, std::size_t channel, std::size_t first,
                     std::span<const float> raw, std::span<float> values) {
  assert(raw.size() == values.size() && first + raw.size() <= block.samples);
  const ChannelScaling& scaling = block.scaling[channel];
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const std::size_t t = first + i;
    const bool good = !block.flagged[channel] && block.spectra[t] == Weight::good;
    const float value = (raw[i] - scaling.mean) * scaling.factor - scaling.share * block.zero_dm[t];
    values[i] = good && !std::isnan(raw[i]) ? value : 0.0F;
  }
}

void unpack_channel(const FilterbankChunk& chunk, std::size_t channel, std::size_t first,
                    std::span<float> raw) {
  // A byte holds whole samples: unpack those of one byte, or one sample.
  const auto bits = static_cast<std::size_t>(chunk.format().bits);
  const std::size_t together = bits < 8 ? 8 / bits : 1;
  const std::size_t first_byte = channel * bits / 8;
  const std::size_t place = channel % together;
  float some[8] = {};
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto stored = chunk.spectrum(first + i).subspan(first_byte, (bits + 7) / 8);
    unpack_spectrum(stored, chunk.format(), std::span{some}.first(together));
    raw[i] = some[place];
  }
}

}  // namespace draftstream
