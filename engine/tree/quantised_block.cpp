#include "engine/tree/quantised_block.hpp"

#include <algorithm>
#include <cassert>

namespace draftstream {

void condition_again(const QuantisedBlock& block, std::size_t channel, std::size_t first,
                     std::span<const float> raw, std::span<float> values) {
  assert(raw.size() == values.size() && first + raw.size() <= block.samples);
  if (block.flagged[channel]) {
    std::fill(values.begin(), values.end(), 0.0F);
    return;
  }
  const ChannelScaling& scaling = block.scaling[channel];
  const Weight* const spectra = block.spectra.data() + first;
  const float* const zero_dm = block.zero_dm.data() + first;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    values[i] = (raw[i] - scaling.mean) * scaling.factor - scaling.share * zero_dm[i];
  }
  // In a loop of its own and without a branch, so that both can be vectorised.
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const float value = values[i];
    const unsigned good = static_cast<unsigned>(spectra[i] == Weight::good) &
                          static_cast<unsigned>(value == value);  // NaN is unlike itself
    values[i] = good != 0 ? value : 0.0F;
  }
}

}  // namespace draftstream
