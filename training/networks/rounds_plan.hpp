// What shapes the networks of a folder: another run in it has to ask for the same.
#pragma once

#include "training/networks/rounds.hpp"

namespace draftstream {

/// Makes the request's folder with its plan.json, or compares the plan that is there. While no fit
/// has begun, all may be asked for anew but what scenes that are made come of: their seeds, no
/// fewer of them, and backgrounds.
/// @throws InputError naming the first option that is another, before anything is written.
/// @throws MissingInput, InputError, ConfigError of backgrounds and of networks to begin with, as
///     BackgroundScenes and load_network; before anything is written.
/// @throws std::system_error if it cannot be written.
void settle_plan(const RoundsRequest& request);

}  // namespace draftstream
