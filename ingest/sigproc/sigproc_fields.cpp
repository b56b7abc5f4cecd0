#include "ingest/sigproc/sigproc_fields.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

static_assert(std::endian::native == std::endian::little, "SIGPROC files are little-endian");

enum class Kind { marker, flag, integer, real, text, channel };

// Every key that is known, and what follows it. One line per key: this table is the format.
struct Key {
  std::string_view name;
  Kind kind;
};
constexpr Key keys[] = {
    {"fch1", Kind::real},  // centre of channel 0 [MHz]
    {"foff", Kind::real},  // channel step [MHz], signed
    {"FREQUENCY_START", Kind::marker},
    {"fchannel", Kind::channel},  // centre of the next channel [MHz], instead of fch1 and foff
    {"FREQUENCY_END", Kind::marker},
    {"nchans", Kind::integer},        // channels
    {"nbits", Kind::integer},         // bits per sample
    {"nifs", Kind::integer},          // polarisations or Stokes parameters
    {"signed", Kind::flag},           // 1 = samples are two's complement
    {"tsamp", Kind::real},            // sampling time [s]
    {"tstart", Kind::real},           // time of the first sample [MJD, UTC]
    {"nsamples", Kind::integer},      // obsolete; the file's size decides
    {"data_type", Kind::integer},     // 1 = filterbank
    {"telescope_id", Kind::integer},  // see sigproc_codes
    {"machine_id", Kind::integer},    // see sigproc_codes
    {"nbeams", Kind::integer},        // beams in all
    {"ibeam", Kind::integer},         // number of this one
    {"source_name", Kind::text},
    {"src_raj", Kind::real},           // right ascension, J2000 [hhmmss.s]
    {"src_dej", Kind::real},           // declination, J2000 [ddmmss.s]
    {"az_start", Kind::real},          // azimuth at the start [degrees]
    {"za_start", Kind::real},          // zenith angle at the start [degrees]
    {"barycentric", Kind::integer},    // 1 = times are at the solar system's barycentre
    {"pulsarcentric", Kind::integer},  // 1 = times are in a pulsar's frame
    {"rawdatafile", Kind::text},       // what this file was made from
    {"refdm", Kind::real},             // DM the data were dedispersed at [pc cm^-3]
    {"period", Kind::real},            // folding period [s]
    {"nbins", Kind::integer},          // bins of a folded profile
    {"accel", Kind::real},             // of a resampled time series [m s^-2]
    {"pb", Kind::real},                // of a binary pulsar: period,
    {"ecc", Kind::real},               //   eccentricity,
    {"asini", Kind::real},             //   projected size of its orbit
    {"hdrlen", Kind::integer},         // what tools that copied a header left in it
    {"orig_hdrlen", Kind::integer},
    {"new_hdrlen", Kind::integer},
    {"sampsize", Kind::integer},
    {"bandwidth", Kind::real},
    {"fbottom", Kind::real},
    {"ftop", Kind::real},
    {"filename", Kind::text},
    {"obs_date", Kind::text},
    {"obs_time", Kind::text},
};
// Not in the table: npuls, a `long` that has 4 or 8 bytes, in folded profiles only.

constexpr std::string_view sigproc_mark{"\x0c\0\0\0HEADER_START", 16};
constexpr std::size_t longest_key = 80;     // the limit in SIGPROC's read_header.c
constexpr std::size_t longest_text = 4096;  // paths are longer than SIGPROC's 80 in practice

std::string byte_place(std::size_t byte) {
  return fmt::format("byte {}", byte);
}

// Thrown where the header goes on behind the bytes that are there.
struct MoreNeeded {
  std::size_t bytes;
};

class Cursor {
 public:
  Cursor(std::span<const std::byte> bytes, std::size_t at) : bytes_{bytes}, at_{at} {}

  [[nodiscard]] std::size_t at() const { return at_; }

  template <class Value>
  Value number() {
    Value value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::span<const std::byte> string(std::size_t shortest, std::size_t longest) {
    const std::size_t start = at_;
    const auto length = number<std::int32_t>();
    if (length < 0 || static_cast<std::size_t>(length) < shortest ||
        static_cast<std::size_t>(length) > longest) {
      throw InputError(byte_place(start), fmt::format("a string of {} bytes", length),
                       fmt::format("{} to {}", shortest, longest));
    }
    return take(static_cast<std::size_t>(length));
  }

 private:
  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size() - at_) throw MoreNeeded{count - (bytes_.size() - at_)};
    const auto taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }

  std::span<const std::byte> bytes_;
  std::size_t at_;
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool printable(char c) {
  return c >= ' ' && c <= '~';
}

// Trailing blanks and zeros are padding; what else is not printable would spoil messages and JSON.
std::string clean_text(std::string_view text, std::string_view key, SigprocFields& fields) {
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  std::string clean{text};
  if (!std::ranges::all_of(clean, printable)) {
    std::ranges::replace_if(
        clean, [](char c) { return !printable(c); }, '?');
    fields.warnings.push_back(
        fmt::format("{} holds bytes that are not printable; read as '{}'.", key, clean));
  }
  return clean;
}

// 0x0c000000 instead of 0x0000000c before HEADER_START.
bool big_endian_start(std::span<const std::byte> file) {
  return file.size() >= 16 && file[0] == std::byte{0} && file[3] == std::byte{12} &&
         as_text(file.subspan(4, 12)) == "HEADER_START";
}

// Refuses what does not begin as a SIGPROC header.
void check_mark(std::span<const std::byte> file) {
  if (big_endian_start(file)) {
    throw InputError("byte 0", "a big-endian header", "a little-endian one");
  }
  if (!as_text(file).starts_with(sigproc_mark)) {
    throw InputError("byte 0",
                     file.empty() ? "the end of the data"
                                  : quoted(file.first(std::min(file.size(), sigproc_mark.size()))),
                     "a SIGPROC header ('HEADER_START')");
  }
}

const Key& known_key(std::span<const std::byte> name, std::size_t at) {
  for (const Key& key : keys) {
    if (key.name == as_text(name)) return key;
  }
  if (as_text(name) == "npuls") {
    throw InputError(byte_place(at), "key 'npuls' of folded pulse profiles", "a filterbank");
  }
  // Its length is unknown, so nothing after it could be trusted.
  throw InputError(byte_place(at), "key " + quoted(name), "a SIGPROC key");
}

SigprocField read_value(const Key& key, Cursor& cursor, SigprocFields& fields) {
  SigprocField field;
  field.byte = cursor.at();
  switch (key.kind) {
    case Kind::marker:
      break;
    case Kind::flag:
      field.number = cursor.number<std::int8_t>();
      break;
    case Kind::integer:
      field.number = cursor.number<std::int32_t>();
      break;
    case Kind::real:
    case Kind::channel:
      field.number = cursor.number<double>();
      break;
    case Kind::text:
      field.text = clean_text(as_text(cursor.string(0, longest_text)), key.name, fields);
      break;
  }
  return field;
}

void keep(const Key& key, std::size_t key_at, SigprocField field, SigprocFields& fields) {
  if (key.kind == Kind::marker) return;
  if (key.kind == Kind::channel) {
    if (fields.channel_centres.empty()) fields.table_byte = key_at;
    if (fields.channel_centres.size() == most_channels) {
      throw InputError(byte_place(key_at), "one more 'fchannel'",
                       fmt::format("at most {}", most_channels));
    }
    fields.channel_centres.push_back(field.number);
    return;
  }
  const auto [before, is_new] = fields.values.try_emplace(key.name, field);
  if (is_new) return;
  const SigprocField& old = before->second;
  const bool same_number = old.number == field.number ||  // NaN twice is the same, too
                           (std::isnan(old.number) && std::isnan(field.number));
  if (!same_number || old.text != field.text) {
    const bool is_text = key.kind == Kind::text;
    const auto show = [is_text](const SigprocField& f) {
      return is_text ? "'" + f.text + "'" : fmt::format("{}", f.number);
    };
    throw InputError(byte_place(key_at), fmt::format("{} = {}", key.name, show(field)),
                     fmt::format("{} as at byte {}", show(old), old.byte));
  }
  fields.warnings.push_back(fmt::format("key '{}' stands there twice.", key.name));
}

}  // namespace

bool looks_like_sigproc(std::span<const std::byte> start) {
  return as_text(start).starts_with(sigproc_mark) || big_endian_start(start);
}

bool SigprocFieldsReader::read(std::span<const std::byte> start) {
  if (at_ == 0) {
    if (sigproc_mark.starts_with(as_text(start)) && start.size() < sigproc_mark.size()) {
      missing_ = sigproc_mark.size() - start.size();
      return false;
    }
    check_mark(start);
    at_ = sigproc_mark.size();
  }
  try {
    for (;;) {
      Cursor cursor{start, at_};
      const auto name = cursor.string(1, longest_key);
      if (as_text(name) == "HEADER_END") {
        fields_.end_byte = at_;
        fields_.data_byte = cursor.at();
        return true;
      }
      const Key& key = known_key(name, at_);
      SigprocField value = read_value(key, cursor, fields_);
      keep(key, at_, std::move(value), fields_);
      at_ = cursor.at();
    }
  } catch (const MoreNeeded& more) {
    missing_ = more.bytes;
    return false;
  }
}

SigprocFields read_sigproc_fields(std::span<const std::byte> file) {
  check_mark(file);
  SigprocFieldsReader reader;
  if (!reader.read(file)) {
    throw InputError(byte_place(file.size()), "the end of the data",
                     fmt::format("{} more bytes of the header", reader.missing()));
  }
  return std::move(reader.fields());
}

std::string quoted(std::span<const std::byte> bytes) {
  std::string text = "'";
  for (const char c : as_text(bytes)) {
    text += printable(c)
                ? std::string{c}
                : fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return text + "'";
}

}  // namespace draftstream
