#include "replay/psrfits_header.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

// Far beyond any instrument; keeps products of sizes within 64 bits.
constexpr std::int64_t most_channels = std::int64_t{1} << 24;
constexpr std::int64_t most_row_spectra = std::int64_t{1} << 31;
constexpr std::int64_t most_rows_before = std::int64_t{1} << 31;

std::int64_t required_integer(const FitsHeaders& headers, const std::string& keyword,
                              std::int64_t lowest, std::int64_t highest) {
  const auto value = headers.integer(keyword);
  const std::string expected = fmt::format("an integer from {} to {}", lowest, highest);
  if (!value) throw InputError{headers.place(keyword), "no value", expected};
  if (*value < lowest || *value > highest) {
    throw InputError{headers.place(keyword), std::to_string(*value), expected};
  }
  return *value;
}

std::optional<double> finite_number(const FitsHeaders& headers, const std::string& keyword) {
  const auto value = headers.number(keyword);
  if (value && !std::isfinite(*value)) {
    throw InputError{headers.place(keyword), fmt::format("{}", *value), "a finite number"};
  }
  return value;
}

// "12:26:37.6" -> 12.443...; nothing if it is not of that form.
std::optional<double> sexagesimal(const std::string& text) {
  int whole = 0;
  int minutes = 0;
  double seconds = 0.0;
  char rest = '\0';
  const bool negative = text.front() == '-';
  const char* digits = text.c_str() + (negative || text.front() == '+' ? 1 : 0);
  // NOLINTNEXTLINE(cert-err34-c): out-of-range values are refused below
  if (std::sscanf(digits, "%3d:%3d:%lf%c", &whole, &minutes, &seconds, &rest) != 3) {
    return std::nullopt;
  }
  if (whole < 0 || minutes < 0 || minutes >= 60 || !(seconds >= 0.0 && seconds < 60.0)) {
    return std::nullopt;
  }
  const double value = whole + minutes / 60.0 + seconds / 3600.0;
  return negative ? -value : value;
}

void read_position(const FitsHeaders& headers, PsrfitsHeader& header) {
  const auto frame = headers.text("COORD_MD");
  const auto ra = headers.text("RA");
  const auto dec = headers.text("DEC");
  if (!ra || !dec || (frame && *frame != "J2000" && *frame != "J2000.0")) return;
  const auto hours = sexagesimal(*ra);
  const auto degrees = sexagesimal(*dec);
  if (!hours || *hours < 0.0 || *hours >= 24.0 || !degrees || std::abs(*degrees) > 90.0) {
    header.warnings.push_back(fmt::format(
        "primary HDU: found RA = \"{}\", DEC = \"{}\", expected hh:mm:ss and dd:mm:ss; the "
        "position is unknown",
        *ra, *dec));
    return;
  }
  header.ra_deg = 15.0 * *hours;
  header.dec_deg = *degrees;
}

void read_start(const FitsHeaders& headers, PsrfitsHeader& header) {
  const auto day = headers.integer("STT_IMJD");
  if (!day) {
    header.warnings.emplace_back(
        "primary HDU: found no STT_IMJD; the start is unknown, times count from MJD 0");
    return;
  }
  if (*day < 0 || *day > 1'000'000) {
    throw InputError{headers.place("STT_IMJD"), std::to_string(*day), "an MJD"};
  }
  const double seconds = finite_number(headers, "STT_SMJD").value_or(0.0) +
                         finite_number(headers, "STT_OFFS").value_or(0.0);
  if (!(std::abs(seconds) <= 2 * 86400.0)) {
    throw InputError{headers.place("STT_SMJD"), fmt::format("{} s with STT_OFFS", seconds),
                     "the seconds of a day"};
  }
  header.start = {*day, 0.0};
  if (seconds >= 0.0 && seconds < 86400.0) {
    header.start.second_of_day = seconds;
  } else {
    header.start = header.start + Seconds{seconds};
  }
}

void read_primary(const FitsHeaders& headers, PsrfitsHeader& header) {
  const auto kind = headers.text("FITSTYPE");
  if (kind.value_or("") != "PSRFITS") {
    header.warnings.push_back(
        fmt::format("primary HDU: found FITSTYPE = \"{}\", expected PSRFITS", kind.value_or("")));
  }
  const auto mode = headers.text("OBS_MODE");
  if (!mode) {
    header.warnings.emplace_back("primary HDU: found no OBS_MODE; read as SEARCH");
  } else if (*mode != "SEARCH" && *mode != "SRCH") {
    throw InputError{headers.place("OBS_MODE"), "\"" + *mode + "\"",
                     "\"SEARCH\" (folded or calibration data are no time series)"};
  }
  header.telescope = headers.text("TELESCOP").value_or("");
  header.backend = headers.text("BACKEND").value_or("");
  header.source_name = headers.text("SRC_NAME").value_or("");
  header.centre_mhz = finite_number(headers, "OBSFREQ");
  header.channel_width_mhz = finite_number(headers, "OBSBW");  // of the band; divided later
  const std::string beam = headers.text("IBEAM").value_or("");
  if (!beam.empty() && beam.size() < 6 &&
      std::all_of(beam.begin(), beam.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    header.beam = std::stoi(beam);
  }
  read_start(headers, header);
  read_position(headers, header);
}

// A column of floats that may be absent.
std::optional<FitsColumn> float_column(const FitsHeaders& headers, const FitsTable& table,
                                       const std::string& name) {
  const FitsColumn* column = table.find(name);
  if (column == nullptr) return std::nullopt;
  const std::string number = std::to_string(column->number);
  if (column->type != 'E' && column->type != 'D') {
    throw InputError{headers.place("TFORM" + number) + " (" + name + ")",
                     fmt::format("type '{}'", column->type), "'E' or 'D'"};
  }
  if (column->scale != 1.0 || column->zero != 0.0) {
    throw InputError{
        headers.place("TSCAL" + number) + " (" + name + ")",
        fmt::format("a scaled column (TSCAL {}, TZERO {})", column->scale, column->zero),
        "TSCAL 1, TZERO 0"};
  }
  return *column;
}

void check_repeat(const FitsHeaders& headers, const FitsColumn& column, std::uint64_t expected,
                  const std::string& formula) {
  if (column.repeat == expected) return;
  throw InputError{
      headers.place("TFORM" + std::to_string(column.number)) + " (" + column.name + ")",
      fmt::format("{} elements", column.repeat), fmt::format("{} = {}", formula, expected)};
}

// DAT_SCL and DAT_OFFS. Some writers of 4 polarisations store only those of the first.
std::optional<FitsColumn> pol_column(const FitsHeaders& headers, const std::string& name,
                                     PsrfitsHeader& header) {
  auto column = float_column(headers, header.table, name);
  if (!column) return column;
  const auto& samples = header.samples;
  if (samples.pols > 1 && column->repeat == samples.channels) {
    header.warnings.push_back(
        fmt::format("HDU SUBINT, column {}: found {} elements, expected NPOL * NCHAN = {}; used "
                    "for every polarisation",
                    name, column->repeat, samples.pols * samples.channels));
    return column;
  }
  check_repeat(headers, *column, samples.pols * samples.channels, "NPOL * NCHAN");
  return column;
}

// The order of the axes as TDIM has them: channels first. Ones say nothing, and below 8 bits the
// bytes are counted along any axis.
void check_shape(const FitsHeaders& headers, const FitsColumn& data,
                 const PsrfitsSamples& samples) {
  if (data.shape.empty()) return;
  std::vector<std::uint64_t> axes;
  std::uint64_t product = 1;
  bool readable = data.shape.size() < 100;
  for (std::size_t at = 0; at < data.shape.size() && readable;) {
    const char letter = data.shape[at];
    if (letter < '0' || letter > '9') {
      ++at;
      continue;
    }
    const std::size_t end =
        std::min(data.shape.find_first_not_of("0123456789", at), data.shape.size());
    readable = end - at <= 18;
    if (!readable) break;
    const std::uint64_t axis = std::stoull(data.shape.substr(at, end - at));
    if (axis != 1) axes.push_back(axis);
    readable = axis == 0 || product <= data.repeat / axis;
    product *= axis;
    at = end;
  }
  const std::string keyword = headers.place("TDIM" + std::to_string(data.number)) + " (DATA)";
  if (!readable || product != data.repeat) {
    throw InputError{keyword, data.shape,
                     fmt::format("axes whose product is the {} elements of TFORM", data.repeat)};
  }
  const std::uint64_t packed = samples.channels * static_cast<std::uint64_t>(samples.bits) / 8;
  if (samples.channels > 1 && samples.bits <= 8 && packed > 1 && !axes.empty() &&
      axes.front() != samples.channels && axes.front() != packed) {
    throw InputError{keyword, data.shape,
                     fmt::format("NCHAN = {} as its first axis", samples.channels)};
  }
}

void read_data_column(const FitsHeaders& headers, PsrfitsHeader& header) {
  const FitsColumn* column = header.table.find("DATA");
  if (column == nullptr) throw InputError{"HDU SUBINT", "no column DATA", "one"};
  auto& samples = header.samples;
  header.data = *column;
  const std::string number = std::to_string(column->number);
  const std::string form = headers.place("TFORM" + number) + " (DATA)";

  const char expected = samples.bits == 32 ? 'E' : (samples.bits == 16 ? 'I' : 'B');
  if (column->type != expected) {
    throw InputError{form, fmt::format("type '{}'", column->type),
                     fmt::format("'{}' for NBITS = {}", expected, samples.bits)};
  }
  const std::uint64_t values = samples.row_spectra * samples.pols * samples.channels;
  const auto bits = static_cast<std::uint64_t>(samples.bits);
  check_repeat(headers, *column, samples.bits < 8 ? (values * bits + 7) / 8 : values,
               samples.bits < 8 ? "NSBLK * NPOL * NCHAN * NBITS / 8" : "NSBLK * NPOL * NCHAN");
  check_shape(headers, *column, samples);

  const std::int64_t signed_ints =
      std::clamp<std::int64_t>(headers.integer("SIGNINT").value_or(0), -1, 2);
  if (signed_ints < 0 || signed_ints > 1 || (signed_ints == 1 && samples.bits < 8)) {
    throw InputError{headers.place("SIGNINT"), headers.text("SIGNINT").value_or(""),
                     samples.bits < 8 ? "0 below 8 bits" : "0 or 1"};
  }
  // FITS knows bytes as unsigned and 16-bit integers as signed; TZERO says the opposite.
  const double other_sign = samples.bits == 8 ? -128.0 : 32768.0;
  const bool may_flip = samples.bits == 8 || samples.bits == 16;
  samples.flip_top_bit = may_flip && column->zero == other_sign;
  if (column->scale != 1.0 || (column->zero != 0.0 && !samples.flip_top_bit)) {
    throw InputError{
        headers.place("TZERO" + number) + " (DATA)",
        fmt::format("a scaled column (TSCAL {}, TZERO {})", column->scale, column->zero),
        may_flip ? fmt::format("TSCAL 1, TZERO 0 or {}", other_sign) : "TSCAL 1, TZERO 0"};
  }
  if (samples.bits == 8) samples.is_signed = samples.flip_top_bit || signed_ints == 1;
  if (samples.bits == 16) samples.is_signed = !samples.flip_top_bit;
}

void read_subint(const FitsHeaders& headers, PsrfitsHeader& header) {
  auto& samples = header.samples;
  if (const auto bins = headers.integer("NBIN"); bins && *bins > 1) {
    throw InputError{headers.place("NBIN"), std::to_string(*bins),
                     "1 (folded data are no time series)"};
  }
  samples.bits = static_cast<int>(required_integer(headers, "NBITS", 1, 32));
  constexpr std::array depths{1, 2, 4, 8, 16, 32};
  if (std::find(depths.begin(), depths.end(), samples.bits) == depths.end()) {
    throw InputError{headers.place("NBITS"), std::to_string(samples.bits), "1, 2, 4, 8, 16 or 32"};
  }
  samples.channels = static_cast<std::size_t>(required_integer(headers, "NCHAN", 1, most_channels));
  samples.pols = static_cast<std::size_t>(required_integer(headers, "NPOL", 1, 4));
  if (samples.pols == 3) throw InputError{headers.place("NPOL"), "3", "1, 2 or 4"};
  samples.row_spectra =
      static_cast<std::size_t>(required_integer(headers, "NSBLK", 1, most_row_spectra));

  const auto sample_time = headers.number("TBIN");
  if (!sample_time || !(*sample_time >= 1e-9 && *sample_time <= 1e5)) {
    throw InputError{headers.place("TBIN"),
                     sample_time ? fmt::format("{}", *sample_time) : "no value", "1e-9 to 1e5 s"};
  }
  header.sample_time_s = *sample_time;
  header.zero_offset = finite_number(headers, "ZERO_OFF").value_or(0.0);
  if (headers.text("NSUBOFFS")) {
    header.rows_before =
        static_cast<std::uint64_t>(required_integer(headers, "NSUBOFFS", 0, most_rows_before));
  }
  if (const auto total = headers.integer("NSTOT"); total && *total > 0) {
    header.spectra = static_cast<std::uint64_t>(*total);
  }
  header.pol_type = headers.text("POL_TYPE").value_or("");
  std::transform(
      header.pol_type.begin(), header.pol_type.end(), header.pol_type.begin(),
      [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
  if (header.channel_width_mhz) *header.channel_width_mhz /= static_cast<double>(samples.channels);
  if (const auto width = finite_number(headers, "CHAN_BW"); width && *width != 0.0) {
    header.channel_width_mhz = width;
  }
}

}  // namespace

PsrfitsHeader read_psrfits_header(std::span<const std::byte> file) {
  FitsHeaders headers{file};
  PsrfitsHeader header;
  read_primary(headers, header);
  headers.go_to_table("SUBINT");
  read_subint(headers, header);
  header.table = headers.table();
  if (header.table.rows == 0) {
    throw InputError{headers.place("NAXIS2"), "0 rows", "at least 1"};
  }
  read_data_column(headers, header);
  header.scales = pol_column(headers, "DAT_SCL", header);
  header.offsets = pol_column(headers, "DAT_OFFS", header);
  header.weights = float_column(headers, header.table, "DAT_WTS");
  header.frequencies = float_column(headers, header.table, "DAT_FREQ");
  header.row_centres = float_column(headers, header.table, "OFFS_SUB");
  header.row_lengths = float_column(headers, header.table, "TSUBINT");
  for (const auto& column : {header.weights, header.frequencies}) {
    if (column) check_repeat(headers, *column, header.samples.channels, "NCHAN");
  }
  for (const auto& column : {header.row_centres, header.row_lengths}) {
    if (column) check_repeat(headers, *column, 1, "a single value");
  }
  return header;
}

}  // namespace draftstream
