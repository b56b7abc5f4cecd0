// Has live searches shed load, and says so.
#pragma once

#include "app/results.hpp"
#include "app/run_summary.hpp"
#include "app/settings.hpp"

namespace draftstream {

/// Beams whose feeds do not wait for them leave out what the settings' rule says; each change is a
/// line of the log and a status on the topic. Others leave nothing out. Before they are started.
/// @param networks  Whether any judge: else there is nothing to be left out of them.
/// @param beams, results  Must outlive the search.
void shed_load(BeamSearches beams, const Settings& settings, bool networks, Results& results);

}  // namespace draftstream
