#include "replay/psrfits_writer_header.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fitsio.h>
#include <fmt/format.h>

#include "ingest/time_axis.hpp"

namespace draftstream {
namespace {

constexpr std::size_t card_bytes = 80;
constexpr std::size_t wanted_row_bytes = std::size_t{1} << 20;  // of DATA
constexpr std::size_t most_row_spectra = 8192;

// A FITS file that grows in memory. cfitsio errors here are bugs: nothing comes from outside.
class MemoryFits {
 public:
  MemoryFits() {
    fits_create_memfile(&file_, &memory_, &size_, 2880, std::realloc, &status_);
    check("create");
  }
  ~MemoryFits() {
    int ignored = 0;
    if (file_ != nullptr) fits_close_file(file_, &ignored);
    std::free(memory_);
  }
  MemoryFits(const MemoryFits&) = delete;
  MemoryFits& operator=(const MemoryFits&) = delete;

  void primary() {
    fits_create_img(file_, BYTE_IMG, 0, nullptr, &status_);
    check("primary HDU");
  }

  void table(const std::string& name, std::vector<std::string> names,
             std::vector<std::string> forms, std::vector<std::string> units) {
    const auto pointers = [](std::vector<std::string>& texts) {
      std::vector<char*> result;
      result.reserve(texts.size());
      for (std::string& text : texts) result.push_back(text.data());
      return result;
    };
    fits_create_tbl(file_, BINARY_TBL, 0, static_cast<int>(names.size()), pointers(names).data(),
                    pointers(forms).data(), pointers(units).data(), name.c_str(), &status_);
    check("table");
  }

  void text(const char* key, std::string value, const char* comment) {
    // FITS holds printable ASCII only, at most 68 characters a card.
    value.resize(std::min<std::size_t>(value.size(), 68));
    std::replace_if(
        value.begin(), value.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    fits_write_key_str(file_, key, value.c_str(), comment, &status_);
    check(key);
  }
  void integer(const char* key, std::int64_t value, const char* comment) {
    fits_write_key_lng(file_, key, value, comment, &status_);
    check(key);
  }
  void real(const char* key, double value, const char* comment) {
    constexpr int all_digits = -17;  // negative: significant digits, so that it reads back exactly
    fits_write_key_dbl(file_, key, value, all_digits, comment, &status_);
    check(key);
  }

  // All bytes up to where the rows begin.
  std::vector<std::byte> close() {
    LONGLONG data_begin = 0;
    fits_set_hdustruc(file_, &status_);
    fits_get_hduaddrll(file_, nullptr, &data_begin, nullptr, &status_);
    fits_close_file(file_, &status_);
    file_ = nullptr;
    check("close");
    const auto* bytes = static_cast<const std::byte*>(memory_);
    return {bytes, bytes + data_begin};
  }

 private:
  void check(const char* what) {
    if (status_ == 0) return;
    throw std::runtime_error(fmt::format("psrfits header: cfitsio status {} at {}", status_, what));
  }

  fitsfile* file_ = nullptr;
  void* memory_ = nullptr;
  std::size_t size_ = 0;
  int status_ = 0;
};

// "12:26:37.636100"
std::string sexagesimal(double value, bool with_sign) {
  const auto micro = std::llround(std::abs(value) * 3600.0e6);
  const auto seconds = micro / 1'000'000;
  const char* sign = value < 0.0 ? "-" : (with_sign ? "+" : "");
  return fmt::format("{}{:02d}:{:02d}:{:02d}.{:06d}", sign, seconds / 3600, seconds / 60 % 60,
                     seconds % 60, micro % 1'000'000);
}

void write_primary(MemoryFits& fits, const Observation& observation) {
  const auto& axis = observation.frequency;
  const double channels = static_cast<double>(axis.channels());
  fits.primary();
  fits.text("HDRVER", "6.1", "Header version");
  fits.text("FITSTYPE", "PSRFITS", "FITS definition for pulsar data files");
  fits.text("TELESCOP", observation.telescope, "Telescope name");
  fits.text("BACKEND", observation.backend, "Backend ID");
  fits.text("IBEAM", observation.beam ? std::to_string(*observation.beam) : "", "Beam ID");
  fits.text("OBS_MODE", "SEARCH", "(PSR, CAL, SEARCH)");
  fits.text("DATE-OBS", format_iso8601(observation.time.start).substr(0, 19), "UTC of the start");
  fits.real("OBSFREQ", 0.5 * (axis.first() + axis.centre(axis.channels() - 1)).value(),
            "[MHz] Centre frequency");
  fits.real("OBSBW", channels * axis.step().value(), "[MHz] Bandwidth");
  fits.integer("OBSNCHAN", static_cast<std::int64_t>(axis.channels()), "Number of channels");
  fits.text("SRC_NAME", observation.source_name, "Source");
  fits.text("COORD_MD", "J2000", "Coordinate mode");
  fits.real("EQUINOX", 2000.0, "Equinox of coordinates");
  if (observation.ra_deg && observation.dec_deg) {
    fits.text("RA", sexagesimal(*observation.ra_deg / 15.0, false), "Right ascension (hh:mm:ss)");
    fits.text("DEC", sexagesimal(*observation.dec_deg, true), "Declination (-dd:mm:ss)");
  }
  const double second = observation.time.start.second_of_day;
  fits.integer("STT_IMJD", observation.time.start.mjd_day, "Start MJD (UTC days)");
  fits.integer("STT_SMJD", static_cast<std::int64_t>(std::floor(second)),
               "[s] Start time past UTC 00h");
  fits.real("STT_OFFS", second - std::floor(second), "[s] Start time offset");
}

std::string data_form(const PsrfitsSamples& samples) {
  const std::size_t values = samples.row_spectra * samples.channels;
  switch (samples.bits) {
    case 16:  // U: cfitsio writes I with TZERO 32768
      return fmt::format("{}{}", values, samples.is_signed ? 'I' : 'U');
    case 32:
      return fmt::format("{}E", values);
    default:
      return fmt::format("{}B", values * static_cast<std::size_t>(samples.bits) / 8);
  }
}

void write_subint(MemoryFits& fits, const Observation& observation, const PsrfitsSamples& samples) {
  const std::string each = std::to_string(samples.channels);
  fits.table("SUBINT",
             {"TSUBINT", "OFFS_SUB", "DAT_FREQ", "DAT_WTS", "DAT_OFFS", "DAT_SCL", "DATA"},
             {"1D", "1D", each + "D", each + "E", each + "E", each + "E", data_form(samples)},
             {"s", "s", "MHz", "", "", "", ""});
  if (samples.channels * static_cast<std::size_t>(samples.bits) % 8 == 0) {
    const std::size_t first_axis =
        samples.bits < 8 ? samples.channels * static_cast<std::size_t>(samples.bits) / 8
                         : samples.channels;
    fits.text("TDIM7", fmt::format("({},1,{})", first_axis, samples.row_spectra),
              "(NCHAN,NPOL,NSBLK), in elements of the column");
  }
  fits.text("INT_TYPE", "TIME", "Time axis");
  fits.text("INT_UNIT", "SEC", "Unit of time axis");
  fits.text("SCALE", "FluxDen", "Intensity units");
  fits.text("POL_TYPE", "AA+BB", "Polarisation identifier");
  fits.integer("NPOL", 1, "Number of polarisations");
  fits.real("TBIN", observation.time.sample_time.value(), "[s] Time per sample");
  fits.integer("NBIN", 1, "1 for search mode");
  fits.integer("NBITS", samples.bits, "Bits per datum");
  fits.real("ZERO_OFF", 0.0, "Zero offset");
  fits.integer("SIGNINT", samples.is_signed ? 1 : 0, "1 for signed integers");
  fits.integer("NSUBOFFS", 0, "Rows before this file");
  fits.integer("NCHAN", static_cast<std::int64_t>(samples.channels), "Number of channels");
  fits.real("CHAN_BW", observation.frequency.step().value(), "[MHz] Channel bandwidth");
  fits.integer("NCHNOFFS", 0, "Channel offset for split files");
  fits.integer("NSBLK", static_cast<std::int64_t>(samples.row_spectra), "Samples per row");
  fits.integer("NSTOT", 0, "Samples in all, without the last row's padding");
}

std::size_t find_card(const std::vector<std::byte>& header, std::string_view keyword) {
  for (std::size_t at = 0; at + card_bytes <= header.size(); at += card_bytes) {
    const auto* card = reinterpret_cast<const char*>(header.data() + at);
    if (std::string_view{card, keyword.size()} == keyword) return at;
  }
  throw std::runtime_error(fmt::format("psrfits header: no card {}", keyword));
}

}  // namespace

PsrfitsSamples stored_samples(const Observation& observation) {
  check(observation.format);
  PsrfitsSamples samples;
  samples.bits = observation.format.bits;
  samples.is_signed = observation.format.is_signed;
  samples.flip_top_bit = samples.bits == 16 && !samples.is_signed;
  samples.channels = observation.frequency.channels();
  if (samples.channels == 0) throw std::invalid_argument("make_psrfits_writer: no channels");

  // Multiples of 8 spectra fill whole bytes whatever the depth.
  const std::size_t spectra =
      wanted_row_bytes / std::max<std::size_t>(observation.spectrum_bytes(), 1);
  samples.row_spectra = std::clamp<std::size_t>(spectra / 8 * 8, 8, most_row_spectra);
  if (observation.samples) {
    const std::uint64_t rounded = std::max<std::uint64_t>(
        (std::min<std::uint64_t>(*observation.samples, most_row_spectra) + 7) / 8 * 8, 8);
    samples.row_spectra =
        static_cast<std::size_t>(std::min<std::uint64_t>(samples.row_spectra, rounded));
  }
  return samples;
}

PsrfitsFileStart make_psrfits_start(const Observation& observation, const PsrfitsSamples& samples) {
  MemoryFits fits;
  write_primary(fits, observation);
  write_subint(fits, observation, samples);
  PsrfitsFileStart start;
  start.bytes = fits.close();
  FitsHeaders headers{start.bytes};
  headers.go_to_table("SUBINT");
  start.table = headers.table();
  start.rows_card = find_card(start.bytes, "NAXIS2  =");
  start.spectra_card = find_card(start.bytes, "NSTOT   =");
  return start;
}

void set_card_integer(std::byte* card, std::uint64_t value) {
  const std::string digits = fmt::format("{:20d}", value);
  std::memcpy(card + 10, digits.data(), digits.size());
}

}  // namespace draftstream
