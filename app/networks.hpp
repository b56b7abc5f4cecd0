// The networks of a run.
#pragma once

#include <memory>
#include <vector>

#include "app/settings.hpp"
#include "engine/infer/look.hpp"
#include "publishers/event.hpp"
#include "publishers/summary.hpp"

namespace draftstream {

/// Those that the settings name; null if they name none, or want none.
/// @throws ConfigError  if they name one of the two only, or this build cannot compute networks.
/// @throws MissingInput, InputError  as load_network().
[[nodiscard]] std::shared_ptr<const Networks> load_networks(const Settings& settings);

/// Which judge, or that none do.
void log_networks(const Settings& settings, const Networks* networks);

/// What each event says of them; empty for null.
[[nodiscard]] EventClassifier describe_networks(const Networks* networks);

/// What the summary says of them; empty for null.
[[nodiscard]] std::vector<NetworkSummary> summarise_networks(const Settings& settings,
                                                             const Networks* networks);

}  // namespace draftstream
