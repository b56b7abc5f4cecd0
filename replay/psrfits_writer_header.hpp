// The headers of a search-mode PSRFITS file that we write.
#pragma once

#include <cstddef>
#include <vector>

#include "ingest/observation.hpp"
#include "replay/psrfits_fits.hpp"
#include "replay/psrfits_header.hpp"

namespace draftstream {

/// Everything before the first row, and where in it the counts stand that grow with the rows.
struct PsrfitsFileStart {
  std::vector<std::byte> bytes;  ///< Whole FITS blocks: primary HDU and header of SUBINT.
  FitsTable table;               ///< Layout of the rows to come.
  std::size_t rows_card = 0;     ///< Byte of the card NAXIS2.
  std::size_t spectra_card = 0;  ///< Byte of the card NSTOT.
};

/// How samples of the observation are stored: its own bits, one polarisation; 8-bit signed by
/// SIGNINT, 16-bit unsigned by TZERO.
/// @throws std::invalid_argument for a format that is none.
PsrfitsSamples stored_samples(const Observation& observation);

/// @param samples  As from stored_samples.
/// @source PSRFITS definition 6.1; FITS standard 4.0, section 7.3 (binary tables).
PsrfitsFileStart make_psrfits_start(const Observation& observation, const PsrfitsSamples& samples);

/// Puts an integer where FITS wants it in a card: columns 11 to 30, right-justified.
/// @param value  30 - 11 + 1 bytes are written at `card` + 10.
void set_card_integer(std::byte* card, std::uint64_t value);

}  // namespace draftstream
