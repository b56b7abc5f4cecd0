#include "ingest/live/packet_url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ingest/errors.hpp"
#include "ingest/nearest.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {
namespace {

constexpr std::array<std::string_view, 5> kind_names{"chime", "spead", "fast", "pbeam", "counter"};

// Sets of kinds.
constexpr unsigned chime = 1;
constexpr unsigned spead = 2;
constexpr unsigned fast = 4;
constexpr unsigned pbeam = 8;
constexpr unsigned counter = 16;
constexpr unsigned counters = fast | pbeam | counter;
constexpr unsigned all = chime | spead | counters;

struct Key {
  std::string_view name;
  unsigned kinds;
};

constexpr Key known_keys[]{
    {"agreeing_strays", all},
    {"as_float", spead | counters},
    {"averaged", pbeam},
    {"beam_field", counter},
    {"beam_id", spead},
    {"beams", all},
    {"bottom_mhz", chime},
    {"channel_id", spead},
    {"channel_step", spead},
    {"channels", spead},
    {"checks", counter},
    {"clock_hz", all},
    {"coarse_channels", chime},
    {"counter", counter},
    {"counter_step", counter},
    {"counts_per_sample", chime},
    {"cpu", all},
    {"data_id", spead},
    {"epoch_ns", counters},
    {"fch1_mhz", spead | counters},
    {"foff_mhz", spead | counters},
    {"format", chime},
    {"frame0_ns", chime},
    {"group_field", counter},
    {"groups", counter},
    {"header_bytes", counter},
    {"heap_channels", spead},
    {"heap_samples", spead},
    {"longest_gap_s", all},
    {"most_bytes", all},
    {"order", spead | counter},
    {"packet_beams", chime},
    {"packet_bytes", spead},
    {"packet_channels", pbeam | counter},
    {"packet_coarse", chime},
    {"packet_samples", chime | counter},
    {"partial_heaps", spead},
    {"products", spead | counter},
    {"rcvbuf_bytes", all},
    {"samples", spead | counter},
    {"servers", pbeam},
    {"slot_s", all},
    {"sndbuf_bytes", all},
    {"source", all},
    {"sum_two", spead | counter},
    {"sync_ns", spead},
    {"ticks_per_sample", spead},
    {"timeout_s", all},
    {"timestamp_id", spead},
    {"top_mhz", chime},
    {"ttl", all},
    {"up_ascending", chime},
    {"version", chime},
};

ConfigError bad_url(std::string_view url, std::string_view found, std::string_view expected) {
  return ConfigError(fmt::format("URL '{}': found {}, expected {}", url, found, expected));
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, hexadecimal ? 16 : 10);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

// Cuts `text` at the first `mark`. @return What stood before it; all, where there is none.
std::string_view cut_front(std::string_view& text, char mark) {
  const std::string_view front = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(text.size(), front.size() + 1));
  return front;
}

// "[IFACE@]ADDRESS:PORT"
void read_address(std::string_view whole, std::string_view address, PacketUrl& url) {
  if (const auto at = address.find('@'); at != std::string_view::npos) {
    if (at == 0) throw bad_url(whole, "no interface before '@'", "IFACE@ADDRESS:PORT");
    url.interface = address.substr(0, at);
    address.remove_prefix(at + 1);
  }
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) throw bad_url(whole, "no port", "[IFACE@]ADDRESS:PORT");
  std::string_view host = address.substr(0, colon);
  const auto port = whole_number(address.substr(colon + 1));
  if (!port || *port > 65'535) {
    throw bad_url(whole, fmt::format("port {}", in_quotes(address.substr(colon + 1))),
                  "0 to 65535");
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    throw bad_url(whole, fmt::format("address {}", in_quotes(host)),
                  "an address of IPv6 in brackets");
  }
  if (host.empty()) throw bad_url(whole, "no address", "[IFACE@]ADDRESS:PORT, * for all addresses");
  url.host = host == "*" ? "" : host;
  url.port = fmt::format("{}", *port);
}

}  // namespace

std::string_view name_of(PacketKind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

bool is_packet_url(std::string_view text) {
  return text.starts_with("udp+");
}

std::vector<std::string_view> keys_of(PacketKind kind) {
  std::vector<std::string_view> names;
  for (const Key& key : known_keys) {
    if ((key.kinds >> static_cast<unsigned>(kind) & 1U) != 0) names.push_back(key.name);
  }
  return names;
}

PacketUrl parse_packet_url(std::string_view text) {
  constexpr std::string_view forms =
      "udp+chime://, udp+spead://, udp+fast://, udp+pbeam:// or udp+counter://";
  std::string_view rest = text;
  const auto mark = rest.find("://");
  if (!is_packet_url(text) || mark == std::string_view::npos) {
    throw bad_url(text, "no such form", forms);
  }
  const auto name = std::find(kind_names.begin(), kind_names.end(), rest.substr(4, mark - 4));
  if (name == kind_names.end()) throw bad_url(text, "no such kind of packets", forms);
  rest.remove_prefix(mark + 3);

  PacketUrl url;
  url.kind = static_cast<PacketKind>(name - kind_names.begin());
  url.name_ = text.substr(0, text.find('?'));
  read_address(text, cut_front(rest, '?'), url);
  const auto keys = keys_of(url.kind);
  while (!rest.empty()) {
    std::string_view value = cut_front(rest, '&');
    const bool has_value = value.find('=') != std::string_view::npos;
    const std::string_view key = cut_front(value, '=');
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      throw bad_url(
          text, fmt::format("key {}", in_quotes(key)),
          fmt::format("one of those of {}; the nearest one is {}", *name, nearest(key, keys)));
    }
    if (!has_value || value.empty()) {
      throw bad_url(text, fmt::format("{} without a value", key), fmt::format("{}=VALUE", key));
    }
    if (url.has(key)) throw bad_url(text, fmt::format("{} twice", key), "each key once");
    url.set(key, std::string{value});
  }
  return url;
}

std::string PacketUrl::text(std::string_view key, std::string_view otherwise) const {
  const auto found = options_.find(key);
  return found == options_.end() ? std::string{otherwise} : found->second;
}

std::uint64_t PacketUrl::count(std::string_view key, std::uint64_t low, std::uint64_t high,
                               std::uint64_t otherwise) const {
  if (!has(key)) return otherwise;
  const auto value = whole_number(text(key));
  if (!value || *value < low || *value > high) {
    refuse(key, fmt::format("a whole number from {} to {}", low, high));
  }
  return *value;
}

double PacketUrl::number(std::string_view key, double low, double high, double otherwise) const {
  if (!has(key)) return otherwise;
  try {
    return parse_number(text(key), low, high);
  } catch (const BadValue&) {
    refuse(key, fmt::format("a number from {} to {}", low, high));
  }
}

bool PacketUrl::yes(std::string_view key, bool otherwise) const {
  static constexpr std::string_view words[]{"no", "yes"};
  return choice(key, words, otherwise ? 1 : 0) == 1;
}

std::vector<std::uint64_t> PacketUrl::counts(std::string_view key, std::uint64_t high) const {
  std::vector<std::uint64_t> values;
  const std::string given = text(key);
  std::string_view rest = given;
  while (!rest.empty()) {
    const auto value = whole_number(cut_front(rest, ','));
    if (!value || *value > high) {
      refuse(key, fmt::format("whole numbers up to {} with commas between", high));
    }
    if (std::find(values.begin(), values.end(), *value) != values.end()) {
      refuse(key, "each number once");
    }
    values.push_back(*value);
  }
  return values;
}

std::size_t PacketUrl::choice(std::string_view key, std::span<const std::string_view> words,
                              std::size_t otherwise) const {
  if (!has(key)) return otherwise;
  const auto found = std::find(words.begin(), words.end(), text(key));
  if (found == words.end()) refuse(key, fmt::format("{}", fmt::join(words, ", ")));
  return static_cast<std::size_t>(found - words.begin());
}

TickRate PacketUrl::rate(std::string_view key, const TickRate& otherwise) const {
  if (!has(key)) return otherwise;
  const std::string given = text(key);
  std::string_view rest = given;
  const auto ticks = whole_number(cut_front(rest, '/'));
  const bool quotient = given.find('/') != std::string::npos;
  const auto seconds = quotient ? whole_number(rest) : std::optional<std::uint64_t>{1};
  if (!ticks || !seconds || *ticks == 0 || *seconds == 0 ||
      *ticks > std::numeric_limits<std::uint64_t>::max() / *seconds) {
    refuse(key, "ticks a second: a whole number, or a quotient of two, as 15625/4");
  }
  return {*ticks, *seconds};
}

void PacketUrl::set(std::string_view key, std::string value) {
  options_.insert_or_assign(std::string{key}, std::move(value));
}

void PacketUrl::require(std::span<const std::string_view> keys) const {
  std::vector<std::string_view> missing;
  for (const std::string_view key : keys) {
    if (!has(key)) missing.push_back(key);
  }
  if (missing.empty()) return;
  throw ConfigError(fmt::format(
      "URL '{}': found no {}, expected {}: packets do not say so themselves", describe(),
      fmt::join(missing, ", no "), missing.size() == 1 ? "it" : "them all"));
}

void PacketUrl::refuse(std::string_view key, std::string_view expected) const {
  throw bad_url(describe(), fmt::format("{} = {}", key, in_quotes(text(key))), expected);
}

std::string PacketUrl::describe() const {
  std::string all_of_it = name_;
  char mark = '?';
  for (const auto& [key, value] : options_) {
    all_of_it += fmt::format("{}{}={}", std::exchange(mark, '&'), key, value);
  }
  return all_of_it;
}

}  // namespace draftstream
