// Which spectra of the observation each row of a PSRFITS file holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingest/ledger.hpp"
#include "ingest/time_axis.hpp"
#include "replay/psrfits_header.hpp"
#include "replay/psrfits_rows.hpp"

namespace draftstream {

/// A row and the spectra it holds.
struct PsrfitsRow {
  std::uint64_t first = 0;    ///< Sample index of its first spectrum.
  std::uint64_t samples = 0;  ///< Spectra that are data; trailing padding does not count.
  std::uint64_t row = 0;      ///< In the file, from 0.

  [[nodiscard]] std::uint64_t end() const noexcept { return first + samples; }
};

/// The rows in the order of time.
struct PsrfitsTimeline {
  std::vector<PsrfitsRow> rows;  ///< Ascending, disjoint.
  std::vector<Gap> gaps;         ///< Missing spectra between them.
  std::uint64_t samples = 0;     ///< Rows and gaps together.
  UtcInstant start;              ///< Of sample 0.
  std::vector<std::string> warnings;
};

/// Places rows by OFFS_SUB (time of a row's centre since STT_*), or by their number where OFFS_SUB
/// is absent or says nothing.
///
/// A row later than the end of the one before leaves a gap of whole samples; less than half a
/// sample is rounding. A row that begins up to a tenth of a row early is taken as jitter of the
/// clock; earlier is an overlap. Rows whose samples repeat another's of the same time are left out,
/// and so are rows that were never written (OFFS_SUB and every weight 0).
/// @param count  Whole rows in the file, at least 1.
/// @throws InputError without the file's name, naming both times of rows that overlap.
PsrfitsTimeline lay_out_rows(const PsrfitsHeader& header, PsrfitsRows& rows, std::uint64_t count);

}  // namespace draftstream
