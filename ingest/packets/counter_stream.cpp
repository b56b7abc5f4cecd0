#include "ingest/packets/counter_stream.hpp"

#include <stdexcept>
#include <string>

#include "ingest/packets/byte_order.hpp"
#include "ingest/packets/stream_beams.hpp"

namespace draftstream {
namespace {

void check_field(const HeaderField& field, std::size_t header_bytes, const char* name) {
  if (field.bytes == 0 || field.bytes > 8 || field.shift > 63 || field.bits == 0 ||
      field.bits > 64 || field.offset > header_bytes || field.bytes > header_bytes - field.offset) {
    throw std::invalid_argument("make_counter_stream: the field of the " + std::string{name} +
                                " does not lie in the header");
  }
}

void check_profile(const CounterOptions& options) {
  const CounterProfile& profile = options.profile;
  check_field(profile.counter, profile.header_bytes, "counter");
  if (profile.beam) check_field(*profile.beam, profile.header_bytes, "beam");
  if (profile.group) check_field(*profile.group, profile.header_bytes, "group");
  for (const FieldCheck& one : profile.checks) {
    check_field(one.field, profile.header_bytes, "check");
  }
  if (profile.groups == 0 || profile.packet_channels == 0 || profile.packet_samples == 0 ||
      profile.counter_step == 0 || profile.samples.products < (profile.samples.sum_two ? 2 : 1)) {
    throw std::invalid_argument("make_counter_stream: a count of 0, or no two products to sum");
  }
  if (profile.groups * profile.packet_channels != options.frequency.channels()) {
    throw std::invalid_argument("make_counter_stream: packets do not make up the band");
  }
}

class CounterStream final : public DatagramFormat {
 public:
  explicit CounterStream(const CounterOptions& options) : options_{options}, beams_{options.beams} {
    check_profile(options);
  }

  std::variant<Datagram, Refused> look(std::span<const std::byte> datagram) override {
    const auto parsed = parse_counter(datagram, options_.profile);
    if (const auto* refused = std::get_if<Refused>(&parsed)) return *refused;
    note_unit(datagram);
    packet_ = std::get<CounterPacket>(parsed);
    return Datagram::unit;
  }

  [[nodiscard]] StreamShape shape() const noexcept override {
    const CounterProfile& profile = options_.profile;
    return {options_.epoch_ns, profile.counter_step, packet_.clock % profile.counter_step,
            profile.packet_samples, profile.packet_channels};
  }

  [[nodiscard]] std::uint64_t block() const noexcept override {
    return packet_.clock / options_.profile.counter_step;
  }

  StreamStart begin() override {
    const CounterProfile& profile = options_.profile;
    beams_.begin({&packet_.beam, 1});
    const TickRate of_samples{options_.clock.ticks * profile.packet_samples,
                              options_.clock.seconds};
    const TimeAxis time{after_ticks(from_unix_ns(options_.epoch_ns), packet_.clock, options_.clock),
                        duration(profile.counter_step, of_samples)};
    return start_of_cells(beams_, options_.frequency, time, profile.samples, options_.as_float,
                          profile.packet_channels, profile.packet_samples);
  }

  std::uint64_t put(AssemblyWindow& window) const noexcept override {
    const CounterProfile& profile = options_.profile;
    const auto beam = beams_.index_of(packet_.beam);
    if (!beam) return 1;
    if (std::byte* const out = window.place(*beam, packet_.group)) {
      write_samples(profile.samples, packet_.data, profile.packet_samples, profile.packet_channels,
                    window.grid().format, out, window.grid().spectrum_bytes());
    }
    return 0;
  }

 private:
  const CounterOptions options_;
  StreamBeams beams_;
  CounterPacket packet_;
};

}  // namespace

std::uint64_t HeaderField::read(std::span<const std::byte> header) const noexcept {
  const auto stored = header.subspan(offset, bytes);
  const std::uint64_t number = (big_endian ? load_big(stored) : load_little(stored)) >> shift;
  const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  return (number & mask) - base;
}

std::variant<CounterPacket, Refused> parse_counter(std::span<const std::byte> datagram,
                                                   const CounterProfile& profile) noexcept {
  if (datagram.size() != profile.packet_bytes()) {
    return Refused{
        datagram.size() < profile.header_bytes ? PacketFault::too_short : PacketFault::wrong_length,
        0, datagram.size(), profile.packet_bytes()};
  }
  for (const FieldCheck& check : profile.checks) {
    const std::uint64_t found = check.field.read(datagram);
    if (found != check.value) {
      return Refused{PacketFault::wrong_kind, static_cast<std::uint32_t>(check.field.offset), found,
                     check.value};
    }
  }
  CounterPacket packet;
  packet.clock = profile.counter.read(datagram);
  if (profile.group) {
    const std::uint64_t group = profile.group->read(datagram);
    if (group >= profile.groups) {
      return Refused{PacketFault::outside_band, static_cast<std::uint32_t>(profile.group->offset),
                     group, profile.groups};
    }
    packet.group = group;
  } else {
    packet.group = packet.clock % profile.groups;
    packet.clock /= profile.groups;
  }
  if (profile.beam) packet.beam = profile.beam->read(datagram);
  packet.data = datagram.subspan(profile.header_bytes);
  return packet;
}

std::unique_ptr<PacketFormat> make_counter_stream(const CounterOptions& options) {
  return std::make_unique<CounterStream>(options);
}

CounterProfile fast_profile() {
  CounterProfile profile;
  profile.header_bytes = 8;
  profile.counter = {0, 8, false, 0, 56};
  profile.beam = HeaderField{7, 1, false, 1, 5};
  profile.checks = {{HeaderField{7, 1, false, 7, 1}, 0},   // 1: ADC samples
                    {HeaderField{7, 1, false, 0, 1}, 0}};  // 1: cross products
  profile.groups = 2;
  profile.packet_channels = 2048;
  profile.samples = {SampleKind::u8, false, 2, true};
  return profile;
}

CounterProfile pbeam_profile(std::size_t servers, std::size_t packet_channels,
                             std::uint16_t averaged) {
  CounterProfile profile;
  profile.header_bytes = 18;
  profile.counter = {10, 8, true};
  profile.beam = HeaderField{1, 1};
  profile.group = HeaderField{0, 1, false, 0, 64, 1};
  profile.checks = {{HeaderField{3, 1}, packet_channels},
                    {HeaderField{5, 1}, servers},
                    {HeaderField{6, 2, true}, averaged}};
  profile.groups = servers;
  profile.packet_channels = packet_channels;
  profile.counter_step = averaged;
  profile.samples = {SampleKind::f32, false, 4, true};
  return profile;
}

}  // namespace draftstream
