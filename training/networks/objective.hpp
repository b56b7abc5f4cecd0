// What a network is trained to do, on examples that are at hand.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <random>
#include <span>

namespace draftstream {

/// Inputs of a network, and what its outputs should be.
struct Batch {
  torch::Tensor inputs;   ///< [example] ..., float, as the network takes them.
  torch::Tensor targets;  ///< The objective's own.
};

/// Examples and the loss on them.
///
/// Threads: one at a time.
class Objective {
 public:
  Objective() = default;
  Objective(const Objective&) = delete;
  Objective& operator=(const Objective&) = delete;
  virtual ~Objective() = default;

  [[nodiscard]] virtual std::size_t examples() const = 0;
  /// @param random  Varies the examples (shifts, masks); null: as they are.
  [[nodiscard]] virtual Batch batch(std::span<const std::size_t> examples,
                                    std::mt19937_64* random) const = 0;
  /// @return A scalar: the mean over the batch.
  [[nodiscard]] virtual torch::Tensor loss(const torch::Tensor& outputs,
                                           const torch::Tensor& targets) const = 0;
};

}  // namespace draftstream
