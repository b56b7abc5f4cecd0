#include "replay/packets/packet_stream.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ingest/errors.hpp"
#include "ingest/live/packet_options.hpp"
#include "replay/packets/make_blocks.hpp"

namespace draftstream {
namespace {

constexpr std::int64_t mjd_of_1970 = 40587;
constexpr std::size_t longest_chime_packet = 8910;
constexpr std::uint64_t spead_values = 1ULL << 48U;

// What is being made, and of what.
struct Making {
  PacketStream stream;
  const Observation& seen;
  std::span<const std::uint64_t> beams;

  [[nodiscard]] std::size_t channels() const { return seen.frequency.channels(); }
  PacketUrl& url() { return stream.url; }
  void warn(std::string text) { stream.warnings.push_back(std::move(text)); }
  template <class Value>
  void set_if_missing(std::string_view key, const Value& value) {
    if (!url().has(key)) url().set(key, fmt::format("{}", value));
  }
  [[noreturn]] void refuse(const std::string& found, const std::string& expected) {
    throw ConfigError(
        fmt::format("URL '{}': found {}, expected {}", url().describe(), found, expected));
  }
};

// The instant of the first sample, in nanoseconds since 1970.
std::uint64_t start_ns(Making& making) {
  const UtcInstant& start = making.seen.time.start;
  if (start.mjd_day < mjd_of_1970) {
    making.warn("the recording does not say when it began; its packets say 1970-01-01");
    return 0;
  }
  return static_cast<std::uint64_t>(start.mjd_day - mjd_of_1970) * 86'400'000'000'000U +
         static_cast<std::uint64_t>(std::llround(start.second_of_day * 1e9));
}

// The clock of a stream, in which a sample is `ticks` long, unless the URL has one.
void set_clock(Making& making, std::uint64_t ticks, std::uint64_t samples = 1) {
  if (making.url().has("clock_hz")) return;
  const double sample_s = making.seen.time.sample_time.value();
  std::optional<TickRate> rate;
  try {
    rate = rate_of(making.seen.time.sample_time, ticks);
  } catch (const std::invalid_argument&) {  // no whole number of picoseconds
    rate = rate_of(Seconds{std::round(sample_s * 1e12) / 1e12}, ticks);
  }
  const std::uint64_t common = std::gcd(rate->ticks, rate->seconds * samples);
  const std::uint64_t all_ticks = rate->ticks / common;
  const std::uint64_t seconds = rate->seconds * samples / common;
  making.url().set("clock_hz", seconds == 1 ? fmt::format("{}", all_ticks)
                                            : fmt::format("{}/{}", all_ticks, seconds));
}

// A sample of the packets is that of the recording, or nearly.
void check_sample_time(Making& making, Seconds sent) {
  const double recorded_s = making.seen.time.sample_time.value();
  const double off_s = sent.value() - recorded_s;
  if (std::abs(off_s) > 1e-6 * recorded_s) {
    making.refuse(fmt::format("samples of {} s", sent.value()),
                  fmt::format("{} s, as in the recording", recorded_s));
  }
  if (off_s == 0.0) return;
  const double all = off_s * static_cast<double>(making.seen.samples.value_or(0));
  making.warn(
      fmt::format("packets say that samples last {} s, the recording that they last {} s: "
                  "{:.3g} s at its end",
                  sent.value(), recorded_s, all));
}

// Ticks from the clock's zero to the first sample: a multiple of `step`.
std::uint64_t first_tick(Making& making, std::string_view key, bool tell, const TickRate& clock,
                         std::uint64_t step) {
  const std::uint64_t start = start_ns(making);
  const std::uint64_t epoch = making.url().count(key, 0, ~std::uint64_t{0}, start);
  if (tell) making.set_if_missing(key, start);
  if (epoch > start) {
    making.refuse(fmt::format("{} = {}", key, epoch),
                  fmt::format("at most {}, when the recording began", start));
  }
  const long double ticks = static_cast<long double>(start - epoch) * 1e-9L *
                            static_cast<long double>(clock.ticks) /
                            static_cast<long double>(clock.seconds);
  const auto steps =
      static_cast<std::uint64_t>(std::llround(ticks / static_cast<long double>(step)));
  const double off_s = static_cast<double>(static_cast<long double>(steps * step) - ticks) *
                       static_cast<double>(clock.seconds) / static_cast<double>(clock.ticks);
  if (std::abs(off_s) > 1e-9) {
    making.warn(fmt::format("packets say that the first sample begins {:.3g} s {} than recorded",
                            std::abs(off_s), off_s > 0.0 ? "later" : "earlier"));
  }
  return steps * step;
}

// fch1 and foff of the recording, or those of the URL where they are the same.
void set_axis(Making& making) {
  const FrequencyAxis& axis = making.seen.frequency;
  making.set_if_missing("fch1_mhz", axis.first().value());
  making.set_if_missing("foff_mhz", axis.step().value());
}

void check_axis(Making& making, const FrequencyAxis& sent) {
  const FrequencyAxis& axis = making.seen.frequency;
  const std::size_t last = axis.channels() - 1;
  if (sent.channels() != axis.channels()) {
    making.refuse(fmt::format("a band of {} channels", sent.channels()),
                  fmt::format("{}, as in the recording", axis.channels()));
  }
  const auto off = [&](std::size_t here, std::size_t there) {
    return std::abs((sent.centre(there) - axis.centre(here)).value());
  };
  const double most = 0.01 * axis.channel_width().value();
  if (off(0, making.stream.turned ? last : 0) > most ||
      off(last, making.stream.turned ? 0 : last) > most) {
    making.refuse(fmt::format("channels from {} to {} MHz", sent.centre(0).value(),
                              sent.centre(last).value()),
                  fmt::format("{} to {} MHz, as in the recording", axis.centre(0).value(),
                              axis.centre(last).value()));
  }
}

// The kind of samples that holds those of the recording.
void set_samples(Making& making) {
  const SampleFormat& format = making.seen.format;
  making.set_if_missing("samples", format.bits > 8 ? "f32" : (format.is_signed ? "i8" : "u8"));
}

void check_beams(Making& making, std::uint64_t most) {
  for (const std::uint64_t beam : making.beams) {
    if (beam > most) {
      making.refuse(fmt::format("beam {}", beam), fmt::format("at most {} in such packets", most));
    }
  }
  if (!making.url().has("beams")) {
    making.url().set("beams", fmt::format("{}", fmt::join(making.beams, ",")));
  }
}

std::size_t largest_divisor(std::size_t number, std::size_t most) {
  for (std::size_t divisor = std::min(number, most); divisor > 1; --divisor) {
    if (number % divisor == 0) return divisor;
  }
  return 1;
}

// How a CHIME band is cut into packets, where the URL does not say so.
ChimeEncoding cut_chime(Making& making, std::size_t& packet_beams) {
  const PacketUrl& url = making.url();
  ChimeEncoding encoding;
  encoding.version = static_cast<int>(url.count("version", 1, 2, 2));
  encoding.coarse_channels = url.count("coarse_channels", 1, 65'536, 0);
  if (encoding.coarse_channels == 0 || making.channels() % encoding.coarse_channels != 0) {
    making.refuse(fmt::format("{} coarse channels", encoding.coarse_channels),
                  fmt::format("as many as divide the {} of the band", making.channels()));
  }
  encoding.up = making.channels() / encoding.coarse_channels;
  encoding.samples = url.count("packet_samples", 1, 1024, 16);
  packet_beams =
      url.count("packet_beams", 1, 65'535, std::min<std::size_t>(8, making.beams.size()));
  encoding.packet_coarse = 1;
  const auto fits = [&] {
    return ChimeEncoder::packet_bytes(encoding, packet_beams) <= longest_chime_packet;
  };
  if (!url.has("packet_samples")) {
    const std::size_t beams = url.has("packet_beams") ? packet_beams : 1;
    while (encoding.samples > 1 &&
           ChimeEncoder::packet_bytes(encoding, beams) > longest_chime_packet) {
      encoding.samples /= 2;
    }
  }
  if (!url.has("packet_beams")) {
    while (packet_beams > 1 && !fits()) --packet_beams;
  }
  encoding.packet_coarse = url.count("packet_coarse", 1, encoding.coarse_channels,
                                     std::min<std::size_t>(16, encoding.coarse_channels));
  if (!url.has("packet_coarse")) {
    while (encoding.packet_coarse > 1 && !fits()) --encoding.packet_coarse;
  }
  if (!fits() || (encoding.samples & (encoding.samples - 1)) != 0) {
    making.refuse(
        fmt::format("packets of {} beams, {} coarse channels of {}, {} samples", packet_beams,
                    encoding.packet_coarse, encoding.up, encoding.samples),
        fmt::format("at most {} bytes, and a power of two of samples", longest_chime_packet));
  }
  return encoding;
}

// CHIME's own clock where it does, else one for this recording.
std::uint16_t set_chime_clock(Making& making) {
  const Seconds sample = making.seen.time.sample_time;
  const PacketUrl& url = making.url();
  const TickRate clock = url.rate("clock_hz", ChimeOptions{}.clock);
  const double counts = std::round(sample.value() * static_cast<double>(clock.ticks) /
                                   static_cast<double>(clock.seconds));
  const bool fit = counts >= 1.0 && counts <= 65'535.0;
  const auto whole = static_cast<std::uint64_t>(fit ? counts : 384.0);
  const auto chosen = static_cast<std::uint16_t>(url.count("counts_per_sample", 1, 65'535, whole));
  if (duration(chosen, clock) == sample) return chosen;
  if (url.has("clock_hz")) return chosen;  // is refused, or warned of, by check_sample_time()
  const std::uint64_t ticks = url.count("counts_per_sample", 1, 65'535, 384);
  set_clock(making, ticks);
  return static_cast<std::uint16_t>(ticks);
}

void make_chime(Making& making) {
  const FrequencyAxis& axis = making.seen.frequency;
  making.stream.turned = axis.step() > Megahertz{0.0};
  const Megahertz half = 0.5 * axis.channel_width();
  making.set_if_missing("top_mhz", (axis.highest() + half).value());
  making.set_if_missing("bottom_mhz", (axis.lowest() - half).value());
  making.set_if_missing("coarse_channels", largest_divisor(making.channels(), 1024));
  check_beams(making, 65'535);
  std::size_t packet_beams = 1;
  ChimeEncoding encoding = cut_chime(making, packet_beams);
  encoding.counts_per_sample = set_chime_clock(making);
  const ChimeOptions options = read_chime_options(making.url());
  if (options.up_ascending) making.refuse("up_ascending = yes", "no: band from the top");
  const auto channels = static_cast<double>(making.channels());
  const Megahertz step = (1.0 / channels) * (options.bottom - options.top);
  check_axis(making, {options.top + 0.5 * step, step, making.channels()});
  check_sample_time(making, duration(encoding.counts_per_sample, options.clock));
  const std::uint64_t block = encoding.counts_per_sample * encoding.samples;
  const std::uint64_t tick =
      first_tick(making, "frame0_ns", encoding.version == 1, options.clock, block);
  encoding.fpga0_ns = making.url().count("frame0_ns", 0, ~std::uint64_t{0}, start_ns(making));
  making.stream.first_block = tick / block;
  making.stream.encoder = make_chime_blocks(encoding, packet_beams);
}

void make_spead(Making& making) {
  PacketUrl& url = making.url();
  making.set_if_missing("channels", making.channels());
  set_axis(making);
  set_samples(making);
  check_beams(making, spead_values - 1);
  making.set_if_missing("heap_channels", making.channels() % 128 == 0 ? 128 : making.channels());
  // A second's worth at most, and no more than there is.
  std::size_t heap_samples = SpeadOptions{}.heap_samples;
  const double sample_s = making.seen.time.sample_time.value();
  while (heap_samples > 1 && (static_cast<double>(heap_samples) * sample_s > 1.0 ||
                              heap_samples > making.seen.samples.value_or(0))) {
    heap_samples /= 2;
  }
  making.set_if_missing("heap_samples", heap_samples);
  making.set_if_missing("ticks_per_sample", 1);
  set_clock(making, url.count("ticks_per_sample", 1, 65'535, 1));
  if (!url.has("sync_ns")) url.set("sync_ns", fmt::format("{}", start_ns(making)));
  const SpeadOptions options = read_spead_options(url);
  check_axis(making, options.frequency);
  check_sample_time(making, duration(options.ticks_per_sample, options.clock));
  const std::uint64_t tick = first_tick(making, "sync_ns", true, options.clock, 1);
  const std::uint64_t block = options.ticks_per_sample * options.heap_samples;
  const std::uint64_t last = tick + making.seen.samples.value_or(0) * options.ticks_per_sample;
  if (last >= spead_values) {
    making.refuse(fmt::format("timestamps up to {}", last), "at most 48 bits: a later sync_ns");
  }
  if (options.heap_channels % options.channel_step != 0) {
    url.refuse("channel_step",
               fmt::format("a divisor of {}, the channels of a heap", options.heap_channels));
  }
  making.stream.first_block = tick / block;
  making.stream.encoder =
      make_spead_blocks(options, url.count("packet_bytes", 73, 65'507, 1472), tick % block);
}

void make_counter(Making& making) {
  PacketUrl& url = making.url();
  const CounterProfile fast = fast_profile();
  const std::size_t fast_channels = fast.groups * fast.packet_channels;
  if (url.kind == PacketKind::fast && making.channels() != fast_channels) {
    making.refuse(fmt::format("a band of {} channels", making.channels()),
                  fmt::format("{}, as FAST's packets have", fast_channels));
  }
  set_axis(making);
  if (url.kind == PacketKind::pbeam) {
    const std::size_t servers = url.count("servers", 1, 255, 0);
    const std::size_t packet =
        servers > 0 ? making.channels() / servers : largest_divisor(making.channels(), 255);
    making.set_if_missing("packet_channels", packet);
    making.set_if_missing("servers",
                          making.channels() / url.count("packet_channels", 1, 255, packet));
    making.set_if_missing("averaged", 1);
  }
  if (url.kind == PacketKind::counter) set_samples(making);
  const std::uint64_t step = url.kind == PacketKind::pbeam
                                 ? url.count("averaged", 1, 65'535, 1)
                                 : url.count("counter_step", 1, 65'535, 1);
  const std::uint64_t samples = url.count("packet_samples", 1, 65'536, 1);
  set_clock(making, step, samples);
  if (!url.has("epoch_ns")) url.set("epoch_ns", fmt::format("{}", start_ns(making)));
  const CounterOptions options = read_counter_options(url);
  const CounterProfile& profile = options.profile;
  const bool no_beam = !profile.beam;
  if (no_beam && making.beams.size() > 1) {
    making.refuse("no beam_field", "one, as there are several beams");
  }
  const unsigned bits =
      no_beam
          ? 64
          : std::min<unsigned>(profile.beam->bits, static_cast<unsigned>(8 * profile.beam->bytes));
  // Without a field for it, all is of beam 0.
  if (no_beam) making.set_if_missing("beams", 0);
  check_beams(making, bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1);
  check_axis(making, options.frequency);
  const TickRate of_samples{options.clock.ticks * profile.packet_samples, options.clock.seconds};
  check_sample_time(making, duration(profile.counter_step, of_samples));
  const std::uint64_t tick = first_tick(making, "epoch_ns", true, options.clock, 1);
  making.stream.first_block = tick / profile.counter_step;
  making.stream.encoder = make_counter_blocks(profile, tick % profile.counter_step);
}

}  // namespace

PacketStream make_packet_stream(const PacketUrl& url, const Observation& observation,
                                std::span<const std::uint64_t> beams) {
  Making making{{url, nullptr, false, 0, {}}, observation, beams};
  if (!observation.frequency.regular()) {
    making.refuse("a recording with a table of frequencies",
                  "even steps: packets have no word for others");
  }
  switch (url.kind) {
    case PacketKind::chime:
      make_chime(making);
      break;
    case PacketKind::spead:
      make_spead(making);
      break;
    case PacketKind::fast:
    case PacketKind::pbeam:
    case PacketKind::counter:
      make_counter(making);
      break;
  }
  return std::move(making.stream);
}

}  // namespace draftstream
