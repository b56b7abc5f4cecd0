// The boxes of each trial that stand for those around them.
#pragma once

#include <span>
#include <vector>

#include "engine/boxcar.hpp"

namespace draftstream {

/// Brings boxes into the order that peaks_of() wants.
void sort_by_trial(std::vector<Detection>& boxes);

/// Of each trial's boxes, brightest first, each takes along those that lie within both widths of it
/// (Detection::members). So two narrow pulses stay two, although wide boxes hold both.
/// @param boxes  By trial, then by place.
/// @return By trial, then by place.
[[nodiscard]] std::vector<Detection> peaks_of(std::span<const Detection> boxes);

}  // namespace draftstream
