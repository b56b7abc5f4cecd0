// Conditioned samples by absolute index, wherever they are kept.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/condition.hpp"

namespace draftstream {

class ConditionedSamples {
 public:
  /// So many samples are contiguous from any index on, as far as there are any.
  static constexpr std::size_t reach = 256;

  virtual ~ConditionedSamples() = default;
  [[nodiscard]] virtual const float* values(std::size_t channel, std::uint64_t n) const = 0;
  [[nodiscard]] virtual const Weight* weights(std::size_t channel, std::uint64_t n) const = 0;
};

}  // namespace draftstream
