#include "training/random_bursts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"
#include "training/random.hpp"

namespace draftstream {
namespace {

constexpr double least_scattering = 0.5;  // tau of a scattered burst, in widths
constexpr double most_scattering = 3.0;
constexpr double steepest_index = 3.0;
constexpr double narrowest_part = 0.3;  // of the band that a limited burst covers
constexpr double widest_part = 0.7;

void check_order(double low, double high, const char* what) {
  if (!(low > 0.0 && low <= high)) {
    throw ConfigError(fmt::format("random bursts: {}: found {} to {}, expected 0 < low <= high",
                                  what, low, high));
  }
}

}  // namespace

Band draw_band(const FrequencyAxis& frequency, double narrowest, double widest,
               RandomEngine& engine) {
  const double bottom = frequency.lowest().value();
  const double span = frequency.highest().value() - bottom;
  const double part = uniform(engine, narrowest, widest) * span;
  const double from = bottom + uniform(engine) * (span - part);
  // Half a channel more on each side: there is a centre inside, however few channels there are.
  const double half = 0.5 * frequency.channel_width().value();
  return {Megahertz{from + part + half}, Megahertz{std::max(from - half, 0.5 * bottom)}};
}

void draw_scintillation(Burst& burst, const FrequencyAxis& frequency, RandomEngine& engine) {
  constexpr double coarsest_part = 1.0 / 3.0;  // of the band
  const double channel = frequency.channel_width().value();
  const double span = (frequency.highest() - frequency.lowest()).value();
  burst.scint_scale =
      Megahertz{log_uniform(engine, channel, std::max(channel, coarsest_part * span))};
  burst.scint_depth = uniform(engine, 0.3, 1.0);
  burst.scint_seed = engine() >> 32U;  // short enough to be typed
}

void draw_components(Burst& burst, bool drifts, const FrequencyAxis& frequency,
                     RandomEngine& engine) {
  burst.components = uniform(engine) < 0.5 ? 2 : 3;
  burst.spacing = uniform(engine, 1.0, 4.0) * burst.width;
  burst.ratio = uniform(engine, 0.3, 1.0);
  const Band part = draw_band(frequency, narrowest_part, widest_part, engine);
  const double step = uniform(engine, 0.2, 0.7);
  if (!drifts) return;
  if (!burst.band) burst.band = part;
  burst.drift_mhz_ms =
      step * (burst.band->top - burst.band->bottom).value() / (1e3 * burst.spacing.value());
}

void draw_slant(Burst& burst, RandomEngine& engine) {
  burst.slant = uniform(engine, 0.2, 1.0) * burst.width;
}

std::vector<Burst> draw_bursts(const RandomBursts& random, const Observation& observation,
                               std::uint64_t seed) {
  if (random.count == 0) return {};
  check_order(random.dm_min.value(), random.dm_max.value(), "DM [pc cm^-3]");
  check_order(random.snr_min, random.snr_max, "S/N");
  check_order(random.width_min.value(), random.width_max.value(), "width [s]");

  const FrequencyAxis& frequency = observation.frequency;
  const double duration =
      observation.time.since_start(static_cast<double>(observation.samples.value())).value();
  const double sweep_a_dm =
      dispersion_delay(DispersionMeasure{1.0}, frequency.lowest(), frequency.highest()).value();
  const double dm_max = sweep_a_dm > 0.0
                            ? std::min(random.dm_max.value(), 0.5 * duration / sweep_a_dm)
                            : random.dm_max.value();
  const double dm_min = std::min(random.dm_min.value(), dm_max);
  const double width_min =
      std::max(random.width_min.value(), 2.0 * observation.time.sample_time.value());
  const double width_max = std::max(random.width_max.value(), width_min);

  std::vector<Burst> bursts;
  for (std::size_t i = 0; i < random.count; ++i) {
    RandomEngine engine = random_engine(seed, RandomStream::bursts, i);
    Burst burst;
    burst.dm = DispersionMeasure{log_uniform(engine, dm_min, dm_max)};
    burst.snr = log_uniform(engine, random.snr_min, random.snr_max);
    burst.width = Seconds{log_uniform(engine, width_min, width_max)};
    burst.index = uniform(engine, -steepest_index, steepest_index);
    const double scattering = log_uniform(engine, least_scattering, most_scattering);
    if (i % 3 == 2) burst.tau = scattering * burst.width;
    const Band part = draw_band(frequency, narrowest_part, widest_part, engine);
    if (i % 4 == 3) burst.band = part;

    const double margin = 3.0 * burst.width.value();
    const double place =
        (static_cast<double>(i) + uniform(engine)) / static_cast<double>(random.count);
    if (i % 5 == 4) draw_scintillation(burst, frequency, engine);
    if (i % 6 == 5) draw_components(burst, i % 12 == 11, frequency, engine);
    if (i % 7 == 6) draw_slant(burst, engine);
    const double after = burst.dm.value() * sweep_a_dm + margin + 5.0 * burst.tau.value() +
                         burst.spread().value() + burst.slant.value();
    const double room = std::max(0.0, duration - margin - after);
    burst.toa = Seconds{margin + place * room};
    bursts.push_back(burst);
  }
  return bursts;
}

}  // namespace draftstream
