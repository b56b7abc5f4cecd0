// From stored samples of one or several polarisations to Stokes I.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/ledger.hpp"
#include "replay/psrfits_header.hpp"
#include "replay/psrfits_rows.hpp"
#include "replay/psrfits_timeline.hpp"

namespace draftstream {

/// The polarisations whose sum is the intensity, by POL_TYPE: I of IQUV, AA + BB of AABB(CRCI).
/// @param pick  This one alone, counted from 0.
/// @throws InputError  if POL_TYPE does not tell.
/// @throws ConfigError if there is no polarisation `pick`.
std::vector<std::size_t> intensity_pols(const PsrfitsHeader& header, std::optional<int> pick,
                                        std::vector<std::string>& warnings);

/// What DAT_SCL, DAT_OFFS and DAT_WTS of all rows come to.
struct PsrfitsScaling {
  bool as_stored = false;         ///< One polarisation, every value is the stored number itself.
  std::vector<Gap> invalid_rows;  ///< Rows in which every channel has weight 0.
};

/// Looks at the small columns of every row once.
/// @param in_time  The rows that are read, as from lay_out_rows.
PsrfitsScaling scan_scaling(const PsrfitsHeader& header, PsrfitsRows& rows,
                            const std::vector<PsrfitsRow>& in_time,
                            std::vector<std::string>& warnings);

/// value = (raw - ZERO_OFF) * DAT_SCL + DAT_OFFS, summed over polarisations; NaN where DAT_WTS is
/// 0 or the value is not finite. Weights other than 0 do not multiply.
///
/// Threads: one at a time per object.
class PsrfitsIntensity {
 public:
  /// @param header  Must outlive this object.
  /// @param pols    As from intensity_pols.
  PsrfitsIntensity(const PsrfitsHeader& header, std::vector<std::size_t> pols);

  /// Takes over the factors of a row.
  /// @param row  First byte of the row; must stay until the next load.
  void load(const std::byte* row);

  /// @param time  Spectrum in the row, from 0.
  /// @param out   Shape [channel].
  void spectrum(std::size_t time, std::span<float> out);

 private:
  const PsrfitsHeader& header_;
  std::vector<std::size_t> pols_;
  std::span<const std::byte> data_;
  std::vector<float> scales_;      // [chosen pol, channel]
  std::vector<float> offsets_;     // [chosen pol, channel]
  std::vector<float> blanks_;      // [channel]: 0, or NaN where the weight is 0
  std::vector<std::byte> stored_;  // one spectrum of one polarisation
  std::vector<float> raw_;         // likewise
};

}  // namespace draftstream
