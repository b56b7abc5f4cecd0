#include "engine/tree/quantised_block.hpp"

#include <cassert>
#include <cmath>

namespace draftstream {

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

}  // namespace draftstream
