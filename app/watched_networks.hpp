// Networks whose steps are counted.
#pragma once

#include "app/networks.hpp"
#include "app/stage_watch.hpp"

namespace draftstream {

/// The same networks; each batch they compute is a step.
/// @param steps  Must outlive all use of the result.
[[nodiscard]] RunNetworks with_steps(const RunNetworks& networks, StageSteps& steps);

}  // namespace draftstream
