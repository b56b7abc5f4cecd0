// The variance that white noise leaves in a box, once conditioning has taken its share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/dm_plan.hpp"
#include "engine/search_config.hpp"
#include "engine/worker_pool.hpp"

namespace draftstream {

/// A box of w samples over N channels would have the variance w N, had the conditioning subtracted
/// nothing. It subtracts two means, each of which takes some of the noise along:
///
/// - the zero-DM filter, by which (1/N) sum over tau of M(tau)^2 is lost, where M(tau) is how many
///   samples of the box lie at delay tau: all of it at DM 0, nearly nothing at high DM;
/// - without that filter, each channel's own mean over a block of B samples, by which w/B is lost.
///   (With it, the mean over all channels of these means is added back with the filter's own mean,
///   and in the sum over channels the two cancel exactly.)
///
/// Without these factors S/N would be too low at low DM and for wide boxes.
class NoiseModel {
 public:
  /// Below this share of the variance a box is not searched: there is hardly any signal left in it.
  static constexpr float least_share = 0.05F;

  /// @param channels  Those summed by dedispersion.
  NoiseModel(const DmPlan& plan, std::span<const std::uint32_t> channels,
             std::span<const std::uint32_t> widths, ZeroDm zero_dm, WorkerPool& pool);

  /// Share of w N that the zero-DM filter leaves: 0 to 1.
  [[nodiscard]] float zero_dm_share(std::size_t trial, std::size_t width_index) const {
    return shares_[trial * widths_ + width_index];
  }

 private:
  std::size_t widths_;
  std::vector<float> shares_;  // [trial][width]
};

}  // namespace draftstream
