// The searches of all beams of a run, in the memory that there is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "app/beam_search.hpp"
#include "app/networks.hpp"
#include "app/settings.hpp"
#include "app/wire.hpp"

namespace draftstream {

using Beams = std::vector<std::unique_ptr<BeamSearch>>;

/// The threads are shared out evenly; every beam has one at least. Where memory is too small for
/// chunks as long as they should be, they are halved until it is not, which the log says.
/// @throws ConfigError if the settings cannot be carried out on these observations.
/// @throws std::bad_alloc, std::system_error if memory is too small for the shortest chunks.
Beams make_beams(std::span<const BeamInput> inputs, const Settings& settings,
                 const RunNetworks& networks);

/// Calls `make` with a number of samples, and with half as many each time that it runs out of
/// memory, down to the fewest that can be halved.
/// @throws what `make` threw last.
void halve_until_it_fits(std::uint64_t samples, const std::function<void(std::uint64_t)>& make);

}  // namespace draftstream
