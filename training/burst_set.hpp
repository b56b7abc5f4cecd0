// All bursts of a recording: measured, and ready to be added to its samples.
#pragma once

#include <vector>

#include "ingest/observation.hpp"
#include "training/burst.hpp"
#include "training/burst_template.hpp"
#include "training/burst_truth.hpp"
#include "training/sky_block.hpp"
#include "training/truth.hpp"

namespace draftstream {

/// Threads: const members may be called from several threads at once.
class BurstSet {
 public:
  /// @param bursts       In any order.
  /// @param observation  Must outlive the set; its `samples` must be known.
  /// @param recorded     What holds noise. Channels that are not live get nothing, and S/N is that
  ///                     of the others.
  /// @throws ConfigError naming the key of a burst that is out of range, or whose sweep does not
  ///         meet the recording.
  BurstSet(std::vector<Burst> bursts, const Observation& observation,
           const RecordedParts& recorded = {});

  [[nodiscard]] const std::vector<TrueBurst>& truth() const noexcept { return truth_; }

  /// Whether any burst reaches into samples [first, end).
  [[nodiscard]] bool meets(std::uint64_t first, std::uint64_t end) const noexcept;

  /// Adds what lies in the block, in units of each channel's noise.
  void add(const SkyBlock& sigmas) const;

 private:
  struct Pulse {
    BurstTemplate shape;
    float amplitude;  // [sigma]
  };
  void add(const Pulse& pulse, const SkyBlock& sigmas) const;

  std::vector<bool> live_;
  std::vector<Pulse> pulses_;
  std::vector<TrueBurst> truth_;
};

}  // namespace draftstream
