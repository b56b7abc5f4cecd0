#include "bench/workloads.hpp"

namespace draftstream {

Observation Workload::observation() const {
  const double step = (bottom_mhz - top_mhz) / static_cast<double>(channels);
  Observation seen;
  seen.frequency = FrequencyAxis{Megahertz{top_mhz + 0.5 * step}, Megahertz{step}, channels};
  seen.time.start = {60000, 0.0};
  seen.time.sample_time = Seconds{sample_time_s};
  seen.format = SampleFormat{8};
  return seen;
}

DmRange Workload::range() const {
  DmRange all;
  all.max = DispersionMeasure{dm_max};
  all.tolerance = dm_tolerance;
  return all;
}

SearchConfig Workload::config(EngineKind engine, unsigned threads) const {
  SearchConfig config;
  config.engine = engine;
  config.dm_max = DispersionMeasure{dm_max};
  config.dm_tolerance = dm_tolerance;
  config.octave_shift = octave_shift;
  config.threads = threads;
  return config;
}

}  // namespace draftstream
