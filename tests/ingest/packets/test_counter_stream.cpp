// Packets of fixed headers with a counter: FAST's, LWA's, and others by their profile.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <variant>
#include <vector>

#include "ingest/packets/counter_stream.hpp"
#include "ingest/packets/packet_assembler.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/ingest/packets/window_model.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::add;
using test::Bytes;

// Byte 7: bit 7 ADC, bit 6 several beams, bits 5 to 1 beam, bit 0 cross products.
Bytes fast_packet(std::uint64_t counter, unsigned byte_7) {
  Bytes bytes;
  add(bytes, counter | std::uint64_t{byte_7} << 56U);
  for (std::size_t channel = 0; channel < 2048; ++channel) {
    bytes.push_back(static_cast<std::byte>(channel + counter));
    bytes.push_back(static_cast<std::byte>(channel * 3));
  }
  return bytes;
}

unsigned fast_value(std::uint64_t counter, std::size_t channel) {
  return static_cast<unsigned>((channel + counter) % 256 + channel * 3 % 256);
}

Bytes pbeam_packet(unsigned server, unsigned beam, std::uint64_t sequence) {
  Bytes bytes;
  for (const unsigned value : {server, beam, 0U, 5U, 1U, 2U}) {  // gbe, nchan, nbeam, nserver
    bytes.push_back(static_cast<std::byte>(value));
  }
  test::add_big(bytes, 24, 2);                // navg
  test::add_big(bytes, 100 + server * 5, 2);  // chan0
  test::add_big(bytes, sequence, 8);
  for (std::size_t channel = 0; channel < 5; ++channel) {
    const auto xx = static_cast<float>(server * 1000 + channel);
    for (const float value : {xx, 0.25F, -5.0F, 9.0F}) add(bytes, value);
  }
  return bytes;
}

PacketFault fault(const Bytes& bytes, const CounterProfile& profile) {
  const auto parsed = parse_counter(bytes, profile);
  REQUIRE(std::holds_alternative<Refused>(parsed));
  return std::get<Refused>(parsed).fault;
}

}  // namespace

TEST_CASE("FAST's packets become spectra of sums", "[ingest][packets][counter]") {
  CounterOptions options;
  options.profile = fast_profile();
  options.frequency = {Megahertz{1000.0}, Megahertz{0.1}, 4096};
  options.clock = {10'000, 1};
  options.epoch_ns = 1'700'000'000'000'000'000;
  CHECK(options.profile.packet_bytes() == 4104);
  const CellGrid grid{1, 2, 2048, 1, {16, false, false}};
  test::Collected seen{1};
  PacketAssembler assembler{
      make_counter_stream(options), {Seconds{1e-4}, 4, Seconds{1.0}}, seen.sink(grid)};
  const std::uint64_t first = 0x00'89'ab'cd'ef'01'23'44;  // even: the lower half of a spectrum
  const unsigned beam_7 = 0x40 | 7U << 1U;
  CHECK(assembler.take(fast_packet(first, beam_7)) == Assembly::began);
  CHECK(assembler.start().grid == grid);
  const Observation& header = assembler.start().beams.at(0);
  CHECK(header.beam == 7);
  CHECK(header.stored_bits == 8);
  CHECK(header.stored_pols == 2);
  CHECK(header.time.sample_time.value() == 1e-4);
  CHECK(header.time.start == after_ticks(from_unix_ns(options.epoch_ns), first / 2, {10'000, 1}));
  CHECK(assembler.take(fast_packet(first + 3, beam_7)) == Assembly::more);
  CHECK(assembler.take(fast_packet(first + 1, beam_7)) == Assembly::more);
  CHECK(assembler.take(fast_packet(first + 1, beam_7)) == Assembly::more);
  CHECK(assembler.take(fast_packet(first + 2, 8U << 1U)) == Assembly::more);  // another beam
  CHECK(assembler.finish() == Assembly::ended);
  REQUIRE(seen.end == 2);
  for (const std::uint64_t packet : {0U, 1U, 3U}) {
    for (std::size_t c = 0; c < 2048; ++c) {
      std::uint16_t value;
      std::memcpy(&value, seen.samples[0].data() + (packet * 2048 + c) * 2, 2);
      REQUIRE(value == fast_value(first + packet, c));
    }
  }
  CHECK(seen.holes[0] == std::vector<Hole>{{1, 1, 0, 2048}});
  CHECK(assembler.counts().cells_elsewhere == 1);
  CHECK(assembler.counts().assembled.cells_duplicate == 1);

  CHECK(fault(fast_packet(first, 0x80), options.profile) == PacketFault::wrong_kind);
  CHECK(fault(fast_packet(first, 0x01), options.profile) == PacketFault::wrong_kind);
  CHECK(fault(Bytes(4103), options.profile) == PacketFault::wrong_length);
  CHECK(fault(Bytes(4105), options.profile) == PacketFault::wrong_length);
  CHECK(fault(Bytes(7), options.profile) == PacketFault::too_short);
}

TEST_CASE("pbeam packets become spectra of sums", "[ingest][packets][counter]") {
  CounterOptions options;
  options.profile = pbeam_profile(2, 5, 24);
  options.frequency = {Megahertz{40.0}, Megahertz{0.025}, 10};
  options.clock = {25'000, 1};
  options.beams = {3, 1};
  const CellGrid grid{2, 2, 5, 1, float_samples};
  test::Collected seen{2};
  PacketAssembler assembler{
      make_counter_stream(options), {Seconds{1e-4}, 4, Seconds{1.0}}, seen.sink(grid)};
  CHECK(assembler.take(pbeam_packet(2, 1, 24'000)) == Assembly::began);
  CHECK(assembler.start().beams[1].beam == 1);
  CHECK(assembler.start().beams[1].time.sample_time.value() == 24.0 / 25'000.0);
  CHECK(assembler.start().beams[1].time.start == UtcInstant{40587, 0.96});
  for (const unsigned beam : {1U, 3U}) {
    for (const unsigned server : {1U, 2U}) {
      CHECK(assembler.take(pbeam_packet(server, beam, 24'000)) == Assembly::more);
    }
  }
  CHECK(assembler.finish() == Assembly::ended);
  for (std::size_t beam = 0; beam < 2; ++beam) {
    std::vector<float> spectrum(10);
    REQUIRE(seen.samples[beam].size() == 40);
    std::memcpy(spectrum.data(), seen.samples[beam].data(), 40);
    for (std::size_t c = 0; c < 10; ++c) {
      CHECK(spectrum[c] == static_cast<float>((1 + c / 5) * 1000 + c % 5) + 0.25F);
    }
  }
  CHECK(assembler.counts().assembled.cells_duplicate == 1);

  const CounterProfile& profile = options.profile;
  CHECK(fault(pbeam_packet(3, 1, 24), profile) == PacketFault::outside_band);
  CHECK(fault(pbeam_packet(0, 1, 24), profile) == PacketFault::outside_band);
  CHECK(fault(pbeam_packet(1, 1, 24), pbeam_profile(3, 5, 24)) == PacketFault::wrong_kind);
  CHECK(fault(pbeam_packet(1, 1, 24), pbeam_profile(2, 5, 25)) == PacketFault::wrong_kind);
}

TEST_CASE("fields lie where profiles say", "[ingest][packets][counter]") {
  const Bytes header = test::from_hex("01 23 45 67 89 ab cd ef");
  CHECK(HeaderField{0, 8, true}.read(header) == 0x0123456789abcdef);
  CHECK(HeaderField{0, 8, false}.read(header) == 0xefcdab8967452301);
  CHECK(HeaderField{1, 3, true}.read(header) == 0x234567);
  CHECK(HeaderField{1, 3, false}.read(header) == 0x674523);
  CHECK(HeaderField{1, 3, true, 4, 8}.read(header) == 0x56);
  CHECK(HeaderField{7, 1, true, 0, 4, 1}.read(header) == 14);
}

TEST_CASE("packets of several spectra, as 8 bits or floats", "[ingest][packets][counter]") {
  CounterOptions options;
  options.profile.header_bytes = 4;
  options.profile.counter = {0, 4, true};
  options.profile.packet_channels = 3;
  options.profile.packet_samples = 2;
  options.profile.counter_step = 7;
  options.profile.samples = {SampleKind::i8};
  options.frequency = {Megahertz{1500.0}, Megahertz{-1.0}, 3};
  options.clock = {7000, 1};
  for (const bool as_float : {false, true}) {
    options.as_float = as_float;
    const CellGrid grid{1, 1, 3, 2, as_float ? float_samples : SampleFormat{8, true, false}};
    test::Collected seen{1};
    PacketAssembler assembler{
        make_counter_stream(options), {Seconds{1e-3}, 4, Seconds{1.0}}, seen.sink(grid)};
    CHECK(assembler.take(test::from_hex("00000010 01 02 03 fd fe ff")) == Assembly::began);
    CHECK(assembler.start().beams[0].time.sample_time.value() == 0.0005);
    CHECK(assembler.take(test::from_hex("00000017 04 05 06 07 08 80")) == Assembly::more);
    CHECK(assembler.take(test::from_hex("0000001d 09 09 09 09 09 09")) == Assembly::more);
    CHECK(assembler.finish() == Assembly::ended);
    CHECK(assembler.counts().wrong_stream == 1);  // out of step
    const std::vector<float> expected{1, 2, 3, -3, -2, -1, 4, 5, 6, 7, 8, -128};
    std::vector<float> values;
    for (std::size_t t = 0; t < 4; ++t) {
      std::vector<float> row(3);
      unpack_spectrum(
          std::span{seen.samples[0]}.subspan(t * grid.spectrum_bytes(), grid.spectrum_bytes()),
          grid.format, row);
      values.insert(values.end(), row.begin(), row.end());
    }
    CHECK(values == expected);
  }
}

TEST_CASE("profiles that cannot be are refused", "[ingest][packets][counter]") {
  CounterOptions good;
  good.profile = pbeam_profile(2, 5, 24);
  good.frequency = {Megahertz{40.0}, Megahertz{0.025}, 10};
  CHECK_NOTHROW(make_counter_stream(good));
  const auto refused = [&good](auto change) {
    CounterOptions options = good;
    change(options);
    CHECK_THROWS_AS(make_counter_stream(options), std::invalid_argument);
  };
  refused([](auto& o) { o.profile.counter.offset = 11; });
  refused([](auto& o) { o.profile.counter.bytes = 9; });
  refused([](auto& o) { o.profile.beam->shift = 64; });
  refused([](auto& o) { o.profile.group->bits = 0; });
  refused([](auto& o) { o.profile.checks[0].field.offset = 18; });
  refused([](auto& o) { o.profile.groups = 3; });
  refused([](auto& o) { o.profile.counter_step = 0; });
  refused([](auto& o) { o.profile.samples.products = 1; });
}

}  // namespace draftstream
