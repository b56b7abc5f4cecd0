// The frequency axis of a PSRFITS file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "replay/psrfits_header.hpp"

namespace draftstream {

/// The axis that DAT_FREQ of a row tells; OBSFREQ and CHAN_BW only where there is no usable
/// DAT_FREQ, with a warning, as when the two disagree.
///
/// It is regular if every centre lies within a hundredth of a channel (and what a 32-bit DAT_FREQ
/// can resolve) of equal steps, else a table.
/// @param row  First byte of a whole row.
/// @throws InputError if neither tells the frequencies.
FrequencyAxis read_frequency_axis(const PsrfitsHeader& header, const std::byte* row,
                                  std::vector<std::string>& warnings);

}  // namespace draftstream
