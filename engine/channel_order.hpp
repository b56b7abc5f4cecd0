// The order of channels by frequency.
#pragma once

#include <cstdint>
#include <vector>

#include "ingest/frequency_axis.hpp"

namespace draftstream {

/// The channels of a band by descending frequency; equal ones in the order of the recording.
[[nodiscard]] std::vector<std::uint32_t> channels_by_rank(const FrequencyAxis& frequency);

}  // namespace draftstream
