// Networks that may fail without ending a search.
#pragma once

#include "app/networks.hpp"

namespace draftstream {

/// The same networks; where one throws, or says what is no number, the log has an error, and what
/// it was shown stays unjudged. Said once of each.
[[nodiscard]] RunNetworks guarded_networks(const RunNetworks& networks);

}  // namespace draftstream
