#include "engine/infer/band_delays.hpp"

#include "engine/channel_order.hpp"
#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"

namespace draftstream {

BandDelays::BandDelays(const FrequencyAxis& frequency, Seconds sample_time)
    : order_{channels_by_rank(frequency)} {
  const auto delay = [&](std::uint32_t channel) {
    return dispersion_delay(DispersionMeasure{1.0}, frequency.centre(channel), frequency.highest());
  };
  const Seconds longest = delay(order_.back());
  if (!(longest.value() > 0.0)) {
    throw ConfigError("networks: found channels of one frequency only, expected a band");
  }
  sweep_per_dm_ = longest / sample_time;
  for (const std::uint32_t channel : order_) shares_.push_back(delay(channel) / longest);
}

}  // namespace draftstream
