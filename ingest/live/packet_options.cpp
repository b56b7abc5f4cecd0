#include "ingest/live/packet_options.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t most_channels = 1U << 20U;

std::size_t size(const PacketUrl& url, std::string_view key, std::uint64_t high,
                 std::size_t otherwise) {
  return static_cast<std::size_t>(url.count(key, 1, high, otherwise));
}

// fch1_mhz and foff_mhz, which were given.
FrequencyAxis read_axis(const PacketUrl& url, std::size_t channels) {
  const Megahertz first{url.number("fch1_mhz", 1e-3, 1e9, 0.0)};
  const Megahertz step{url.number("foff_mhz", -1e9, 1e9, 0.0)};
  try {
    return {first, step, channels};
  } catch (const std::invalid_argument&) {
    url.refuse("foff_mhz", fmt::format("a step with which the {} channels from {} MHz on are all "
                                       "above 0 MHz, and not 0",
                                       channels, first.value()));
  }
}

PacketSamples read_samples(const PacketUrl& url, SampleKind otherwise) {
  static constexpr std::string_view kinds[]{"u8", "i8", "f32", "f32be"};
  static constexpr std::string_view orders[]{"time_channel", "channel_time"};
  const std::size_t kind = url.choice("samples", kinds, static_cast<std::size_t>(otherwise));
  PacketSamples samples;
  samples.kind = static_cast<SampleKind>(kind < 3 ? kind : 2);
  samples.big_endian = kind == 3;
  samples.time_fastest = url.choice("order", orders, 0) == 1;
  samples.products = size(url, "products", 16, 1);
  samples.sum_two = url.yes("sum_two");
  if (samples.sum_two && samples.products < 2) {
    url.refuse("sum_two", "no, or products=2 or more");
  }
  return samples;
}

// "OFFSET:BYTES[:le|be[:SHIFT[:BITS[:BASE]]]]"
std::optional<HeaderField> parse_field(std::string_view text) {
  HeaderField field;
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(':', from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  const auto read = [](std::string_view part, auto& number, std::uint64_t low, std::uint64_t high) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc{} || end != part.data() + part.size()) return false;
    if (value < low || value > high) return false;
    number = static_cast<std::remove_reference_t<decltype(number)>>(value);
    return true;
  };
  const std::size_t given = parts.size();
  if (given < 2 || given > 6 || !read(parts[0], field.offset, 0, 65'535) ||
      !read(parts[1], field.bytes, 1, 8) || (given > 2 && parts[2] != "le" && parts[2] != "be") ||
      (given > 3 && !read(parts[3], field.shift, 0, 63)) ||
      (given > 4 && !read(parts[4], field.bits, 1, 64)) ||
      (given > 5 && !read(parts[5], field.base, 0, any))) {
    return std::nullopt;
  }
  field.big_endian = given > 2 && parts[2] == "be";
  return field;
}

constexpr std::string_view form_of_field =
    "OFFSET:BYTES[:le|be[:SHIFT[:BITS[:BASE]]]], inside the header";

HeaderField read_field(const PacketUrl& url, std::string_view key, std::string_view text,
                       std::size_t header_bytes) {
  const auto field = parse_field(text);
  if (!field || field->offset + field->bytes > header_bytes) url.refuse(key, form_of_field);
  return *field;
}

// "FIELD=VALUE,FIELD=VALUE"
std::vector<FieldCheck> read_checks(const PacketUrl& url, std::size_t header_bytes) {
  std::vector<FieldCheck> checks;
  const std::string given = url.text("checks");
  for (std::size_t from = 0; from < given.size();) {
    const std::size_t to = std::min(given.find(',', from), given.size());
    const std::string_view one = std::string_view{given}.substr(from, to - from);
    const auto equals = one.find('=');
    FieldCheck check;
    const std::string_view value = equals == one.npos ? "" : one.substr(equals + 1);
    const char* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, check.value);
    if (value.empty() || read.ec != std::errc{} || read.ptr != end) {
      url.refuse("checks", "FIELD=VALUE with commas between, FIELD as that of the counter");
    }
    check.field = read_field(url, "checks", one.substr(0, equals), header_bytes);
    checks.push_back(check);
    from = to + 1;
  }
  return checks;
}

CounterProfile read_pbeam_profile(const PacketUrl& url) {
  return pbeam_profile(size(url, "servers", 255, 1), size(url, "packet_channels", 255, 1),
                       static_cast<std::uint16_t>(
                           url.count("averaged", 1, std::numeric_limits<std::uint16_t>::max(), 1)));
}

CounterProfile read_counter_profile(const PacketUrl& url) {
  CounterProfile profile;
  profile.header_bytes = size(url, "header_bytes", 65'000, 8);
  const std::size_t header = profile.header_bytes;
  profile.counter = read_field(url, "counter", url.text("counter"), header);
  if (url.has("beam_field")) {
    profile.beam = read_field(url, "beam_field", url.text("beam_field"), header);
  }
  if (url.has("group_field")) {
    profile.group = read_field(url, "group_field", url.text("group_field"), header);
  }
  profile.checks = read_checks(url, header);
  profile.groups = size(url, "groups", 65'536, 1);
  profile.packet_channels = size(url, "packet_channels", 65'536, 1);
  profile.packet_samples = size(url, "packet_samples", 65'536, 1);
  profile.counter_step = url.count("counter_step", 1, 1ULL << 48U, 1);
  profile.samples = read_samples(url, SampleKind::u8);
  return profile;
}

CounterProfile read_profile(const PacketUrl& url) {
  if (url.kind == PacketKind::fast) return fast_profile();
  return url.kind == PacketKind::pbeam ? read_pbeam_profile(url) : read_counter_profile(url);
}

void require_counter_keys(const PacketUrl& url) {
  std::vector<std::string_view> keys{"clock_hz", "epoch_ns", "fch1_mhz", "foff_mhz"};
  if (url.kind == PacketKind::pbeam) {
    keys.insert(keys.end(), {"averaged", "packet_channels", "servers"});
  }
  if (url.kind == PacketKind::counter) {
    keys.insert(keys.end(), {"counter", "groups", "header_bytes", "packet_channels"});
  }
  url.require(keys);
}

}  // namespace

ChimeOptions read_chime_options(const PacketUrl& url) {
  static constexpr std::string_view formats[]{"f32", "u8"};
  ChimeOptions options;
  for (const std::uint64_t beam : url.counts("beams", 65'535)) {
    options.beams.push_back(static_cast<std::uint16_t>(beam));
  }
  options.coarse_channels = size(url, "coarse_channels", 65'536, options.coarse_channels);
  options.top = Megahertz{url.number("top_mhz", 0.0, 1e9, options.top.value())};
  options.bottom = Megahertz{url.number("bottom_mhz", 0.0, 1e9, options.bottom.value())};
  if (!(options.top > options.bottom)) {
    throw ConfigError(
        fmt::format("URL '{}': found a band from {} down to {} MHz, expected top_mhz above "
                    "bottom_mhz",
                    url.describe(), options.top.value(), options.bottom.value()));
  }
  options.up_ascending = url.yes("up_ascending");
  options.clock = url.rate("clock_hz", options.clock);
  if (url.has("frame0_ns")) options.frame0_ns = url.count("frame0_ns", 0, any, 0);
  if (url.choice("format", formats, 0) == 1) options.format = SampleFormat{};
  return options;
}

SpeadOptions read_spead_options(const PacketUrl& url) {
  static constexpr std::string_view needed[]{"channels", "clock_hz", "fch1_mhz",
                                             "foff_mhz", "sync_ns",  "ticks_per_sample"};
  url.require(needed);
  SpeadOptions options;
  const auto id = [&url](std::string_view key, std::uint16_t& value) {
    value = static_cast<std::uint16_t>(url.count(key, 1, 0x7fff, value));
  };
  id("timestamp_id", options.timestamp_id);
  id("beam_id", options.beam_id);
  id("channel_id", options.channel_id);
  id("data_id", options.data_id);
  options.samples = read_samples(url, SampleKind::i8);
  options.heap_samples = size(url, "heap_samples", 1U << 24U, options.heap_samples);
  const std::size_t channels = size(url, "channels", most_channels, 1);
  options.heap_channels = size(url, "heap_channels", channels, options.heap_channels);
  if (channels % options.heap_channels != 0) {
    throw ConfigError(fmt::format(
        "URL '{}': found heaps of {} channels, expected heap_channels that divide the {} of the "
        "band",
        url.describe(), options.heap_channels, channels));
  }
  options.channel_step = url.count("channel_step", 1, channels, options.channel_step);
  options.frequency = read_axis(url, channels);
  options.clock = url.rate("clock_hz", options.clock);
  options.ticks_per_sample = url.count("ticks_per_sample", 1, 1ULL << 32U, 1);
  options.sync_ns = url.count("sync_ns", 0, any, 0);
  options.beams = url.counts("beams", (1ULL << 48U) - 1);
  options.as_float = url.yes("as_float");
  options.partial_heaps = size(url, "partial_heaps", 65'536, options.partial_heaps);
  return options;
}

CounterOptions read_counter_options(const PacketUrl& url) {
  require_counter_keys(url);
  CounterOptions options;
  options.profile = read_profile(url);
  const std::size_t channels = options.profile.groups * options.profile.packet_channels;
  if (channels > most_channels) {
    url.refuse("groups", fmt::format("a band of at most {} channels", most_channels));
  }
  options.frequency = read_axis(url, channels);
  options.clock = url.rate("clock_hz", options.clock);
  options.epoch_ns = url.count("epoch_ns", 0, any, 0);
  options.beams = url.counts("beams", any);
  options.as_float = url.yes("as_float");
  return options;
}

std::unique_ptr<PacketFormat> make_packet_format(const PacketUrl& url) {
  switch (url.kind) {
    case PacketKind::chime:
      return make_chime_stream(read_chime_options(url));
    case PacketKind::spead:
      return make_spead_stream(read_spead_options(url));
    case PacketKind::fast:
    case PacketKind::pbeam:
    case PacketKind::counter:
      return make_counter_stream(read_counter_options(url));
  }
  throw std::logic_error("make_packet_format: an unknown kind");
}

}  // namespace draftstream
