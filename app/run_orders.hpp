// What operators may order of a run that is going on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "app/beam_search.hpp"
#include "app/injections.hpp"
#include "app/run_summary.hpp"
#include "app/trigger_dumps.hpp"
#include "engine/search_config.hpp"
#include "ingest/time_axis.hpp"

namespace draftstream {

/// A place in an observation: a sample, an instant, or so long after the last sample that came
/// (negative: before).
using DumpEdge = std::variant<std::uint64_t, UtcInstant, Seconds>;

/// Keep the samples of a beam in [from, to).
struct DumpOrder {
  std::optional<int> beam;  ///< Its number; may be left out where there is one beam.
  DumpEdge from;
  DumpEdge to;
};

struct InjectionOrder {
  std::optional<int> beam;  ///< The same.
  InjectionRequest burst;
};

/// As it was accepted.
struct OrderedDump {
  std::string uri;  ///< In the folder of the observation's results.
  std::optional<int> beam;
  RingStretch wanted;
  UtcInstant from;  ///< Start of its first sample.
  UtcInstant to;    ///< End of its last one.
};

struct OrderedInjection {
  std::string id;
  std::optional<int> beam;
  Seconds toa;  ///< At the centre of the highest channel, since the observation's first sample.
  UtcInstant toa_utc;
  std::uint64_t sample_index = 0;  ///< That holds it.
};

/// Takes orders in the words of operators.
///
/// Threads: any.
class RunOrders {
 public:
  /// @param dumps, injections  Null: none can be ordered. All must outlive this.
  RunOrders(BeamSearches beams, const SearchConfig& config, TriggerDumps* dumps,
            Injections* injections)
      : beams_{beams}, config_{config}, dumps_{dumps}, injections_{injections} {}

  /// @throws UsageError, TryAgain  as TriggerDumps::request(), and on a beam that is not there.
  OrderedDump dump(const DumpOrder& order);
  /// @throws UsageError on a beam that is not there, or a burst that the search cannot find: its
  ///     DM, width or S/N are out of what is searched. TryAgain as Injections::request().
  OrderedInjection inject(const InjectionOrder& order);

 private:
  [[nodiscard]] std::size_t beam_of(const std::optional<int>& number) const;
  [[nodiscard]] std::uint64_t sample_of(const DumpEdge& edge, const BeamSearch& beam) const;

  BeamSearches beams_;
  const SearchConfig& config_;
  TriggerDumps* dumps_;
  Injections* injections_;
};

}  // namespace draftstream
