// From an event and what was seen of it to the page about it.
#pragma once

#include "engine/infer/look.hpp"
#include "ingest/observation.hpp"
#include "publishers/event.hpp"
#include "publishers/plots/candidate_page.hpp"

namespace draftstream {

/// @param observation  That the event is of.
/// @throws ConfigError if its band has no sweep.
[[nodiscard]] CandidatePage page_of(const Event& event, const Look& look,
                                    const Observation& observation);

}  // namespace draftstream
