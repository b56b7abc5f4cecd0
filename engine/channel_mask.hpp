// Which channels a user wants left out.
#pragma once

#include <string_view>
#include <vector>

#include "ingest/frequency_axis.hpp"

namespace draftstream {

/// Parses a mask: entries separated by white space or commas; '#' begins a comment. An entry is
///
///     12              channel 12 (counted from 0, in the order of the recording)
///     20-30           channels 20 to 30, both included
///     1200:1215.5MHz  every channel whose centre lies in this range, both ends included
///
/// which includes the channel lists of PRESTO and `your` users.
/// @return Shape [channel], true = masked.
/// @throws InputError naming line, found and expected.
std::vector<bool> parse_channel_mask(std::string_view text, const FrequencyAxis& frequency);

}  // namespace draftstream
