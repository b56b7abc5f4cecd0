// What the headers of a search-mode PSRFITS file say, checked against each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/time_axis.hpp"
#include "replay/psrfits_fits.hpp"

namespace draftstream {

/// How the samples of one row lie in its DATA column: shape [time, polarisation, channel], channel
/// fastest, packed without padding; below 8 bits, the first sample is in the highest bits.
struct PsrfitsSamples {
  int bits = 8;                 ///< NBITS.
  bool is_signed = false;       ///< After `flip_top_bit`.
  bool flip_top_bit = false;    ///< FITS stores the other signedness with TZERO.
  std::size_t channels = 0;     ///< NCHAN.
  std::size_t pols = 1;         ///< NPOL.
  std::size_t row_spectra = 0;  ///< NSBLK.
};

/// A search-mode file as its headers describe it.
struct PsrfitsHeader {
  PsrfitsSamples samples;
  FitsTable table;
  FitsColumn data;
  std::optional<FitsColumn> scales;       ///< DAT_SCL; repeat is pols * channels or channels.
  std::optional<FitsColumn> offsets;      ///< DAT_OFFS; likewise.
  std::optional<FitsColumn> weights;      ///< DAT_WTS.
  std::optional<FitsColumn> frequencies;  ///< DAT_FREQ.
  std::optional<FitsColumn> row_centres;  ///< OFFS_SUB.
  std::optional<FitsColumn> row_lengths;  ///< TSUBINT.

  double sample_time_s = 0.0;            ///< TBIN.
  double zero_offset = 0.0;              ///< ZERO_OFF, taken from each raw value.
  UtcInstant start;                      ///< STT_*: from which OFFS_SUB and NSUBOFFS count.
  std::uint64_t rows_before = 0;         ///< NSUBOFFS.
  std::optional<std::uint64_t> spectra;  ///< NSTOT.
  std::string pol_type;                  ///< POL_TYPE, upper case.

  std::optional<double> centre_mhz;         ///< OBSFREQ.
  std::optional<double> channel_width_mhz;  ///< CHAN_BW, else OBSBW / NCHAN; signed.

  std::string telescope, backend, source_name;
  std::optional<double> ra_deg, dec_deg;  ///< J2000.
  std::optional<int> beam;

  std::vector<std::string> warnings;  ///< Without the file's name.
};

/// @param file  The whole file; only headers are read.
/// @throws InputError without the file's name: no search-mode PSRFITS, or its parts disagree.
/// @source PSRFITS definition 6.1, G. Hobbs et al., ATNF (main header, SUBINT).
PsrfitsHeader read_psrfits_header(std::span<const std::byte> file);

}  // namespace draftstream
