#include "app/run_orders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/exit_status.hpp"
#include "engine/search_limits.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr double lowest_snr = 3.0;
constexpr double highest_snr = 1e4;
constexpr double fewest_samples = 2.0;  // of a burst's width: less has no shape

void check_range(const char* field, double found, double low, double high, const char* why) {
  if (found >= low && found <= high) return;
  throw UsageError(
      fmt::format("{}: found {:g}, expected {:g} to {:g}{}", field, found, low, high, why));
}

std::string name_of(const std::optional<int>& beam) {
  return beam ? fmt::format("{}", *beam) : "one without a number";
}

}  // namespace

std::size_t RunOrders::beam_of(const std::optional<int>& number) const {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < beams_.size(); ++i) {
    const std::optional<int> beam = beams_[i]->observation().beam;
    if (number ? beam == number : beams_.size() == 1) return i;
    known.push_back(name_of(beam));
  }
  throw UsageError(fmt::format("beam: found {}, expected {}",
                               number ? fmt::format("{}", *number) : "none",
                               fmt::join(known, ", ")));
}

// Before the first sample is at it; what lies in the future of any ring is none.
std::uint64_t RunOrders::sample_of(const DumpEdge& edge, const BeamSearch& beam) const {
  constexpr double most = 1e18;  // fits, and is refused
  if (const auto* sample = std::get_if<std::uint64_t>(&edge)) {
    return std::min(*sample, static_cast<std::uint64_t>(most));
  }
  const TimeAxis& time = beam.observation().time;
  double sample = 0.0;
  if (const auto* instant = std::get_if<UtcInstant>(&edge)) {
    sample = (*instant - time.start) / time.sample_time;
  } else {
    sample =
        static_cast<double>(beam.ring().published()) + std::get<Seconds>(edge) / time.sample_time;
  }
  return static_cast<std::uint64_t>(std::clamp(std::floor(sample), 0.0, most));
}

OrderedDump RunOrders::dump(const DumpOrder& order) {
  if (dumps_ == nullptr) throw UsageError("dump: found a run that keeps none");
  const std::size_t index = beam_of(order.beam);
  const BeamSearch& beam = *beams_[index];
  const RingStretch wanted{sample_of(order.from, beam), sample_of(order.to, beam)};
  const RequestedDump dump = dumps_->request(index, wanted);
  const TimeAxis& time = beam.observation().time;
  return {dump.product.uri, beam.observation().beam, wanted,
          time.instant(static_cast<double>(wanted.first)),
          time.instant(static_cast<double>(wanted.end))};
}

OrderedInjection RunOrders::inject(const InjectionOrder& order) {
  if (injections_ == nullptr) throw UsageError("inject: found a run that injects none");
  const std::size_t index = beam_of(order.beam);
  const Observation& observation = beams_[index]->observation();
  const InjectionRequest& burst = order.burst;
  const double sample_ms = 1e3 * observation.time.sample_time.value();
  check_range("dm", burst.dm.value(), config_.dm_min.value(), config_.dm_max.value(),
              " pc cm^-3, which are searched");
  check_range("snr", burst.snr, lowest_snr, highest_snr, "");
  check_range("width_ms", 1e3 * burst.width.value(), fewest_samples * sample_ms,
              search_limits(observation, config_).widest * sample_ms,
              " ms, from two samples to the widest boxcar");
  const PlannedInjection planned = injections_->request(index, burst);
  const UtcInstant toa_utc = observation.time.instant(static_cast<double>(planned.sample_index));
  return {planned.id, observation.beam, planned.toa, toa_utc, planned.sample_index};
}

}  // namespace draftstream
