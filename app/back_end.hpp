// What a run's trees are summed by.
#pragma once

#include <string>

#include "app/settings.hpp"
#include "engine/search_config.hpp"

namespace draftstream {

struct ChosenBackEnd {
  BackEnd back_end = BackEnd::cpu;
  std::string reason;  ///< Why this one, in one sentence; of a device, its name.
};

/// Of settings.backend: "auto" takes a CUDA device where there is one that can be used.
/// @throws ConfigError if "cuda" was asked for and cannot be had; its text has CUDA's own words.
ChosenBackEnd choose_back_end(const Settings& settings);

/// Has the search use it; a device is logged.
/// @throws ConfigError  as choose_back_end().
void take_back_end(Settings& settings);

}  // namespace draftstream
