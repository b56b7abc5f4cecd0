#include "replay/dada_sender.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "replay/dada_ring_writer.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t header_bytes = 4096;
constexpr std::uint64_t header_buffers = 8;
constexpr double piece_s = 0.02;
constexpr double block_s = 0.25;

ConfigError bad(std::string_view url, std::string_view found, std::string_view expected) {
  return ConfigError(fmt::format("URL '{}': found '{}', expected {}", url, found, expected));
}

bool read_count(std::string_view text, std::uint64_t low, std::uint64_t high,
                std::uint64_t& value) {
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  return read.ec == std::errc{} && read.ptr == end && value >= low && value <= high;
}

void read_option(std::string_view url, std::string_view option, DadaTarget& target) {
  const std::string_view key = option.substr(0, option.find('='));
  const std::string_view value = option.substr(std::min(option.size(), key.size() + 1));
  std::uint64_t readers = 1;
  const bool good =
      (key == "create" && value == "yes") ||
      (key == "nbufs" && read_count(value, 2, 10'000, target.data.buffers)) ||
      (key == "bufsz" && read_count(value, 1, 1ULL << 40U, target.data.buffer_bytes)) ||
      (key == "readers" && read_count(value, 1, 8, readers));
  if (!good) {
    throw bad(url, option, "create=yes, nbufs=N (2 to 10000), bufsz=BYTES or readers=N (1 to 8)");
  }
  target.data.readers = std::max(target.data.readers, static_cast<unsigned>(readers));
  target.create = target.create || key == "create";
}

// Microseconds that are read back as the same double of seconds, if there are any.
double microseconds(double seconds) {
  const double near = seconds * 1e6;
  for (const double one : {near, std::nextafter(near, 0.0), std::nextafter(near, 2.0 * near)}) {
    if (one / 1e6 == seconds) return one;
  }
  return near;
}

std::string start_lines(const UtcInstant& start) {
  double whole = std::floor(start.second_of_day);
  auto picoseconds = std::llround((start.second_of_day - whole) * 1e12);
  if (picoseconds >= 1'000'000'000'000) {
    picoseconds = 0;
    whole += 1.0;
  }
  std::string utc = format_iso8601(UtcInstant{start.mjd_day, 0.0} + Seconds{whole}).substr(0, 19);
  utc[10] = '-';
  return fmt::format("UTC_START    {}\nPICOSECONDS  {}\n", utc, picoseconds);
}

}  // namespace

std::string DadaTarget::name() const {
  return fmt::format("dada:{:x}", static_cast<unsigned>(key));
}

DadaTarget parse_dada_target(std::string_view url) {
  std::string_view rest = url;
  rest.remove_prefix(std::min(rest.size(), std::string_view{"dada:"}.size()));
  std::string_view key = rest.substr(0, rest.find('?'));
  rest.remove_prefix(std::min(rest.size(), key.size() + 1));
  if (key.starts_with("0x")) key.remove_prefix(2);
  DadaTarget target;
  target.data.buffer_bytes = 0;
  const auto read = std::from_chars(key.data(), key.data() + key.size(), target.key, 16);
  constexpr key_t highest = std::numeric_limits<key_t>::max() - 1;
  if (!url.starts_with("dada:") || read.ec != std::errc{} || read.ptr != key.data() + key.size() ||
      target.key <= 0 || target.key > highest) {
    throw bad(url, key, "the key of a ring in hexadecimal, as dada:dada");
  }
  bool shaped = false;
  while (!rest.empty()) {
    const std::string_view option = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), option.size() + 1));
    read_option(url, option, target);
    shaped = shaped || !option.starts_with("create");
  }
  if (shaped && !target.create) {
    throw bad(url, "the shape of a ring", "create=yes with it: a ring that is there has its own");
  }
  return target;
}

std::string make_dada_header(const Observation& observation) {
  const FrequencyAxis& axis = observation.frequency;
  const std::size_t channels = axis.channels();
  const int bits = observation.format.bits;
  if (!axis.regular() && channels > 1) {
    throw ConfigError("DADA header: found a table of frequencies, expected even steps");
  }
  if (channels * static_cast<std::size_t>(bits) % 8 != 0) {
    throw ConfigError(fmt::format(
        "DADA header: found spectra of {} channels of {} bits, expected ones that fill bytes",
        channels, bits));
  }
  const double step_mhz = axis.step().value();
  const auto count = static_cast<double>(channels);
  const double sample_s = observation.time.sample_time.value();
  std::string text = fmt::format(
      "HDR_VERSION  1.0\nHDR_SIZE     {}\nNCHAN        {}\nNBIT         {}\nNPOL         1\n"
      "NDIM         1\nTSAMP        {}\nFREQ         {}\nBW           {}\nOBS_OFFSET   0\n"
      "BYTES_PER_SECOND {:.17g}\n",
      header_bytes, channels, bits, microseconds(sample_s),
      axis.first().value() + 0.5 * (count - 1.0) * step_mhz, count * step_mhz,
      static_cast<double>(observation.spectrum_bytes()) / sample_s);
  if (observation.time.start.mjd_day > 0) text += start_lines(observation.time.start);
  const auto add = [&text](std::string_view key, const std::string& value) {
    if (!value.empty()) text += fmt::format("{:<12} {}\n", key, value);
  };
  add("SOURCE", observation.source_name);
  add("TELESCOPE", observation.telescope);
  add("INSTRUMENT", observation.backend);
  if (observation.ra_deg && observation.dec_deg) {
    add("RA", fmt::format("{:.10f}", *observation.ra_deg));
    add("DEC", fmt::format("{:+.10f}", *observation.dec_deg));
  }
  if (observation.beam) add("BEAM", fmt::format("{}", *observation.beam));
  return text;
}

struct DadaSender::Rings {
  std::optional<MadeDadaRing> made_data;
  std::optional<MadeDadaRing> made_headers;
  std::optional<DadaRingWriter> headers;
  std::optional<DadaRingWriter> data;
};

DadaSender::DadaSender(const DadaTarget& target, const Recording& recording)
    : rings_{std::make_unique<Rings>()}, header_{make_dada_header(recording.observation())} {
  if (target.create) {
    DadaRingShape shape = target.data;
    const Observation& seen = recording.observation();
    if (shape.buffer_bytes == 0) {
      const double spectra = std::ceil(block_s / seen.time.sample_time.value());
      shape.buffer_bytes =
          static_cast<std::uint64_t>(std::max(spectra, 1.0)) * seen.spectrum_bytes();
    }
    rings_->made_data.emplace(target.key, shape);
    rings_->made_headers.emplace(target.key + 1,
                                 DadaRingShape{header_buffers, header_bytes, shape.readers});
  }
  rings_->headers.emplace(target.key + 1);
  rings_->data.emplace(target.key);
  if (header_.size() >= rings_->headers->buffer_bytes()) {
    throw ConfigError(fmt::format("{}: found room for headers of {} bytes, expected more than {}",
                                  target.name(), rings_->headers->buffer_bytes(), header_.size()));
  }
}

DadaSender::~DadaSender() = default;

std::uint64_t DadaSender::send(Recording& recording, SendSchedule& schedule, const StopEvent& stop,
                               const std::function<void(std::uint64_t)>& sent) {
  DadaRingWriter& data = *rings_->data;
  DadaRingWriter& headers = *rings_->headers;
  if (data.in_transfer() && !(data.take(stop) && data.publish(0, true, stop))) return 0;
  if (!headers.take(stop)) return 0;
  std::fill(headers.block().begin(), headers.block().end(), std::byte{0});
  std::memcpy(headers.block().data(), header_.data(), header_.size());
  if (!headers.publish(headers.buffer_bytes(), false, stop)) return 0;

  const Observation& seen = recording.observation();
  const std::uint64_t samples = seen.samples.value_or(0);
  const std::size_t spectrum = seen.spectrum_bytes();
  const auto in_piece = static_cast<std::uint64_t>(
      std::clamp(piece_s / seen.time.sample_time.value(), 1.0, 65'536.0));
  std::vector<std::byte> piece;
  std::size_t filled = 0;
  std::uint64_t first = 0;
  std::uint64_t published = 0;  // bytes
  bool going = data.take(stop);
  // A block that is full is published when the next bytes come: it may be the last.
  const auto pour = [&](std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      if (filled == data.buffer_bytes()) {
        if (!data.publish(filled, false, stop)) return false;
        published += filled;
        filled = 0;
        if (sent) sent(published / spectrum);
        if (!data.take(stop)) return false;
      }
      const std::size_t count = std::min(bytes.size(), data.buffer_bytes() - filled);
      std::memcpy(data.block().data() + filled, bytes.data(), count);
      filled += count;
      bytes = bytes.subspan(count);
    }
    return true;
  };
  while (going && first < samples) {
    const std::uint64_t count = std::min(in_piece, samples - first);
    piece.resize(static_cast<std::size_t>(count) * spectrum);
    recording.read(first, piece);
    going = schedule.wait(first, count) && pour(piece);
    first += count;
    recording.forget_before(first);
  }
  // Without a block in hand there is no way to say that the transfer ends.
  if (data.take(stop) && data.publish(filled, true, stop)) published += filled;
  if (sent) sent(published / spectrum);
  if (rings_->made_data) (void)data.wait_for_readers(stop);
  return published / spectrum;
}

}  // namespace draftstream
