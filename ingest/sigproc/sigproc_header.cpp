#include "ingest/sigproc/sigproc_header.hpp"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "ingest/sigproc/sigproc_codes.hpp"

namespace draftstream {
namespace {

constexpr double lowest_mhz = 1.0;
constexpr double highest_mhz = 1.0e6;

std::string byte_place(std::size_t byte) {
  return fmt::format("byte {}", byte);
}

[[noreturn]] void refuse(const SigprocFields& fields, std::string_view key,
                         const std::string& expected) {
  const SigprocField* field = fields.find(key);
  throw InputError(byte_place(field->byte), fmt::format("{} = {}", key, field->number), expected);
}

double in_range(const SigprocFields& fields, std::string_view key, double low, double high) {
  const double value = fields.find(key)->number;
  if (!(value >= low && value <= high)) {  // also refuses NaN
    refuse(fields, key, fmt::format("{} to {}", low, high));
  }
  return value;
}

double require(const SigprocFields& fields, std::string_view key, double low, double high) {
  if (fields.find(key) == nullptr) {
    throw InputError(byte_place(fields.end_byte), "HEADER_END",
                     fmt::format("key '{}' before it", key));
  }
  return in_range(fields, key, low, high);
}

// First of all, so that a time series is called one and not blamed for its missing channels.
void check_is_filterbank(const SigprocFields& fields, SigprocHeader& header) {
  constexpr std::array<std::string_view, 7> names{
      "raw data",           "a filterbank",     "a dedispersed time series", "pulse profiles",
      "amplitude spectrum", "complex spectrum", "dedispersed subbands"};
  const SigprocField* type = fields.find("data_type");
  if (type == nullptr) {
    header.warnings.emplace_back("key 'data_type' is missing; taken as 1 (filterbank).");
  } else if (type->number == 0.0) {
    header.warnings.emplace_back("data_type = 0 (raw data); taken as 1 (filterbank).");
  } else if (type->number != 1.0) {
    const bool named = type->number > 0.0 && type->number < static_cast<double>(names.size());
    throw InputError(byte_place(type->byte),
                     fmt::format("data_type = {} ({})", type->number,
                                 named ? names[static_cast<std::size_t>(type->number)] : "unknown"),
                     "1 (a filterbank)");
  }
  const SigprocField* dm = fields.find("refdm");
  if (dm == nullptr || dm->number == 0.0) return;
  const SigprocField* channels = fields.find("nchans");
  if (channels != nullptr && channels->number == 1.0) {
    throw InputError(byte_place(dm->byte),
                     fmt::format("refdm = {} of a dedispersed time series", dm->number),
                     "a filterbank");
  }
  header.warnings.push_back(
      fmt::format("refdm = {}; the samples are taken as not dedispersed.", dm->number));
}

FrequencyAxis read_table(const SigprocFields& fields, std::size_t channels, SigprocHeader& header) {
  const auto& centres = fields.channel_centres;
  const auto place = byte_place(fields.table_byte);
  if (centres.size() != channels) {
    throw InputError(place, fmt::format("a table of {} fchannel values", centres.size()),
                     fmt::format("nchans = {}", channels));
  }
  std::vector<Megahertz> axis;
  axis.reserve(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    if (!(centres[c] >= lowest_mhz && centres[c] <= highest_mhz)) {
      throw InputError(place, fmt::format("fchannel = {} for channel {}", centres[c], c),
                       fmt::format("{} to {}", lowest_mhz, highest_mhz));
    }
    if (c > 0 && centres[c] == centres[c - 1]) {
      throw InputError(place,
                       fmt::format("fchannel = {} for channels {} and {}", centres[c], c - 1, c),
                       "two frequencies");
    }
    axis.emplace_back(centres[c]);
  }
  const SigprocField* first = fields.find("fch1");
  if (first != nullptr && first->number != 0.0 && first->number != centres.front()) {
    header.warnings.push_back(
        fmt::format("fch1 = {}, but the frequency table begins with {}; the table is used.",
                    first->number, centres.front()));
  }
  return FrequencyAxis{std::move(axis)};
}

FrequencyAxis read_band(const SigprocFields& fields, SigprocHeader& header) {
  const auto channels =
      static_cast<std::size_t>(require(fields, "nchans", 1.0, static_cast<double>(most_channels)));
  if (!fields.channel_centres.empty()) return read_table(fields, channels, header);

  const double first = require(fields, "fch1", lowest_mhz, highest_mhz);
  const double step = require(fields, "foff", -1.0e4, 1.0e4);
  const double last = first + static_cast<double>(channels - 1) * step;
  if (step == 0.0 || !(last > 0.0 && last <= highest_mhz)) {
    refuse(fields, "foff",
           fmt::format("a step that is not 0 and keeps {} channels between 0 and {} MHz", channels,
                       highest_mhz));
  }
  return {Megahertz{first}, Megahertz{step}, channels};
}

TimeAxis read_time(const SigprocFields& fields, SigprocHeader& header) {
  TimeAxis time;
  time.sample_time = Seconds{require(fields, "tsamp", 1.0e-9, 60.0)};
  if (fields.find("tstart") == nullptr) {
    header.warnings.emplace_back("key 'tstart' is missing; times count from MJD 0.");
  } else {
    const double mjd = in_range(fields, "tstart", 0.0, 200'000.0);
    if (mjd == 0.0) header.warnings.emplace_back("tstart = 0; times count from MJD 0.");
    time.start = from_mjd(mjd);
  }
  for (const std::string_view key : {"barycentric", "pulsarcentric"}) {
    const SigprocField* field = fields.find(key);
    if (field != nullptr && field->number != 0.0) {
      header.warnings.push_back(
          fmt::format("{} = {}; times are taken as topocentric.", key, field->number));
    }
  }
  return time;
}

SampleFormat read_format(const SigprocFields& fields) {
  SampleFormat format;
  const double bits = require(fields, "nbits", -HUGE_VAL, HUGE_VAL);
  if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16 && bits != 32) {
    refuse(fields, "nbits", "1, 2, 4, 8, 16 or 32");
  }
  format.bits = static_cast<int>(bits);
  format.is_float = format.bits == 32;
  if (fields.find("signed") != nullptr && !format.is_float) {
    const bool is_signed = in_range(fields, "signed", 0.0, 1.0) == 1.0;
    if (is_signed && format.bits < 8) {
      refuse(fields, "signed", fmt::format("0, as nbits = {}", format.bits));
    }
    format.is_signed = is_signed;
  }
  return format;
}

int read_ifs(const SigprocFields& fields, SigprocHeader& header) {
  const SigprocField* field = fields.find("nifs");
  if (field == nullptr) {
    header.warnings.emplace_back("key 'nifs' is missing; taken as 1.");
    return 1;
  }
  if (field->number != 1.0 && field->number != 2.0 && field->number != 4.0) {
    refuse(fields, "nifs", "1, 2 or 4");
  }
  return static_cast<int>(field->number);
}

// A position only labels the result, so a broken one is unknown rather than a reason to refuse.
void read_position(const SigprocFields& fields, SigprocHeader& header) {
  const SigprocField* ra = fields.find("src_raj");
  const SigprocField* dec = fields.find("src_dej");
  if (ra == nullptr || dec == nullptr) return;
  if (ra->number == 0.0 && dec->number == 0.0) return;  // nobody observed there; all left it so
  const auto hours = unpack_sexagesimal(ra->number);
  const auto degrees = unpack_sexagesimal(dec->number);
  if (!hours || *hours < 0.0 || *hours > 24.0 || !degrees || std::abs(*degrees) > 90.0) {
    header.warnings.push_back(fmt::format(
        "src_raj = {}, src_dej = {} is no position; taken as unknown.", ra->number, dec->number));
    return;
  }
  header.ra_deg = std::fmod(15.0 * *hours, 360.0);
  header.dec_deg = *degrees;
}

void read_labels(const SigprocFields& fields, SigprocHeader& header) {
  if (const SigprocField* source = fields.find("source_name"); source == nullptr) {
    header.warnings.emplace_back("key 'source_name' is missing; the source is unknown.");
  } else {
    header.source_name = source->text;
    if (source->text.empty()) {
      header.warnings.emplace_back("source_name is empty; the source is unknown.");
    }
  }
  if (const SigprocField* id = fields.find("telescope_id")) {
    header.telescope = telescope_name(static_cast<int>(id->number));
    if (header.telescope.empty()) {
      header.warnings.push_back(
          fmt::format("telescope_id = {} names no telescope; it is unknown.", id->number));
    }
  }
  if (const SigprocField* id = fields.find("machine_id")) {
    header.backend = backend_name(static_cast<int>(id->number));
  }
  const SigprocField* beams = fields.find("nbeams");
  const SigprocField* beam = fields.find("ibeam");
  const bool beams_unset = beams != nullptr && beams->number == 0.0;
  if (beam != nullptr && beam->number >= 0.0 && !beams_unset) {
    header.beam = static_cast<int>(beam->number);
  }
}

}  // namespace

SigprocHeader parse_sigproc_header(std::span<const std::byte> file) {
  return interpret_sigproc_fields(read_sigproc_fields(file));
}

SigprocHeader interpret_sigproc_fields(SigprocFields fields) {
  SigprocHeader header;
  header.warnings = std::move(fields.warnings);
  header.data_byte = fields.data_byte;
  check_is_filterbank(fields, header);
  header.frequency = read_band(fields, header);
  header.time = read_time(fields, header);
  header.format = read_format(fields);
  header.ifs = read_ifs(fields, header);
  if (const SigprocField* samples = fields.find("nsamples")) {
    header.claimed_samples = static_cast<std::int64_t>(samples->number);
  }
  read_position(fields, header);
  read_labels(fields, header);
  return header;
}

}  // namespace draftstream
