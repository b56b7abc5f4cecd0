// Some trials of the direct engine, at the cost of all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/cost.hpp"
#include "bench/workloads.hpp"
#include "engine/boxcar.hpp"
#include "engine/dedisperse.hpp"
#include "engine/dm_plan.hpp"
#include "engine/history.hpp"

namespace draftstream {

/// Sums and boxes of a few trials, as DirectSearch makes them, at the recording's time resolution.
/// The history is a ring of half a GB at most, shorter than the delays of large bands would need:
/// that favours it.
class DirectTrials {
 public:
  /// @param trials  All of the search that it is compared with.
  DirectTrials(const Workload& load, const std::vector<DispersionMeasure>& trials);

  /// Its seconds of data are those that all trials together would get through in the same time.
  [[nodiscard]] Work work();

 private:
  void run();

  double sample_time_s_;
  DmPlan plan_;
  SampleHistory history_;
  Dedisperser dedisperser_;
  BoxcarSearch boxes_;
  std::vector<float> shares_;
  std::vector<float> sums_;  // [trial][time]
  std::vector<std::uint16_t> goods_;
  std::vector<std::int32_t> delays_;  // [trial][channel]
  std::vector<Detection> found_;
};

}  // namespace draftstream
