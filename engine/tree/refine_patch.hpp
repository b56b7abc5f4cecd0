// The neighbourhood of a detection, conditioned again from the raw samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/conditioned_samples.hpp"
#include "engine/dm_plan.hpp"
#include "engine/raw_history.hpp"
#include "engine/refine.hpp"
#include "engine/tree/block_notes.hpp"

namespace draftstream {

/// Values and weights of the samples between two tracks.
class RefinePatch final : public ConditionedSamples {
 public:
  /// @param raw   Holds all of it that is not behind the end of the observation.
  /// @param near  Some samples, at least.
  RefinePatch(const RawHistory& raw, const BlockNotes& notes, const DmPlan& plan,
              const NearTracks& near);

  [[nodiscard]] const float* values(std::size_t channel, std::uint64_t n) const override {
    return values_.data() + place(channel, n);
  }
  [[nodiscard]] const Weight* weights(std::size_t channel, std::uint64_t n) const override {
    return weights_.data() + place(channel, n);
  }

 private:
  struct Row {
    std::uint64_t first = 0;  // sample
    std::size_t place = 0;    // of that sample in values_
  };
  [[nodiscard]] std::size_t place(std::size_t channel, std::uint64_t n) const noexcept {
    return rows_[channel].place + static_cast<std::size_t>(n - rows_[channel].first);
  }
  void fill(const RawHistory& raw, const BlockNotes& notes, std::size_t channel,
            std::uint64_t first, std::size_t samples, std::size_t place);

  std::vector<Row> rows_;        // [channel]
  std::vector<float> values_;    // row after row
  std::vector<Weight> weights_;  // row after row
};

}  // namespace draftstream
