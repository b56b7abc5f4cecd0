#include "ingest/live/dada_header.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/live/dada_fields.hpp"
#include "ingest/live/dada_text.hpp"

namespace draftstream {
namespace {

constexpr double lowest_mhz = 1.0;
constexpr double highest_mhz = 1.0e6;
constexpr std::int64_t most_dada_channels = std::int64_t{1} << 20;
constexpr std::int64_t most_header_bytes = std::int64_t{1} << 24;
constexpr double shortest_sample_s = 1.0e-9;
constexpr double longest_sample_s = 60.0;
// BYTES_PER_SECOND is often rounded, or made from a rounded TSAMP.
constexpr double rate_tolerance = 0.01;

bool close(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance * std::abs(b);
}

SampleFormat read_format(const DadaFields& fields, const DadaHeaderOptions& options) {
  SampleFormat format;
  const auto bits = fields.require_integer("NBIT", 1, 32);
  if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16 && bits != 32) {
    fields.refuse("NBIT", "1, 2, 4, 8, 16 or 32");
  }
  format.bits = static_cast<int>(bits);
  format.is_float = format.bits == 32;
  format.is_signed = options.is_signed && (format.bits == 8 || format.bits == 16);
  return format;
}

int read_pols(const DadaFields& fields, const DadaHeaderOptions& options, DadaHeader& header) {
  if (fields.integer("NDIM").value_or(1) != 1) {
    fields.refuse("NDIM", "1 (samples of power, not of voltage)");
  }
  const auto pols = fields.integer("NPOL").value_or(1);
  if (pols == 1) return 1;
  if (pols < 1 || pols > 4) fields.refuse("NPOL", "1 (Stokes I)");
  if (!options.ignore_pols) {
    fields.refuse("NPOL", "1 (Stokes I), or to be told that NPOL does not count");
  }
  header.warnings.push_back(
      fmt::format("key NPOL: found '{}', read as 1 (Stokes I), as was asked for", pols));
  return 1;
}

// A pair of keys that go by two names each.
std::optional<double> either(const DadaFields& fields, std::string_view key,
                             std::string_view other_key) {
  const auto value = fields.number(key);
  const auto other = fields.number(other_key);
  if (value && other && *value != *other) {
    fields.refuse(other_key, fmt::format("{}, as {} has it", *value, key));
  }
  return value ? value : other;
}

struct Band {
  double first_mhz = 0.0;
  double step_mhz = 0.0;
};

// FREQ is the middle of the band, BW its signed width: channel c lies at FREQ - BW/2 + (c + 1/2)
// BW/NCHAN.
std::optional<Band> read_centred_band(const DadaFields& fields, std::int64_t channels) {
  const auto centre = either(fields, "FREQ", "CFREQ");
  const auto width = either(fields, "BW", "BANDWIDTH");
  if (!centre || !width) return std::nullopt;
  const double step = *width / static_cast<double>(channels);
  return Band{*centre - 0.5 * *width + 0.5 * step, step};
}

// ARTS: MIN_FREQUENCY is the centre of the lowest channel.
std::optional<Band> read_lowest_band(const DadaFields& fields, std::int64_t channels) {
  const auto lowest = fields.number("MIN_FREQUENCY");
  const auto step = fields.number("CHANNEL_BANDWIDTH");
  if (!lowest || !step) return std::nullopt;
  const double span = static_cast<double>(channels - 1) * *step;
  return Band{*step < 0.0 ? *lowest - span : *lowest, *step};
}

FrequencyAxis read_band(const DadaFields& fields) {
  const auto channels = fields.require_integer("NCHAN", 1, most_dada_channels);
  const auto centred = read_centred_band(fields, channels);
  const auto lowest = read_lowest_band(fields, channels);
  if (!centred && !lowest) {
    throw InputError(fields.has("FREQ") || fields.has("CFREQ") ? "key BW" : "key FREQ",
                     "no such key",
                     "FREQ and BW, CFREQ and BANDWIDTH, or MIN_FREQUENCY and CHANNEL_BANDWIDTH");
  }
  const Band band = centred ? *centred : *lowest;
  const double last = band.first_mhz + static_cast<double>(channels - 1) * band.step_mhz;
  const auto inside = [](double mhz) { return mhz >= lowest_mhz && mhz <= highest_mhz; };
  if (band.step_mhz == 0.0 || !inside(band.first_mhz) || !inside(last)) {
    throw InputError(centred ? "keys FREQ, BW" : "keys MIN_FREQUENCY, CHANNEL_BANDWIDTH",
                     fmt::format("channels from {} to {} MHz", band.first_mhz, last),
                     fmt::format("a band between {} and {} MHz", lowest_mhz, highest_mhz));
  }
  // Half a channel is a matter of taste; more is another band.
  if (centred && lowest) {
    const double step = std::abs(band.step_mhz);
    const bool same =
        close(lowest->step_mhz, band.step_mhz, 1e-3 / static_cast<double>(channels)) &&
        std::abs(lowest->first_mhz - band.first_mhz) <= 0.51 * step;
    if (!same) {
      throw InputError(
          "keys MIN_FREQUENCY, CHANNEL_BANDWIDTH",
          fmt::format("channel 0 at {} MHz and steps of {} MHz", lowest->first_mhz,
                      lowest->step_mhz),
          fmt::format("{} MHz and {} MHz, as FREQ and BW have it", band.first_mhz, band.step_mhz));
    }
  }
  return {Megahertz{band.first_mhz}, Megahertz{band.step_mhz}, static_cast<std::size_t>(channels)};
}

const char* unit_name(DadaTimeUnit unit) {
  return unit == DadaTimeUnit::seconds ? "s" : "us";
}

double in_seconds(double tsamp, DadaTimeUnit unit) {
  return unit == DadaTimeUnit::seconds ? tsamp : tsamp / 1.0e6;
}

// TSAMP is in microseconds for most and in seconds for some. BYTES_PER_SECOND, where there is one,
// knows which.
Seconds read_sample_time(const DadaFields& fields, const DadaHeaderOptions& options,
                         std::size_t spectrum_bytes, DadaHeader& header) {
  const double tsamp = fields.require("TSAMP", 0.0, 1.0e12);
  const bool automatic = options.tsamp == DadaTimeUnit::automatic;
  auto unit = automatic ? DadaTimeUnit::microseconds : options.tsamp;
  const auto other =
      unit == DadaTimeUnit::seconds ? DadaTimeUnit::microseconds : DadaTimeUnit::seconds;

  const auto rate = options.check_rate ? fields.number("BYTES_PER_SECOND") : std::nullopt;
  if (rate && *rate > 0.0) {
    const auto made = [&](DadaTimeUnit of) {
      return static_cast<double>(spectrum_bytes) / in_seconds(tsamp, of);
    };
    if (!close(*rate, made(unit), rate_tolerance)) {
      const bool fits_other = close(*rate, made(other), rate_tolerance);
      if (!fits_other || !automatic) {
        fields.refuse(
            "BYTES_PER_SECOND",
            fmt::format("{:.10g}, which NCHAN, NBIT and TSAMP = {} {} make{}", made(unit), tsamp,
                        unit_name(unit),
                        fits_other ? fmt::format(" (it fits {})", unit_name(other)) : ""));
      }
      header.warnings.push_back(
          fmt::format("key TSAMP: found '{}', read as {}, as BYTES_PER_SECOND has it", tsamp,
                      unit_name(other)));
      unit = other;
    }
  }
  const double seconds = in_seconds(tsamp, unit);
  if (!(seconds >= shortest_sample_s && seconds <= longest_sample_s)) {
    fields.refuse("TSAMP", fmt::format("{} to {} s; it was read in {}", shortest_sample_s,
                                       longest_sample_s, unit_name(unit)));
  }
  return Seconds{seconds};
}

// The instant that UTC_START names, with the fraction of its second from wherever it stands.
UtcInstant read_utc_start(const DadaFields& fields) {
  const auto start = parse_utc_start(fields.text("UTC_START"));
  if (!start) fields.refuse("UTC_START", "YYYY-MM-DD-hh:mm:ss[.fraction]");
  const auto picoseconds = fields.integer("PICOSECONDS");
  if (!picoseconds) return *start;
  if (*picoseconds < 0 || *picoseconds >= 1'000'000'000'000) {
    fields.refuse("PICOSECONDS", "0 to 999999999999");
  }
  const double fraction = static_cast<double>(*picoseconds) / 1.0e12;
  const double there = start->second_of_day - std::floor(start->second_of_day);
  if (there == 0.0) return *start + Seconds{fraction};
  if (std::abs(there - fraction) > 1.0e-6) {
    fields.refuse("PICOSECONDS", fmt::format("{:.0f}, as UTC_START has it", there * 1.0e12));
  }
  return *start;
}

UtcInstant read_start(const DadaFields& fields, DadaHeader& header) {
  const auto mjd = fields.number("MJD_START");
  if (mjd && !(*mjd >= 0.0 && *mjd <= 200'000.0)) fields.refuse("MJD_START", "0 to 200000");
  if (fields.text("UTC_START").empty()) {
    if (!mjd || *mjd == 0.0) {
      header.warnings.emplace_back("found no UTC_START and no MJD_START; times count from MJD 0");
      return {};
    }
    return from_mjd(*mjd);
  }
  const UtcInstant start = read_utc_start(fields);
  if (mjd && std::abs((from_mjd(*mjd) - start).value()) > 1.0) {
    header.warnings.push_back(
        fmt::format("key MJD_START: found '{}', but UTC_START is MJD {}; "
                    "UTC_START is used",
                    *mjd, format_mjd(start)));
  }
  return start;
}

// OBS_OFFSET counts bytes since UTC_START: whole spectra, and a product rather than a quotient by
// BYTES_PER_SECOND, which may be rounded.
void add_offset(const DadaFields& fields, std::size_t spectrum_bytes, DadaHeader& header) {
  const auto offset = fields.integer("OBS_OFFSET").value_or(0);
  if (offset == 0) return;
  if (offset < 0) fields.refuse("OBS_OFFSET", "a number of bytes, 0 or more");
  const auto bytes = static_cast<std::int64_t>(spectrum_bytes);
  if (offset % bytes != 0) {
    header.warnings.push_back(fmt::format(
        "key OBS_OFFSET: found '{}', which is no multiple of the {} bytes of a spectrum", offset,
        bytes));
  }
  TimeAxis& time = header.observation.time;
  time.start = time.instant(static_cast<double>(offset) / static_cast<double>(bytes));
}

// A position only labels the result, so a broken one is unknown rather than a reason to refuse.
void read_position(const DadaFields& fields, DadaHeader& header) {
  const auto first_of = [&](std::string_view key, std::string_view other_key) {
    const std::string text = fields.text(key);
    return text.empty() ? fields.text(other_key) : text;
  };
  const std::string ra = first_of("RA", "RAJ");
  const std::string dec = first_of("DEC", "DECJ");
  if (ra.empty() && dec.empty()) return;
  const auto ra_deg = parse_right_ascension(ra);
  const auto dec_deg = parse_declination(dec);
  if (!ra_deg || !dec_deg) {
    header.warnings.push_back(fmt::format(
        "keys RA, DEC: found '{}', '{}', which is no position; it is unknown", ra, dec));
    return;
  }
  header.observation.ra_deg = ra_deg;
  header.observation.dec_deg = dec_deg;
}

void read_labels(const DadaFields& fields, DadaHeader& header) {
  Observation& observation = header.observation;
  observation.source_name = fields.text("SOURCE");
  observation.telescope = fields.text("TELESCOPE");
  observation.backend = fields.text("INSTRUMENT");
  if (fields.text("BEAM").empty()) return;
  constexpr std::int64_t most_beams = 1'000'000;
  observation.beam = static_cast<int>(fields.require_integer("BEAM", 0, most_beams));
}

}  // namespace

std::size_t dada_header_bytes(std::string_view beginning) {
  const DadaFields fields{beginning};
  if (!fields.has("HDR_SIZE")) return DadaHeader{}.header_bytes;
  return static_cast<std::size_t>(fields.require_integer("HDR_SIZE", 1, most_header_bytes));
}

DadaHeader parse_dada_header(std::string_view text, const DadaHeaderOptions& options) {
  const DadaFields fields{text};
  DadaHeader header;
  Observation& observation = header.observation;
  header.header_bytes = dada_header_bytes(text);
  observation.frequency = read_band(fields);
  observation.format = read_format(fields, options);
  observation.stored_bits = observation.format.bits;
  observation.stored_pols = read_pols(fields, options, header);

  const std::size_t channels = observation.frequency.channels();
  if (channels * static_cast<std::size_t>(observation.format.bits) % 8 != 0) {
    fields.refuse("NCHAN", fmt::format("spectra of {}-bit samples that fill whole bytes",
                                       observation.format.bits));
  }
  const std::size_t spectrum_bytes = observation.spectrum_bytes();
  observation.time.sample_time = read_sample_time(fields, options, spectrum_bytes, header);
  observation.time.start = read_start(fields, header);
  add_offset(fields, spectrum_bytes, header);
  read_position(fields, header);
  read_labels(fields, header);
  return header;
}

}  // namespace draftstream
