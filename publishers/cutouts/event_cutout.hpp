// From an event and what was seen of it to what a store keeps.
#pragma once

#include <string>

#include "engine/infer/look.hpp"
#include "ingest/observation.hpp"
#include "publishers/cutouts/cutout.hpp"
#include "publishers/event.hpp"

namespace draftstream {

/// Tile and patch, in default_cutout_format(), with what the event says of the pulse.
/// @param observation  That the event is of.
/// @param file         Recording; "" for a stream.
[[nodiscard]] Cutout cutout_of(const Event& event, const Look& look, const Observation& observation,
                               std::string file);

}  // namespace draftstream
