// Where packets come from, or go to, and what they do not say of themselves, as the command line
// names it. docs/interfaces/packets.md has every key.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/packets/tick_clock.hpp"

namespace draftstream {

enum class PacketKind { chime, spead, fast, pbeam, counter };

/// "chime", as in "udp+chime://".
std::string_view name_of(PacketKind kind);

/// `udp+KIND://[IFACE@]ADDRESS:PORT[?KEY=VALUE&KEY=VALUE...]`, its keys those that the kind knows,
/// each at most once. A value may hold everything but '&'; nothing is escaped. `live` and `send`
/// know the same keys, so that one URL does for both; some have a meaning for one of them only.
///
/// Keys of all kinds: beams, clock_hz; of `live`: source, rcvbuf_bytes, cpu, timeout_s, slot_s,
/// longest_gap_s, agreeing_strays, most_bytes; of `send`: ttl, sndbuf_bytes. And of
///   chime:    coarse_channels, top_mhz, bottom_mhz, up_ascending, frame0_ns; format of `live`;
///             version, counts_per_sample, packet_beams, packet_coarse, packet_samples of `send`;
///   spead:    timestamp_id, beam_id, channel_id, channel_step, data_id, samples, order, products,
///             sum_two, heap_samples, heap_channels, channels, fch1_mhz, foff_mhz,
///             ticks_per_sample, sync_ns; as_float, partial_heaps of `live`; packet_bytes of
///             `send`;
///   fast, pbeam, counter: fch1_mhz, foff_mhz, epoch_ns; as_float of `live`;
///   pbeam:    servers, packet_channels, averaged;
///   counter:  header_bytes, counter, beam_field, group_field, checks, groups, packet_channels,
///             packet_samples, counter_step, samples, order, products, sum_two.
///
/// All that read a value throw ConfigError with the URL, the key, what was found and what was
/// expected.
class PacketUrl {
 public:
  PacketKind kind = PacketKind::chime;
  std::string interface;  ///< A name or an address of this machine; "" = as the system routes.
  std::string host;       ///< A name or an address, without brackets; "" = all addresses (`*`).
  std::string port;       ///< A number; "0" = any that is free (of use to `live` only).

  [[nodiscard]] bool has(std::string_view key) const { return options_.count(key) > 0; }
  /// @return `otherwise` where the key was not given; so the next ones.
  [[nodiscard]] std::string text(std::string_view key, std::string_view otherwise = "") const;
  /// Decimal, or hexadecimal as 0x1600.
  [[nodiscard]] std::uint64_t count(std::string_view key, std::uint64_t low, std::uint64_t high,
                                    std::uint64_t otherwise) const;
  [[nodiscard]] double number(std::string_view key, double low, double high,
                              double otherwise) const;
  /// "yes" or "no".
  [[nodiscard]] bool yes(std::string_view key, bool otherwise = false) const;
  /// Counts with commas between; empty where the key was not given.
  [[nodiscard]] std::vector<std::uint64_t> counts(std::string_view key, std::uint64_t high) const;
  /// One of some words. @return Its index.
  [[nodiscard]] std::size_t choice(std::string_view key, std::span<const std::string_view> words,
                                   std::size_t otherwise) const;
  /// Ticks a second: "390625", or a quotient of integers, "15625/4".
  [[nodiscard]] TickRate rate(std::string_view key, const TickRate& otherwise) const;

  /// Gives a key a value, the place of any it had.
  void set(std::string_view key, std::string value);
  /// @throws ConfigError naming all those that were not given at once.
  void require(std::span<const std::string_view> keys) const;
  /// @throws ConfigError about the value of `key`, as it was given.
  [[noreturn]] void refuse(std::string_view key, std::string_view expected) const;
  /// The URL, with all that was set.
  [[nodiscard]] std::string describe() const;

 private:
  friend PacketUrl parse_packet_url(std::string_view text);
  std::string name_;  // without the options
  std::map<std::string, std::string, std::less<>> options_;
};

/// Whether `text` begins as the URLs of packets do, "udp+".
[[nodiscard]] bool is_packet_url(std::string_view text);

/// @throws ConfigError naming the URL, what was found and what was expected: the nearest of the
///         keys that there are, where there is no such key.
[[nodiscard]] PacketUrl parse_packet_url(std::string_view text);

/// The keys of a kind, in the order of the alphabet.
[[nodiscard]] std::vector<std::string_view> keys_of(PacketKind kind);

}  // namespace draftstream
