// Where the names of boxes go on a picture. For the files of this folder.
#pragma once

#include <optional>
#include <vector>

#include "publishers/plots/panel.hpp"

namespace draftstream {

/// Above, below or beside its box, or else further up or down from there: the first place within
/// the panel where a name covers no box and no other name.
/// @param boxes   [pixels]; the first has the choice.
/// @param widths  Of the names of these boxes [pixels].
/// @param height  Of all names [pixels].
/// @return For each box; empty where there is no such place.
/// @throws std::invalid_argument unless there are as many widths as boxes.
[[nodiscard]] std::vector<std::optional<Frame>> place_names(const Frame& panel,
                                                            const std::vector<Frame>& boxes,
                                                            const std::vector<double>& widths,
                                                            double height);

}  // namespace draftstream
