// From an event and what was seen of it to what a store keeps.
#pragma once

#include <string>

#include "engine/infer/look.hpp"
#include "ingest/observation.hpp"
#include "publishers/cutouts/cutout.hpp"
#include "publishers/event.hpp"
#include "publishers/topic_publisher.hpp"

namespace draftstream {

/// Tile and patch, in default_cutout_format(), with what the event says of the pulse.
/// @param observation  That the event is of.
/// @param file         Recording; "" for a stream.
[[nodiscard]] Cutout cutout_of(const Event& event, const Look& look, const Observation& observation,
                               std::string file);

/// Lists tile and patch among the event's attachments.
/// @return Their bytes, frames 2 and 3 of its message.
[[nodiscard]] AttachedFrames attach_cutout(Event& event, Cutout cutout);

}  // namespace draftstream
