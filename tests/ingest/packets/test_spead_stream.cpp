// Heaps of a filterbank as spectra.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "ingest/packets/packet_assembler.hpp"
#include "ingest/packets/spead_stream.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/ingest/packets/window_model.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::Bytes;
using test::spead_piece;
using test::SpeadPointer;

// Heaps of 4 spectra of 3 channels; a band of 6; two ticks in a sample.
SpeadOptions small() {
  SpeadOptions options;
  options.heap_samples = 4;
  options.heap_channels = 3;
  options.frequency = {Megahertz{1500.0}, Megahertz{-1.0}, 6};
  options.clock = {1'000'000, 1};
  options.ticks_per_sample = 2;
  options.sync_ns = 1'700'000'000'000'000'000;
  return options;
}

std::vector<SpeadPointer> items(std::uint64_t timestamp, std::uint64_t beam,
                                std::uint64_t channel) {
  return {
      {true, 0x1600, timestamp}, {true, 0x5555, beam}, {true, 0x4103, channel}, {false, 0x5556, 0}};
}

Bytes counting(std::size_t count, unsigned first = 0) {
  Bytes bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(first + i));
  return bytes;
}

Bytes whole_heap(std::uint64_t count, std::uint64_t timestamp, std::uint64_t beam,
                 std::uint64_t channel, const Bytes& data) {
  return spead_piece(count, data, 0, data.size(), items(timestamp, beam, channel));
}

std::string refused(PacketFormat& stream, const Bytes& datagram) {
  const auto looked = stream.look(datagram);
  REQUIRE(std::holds_alternative<Refused>(looked));
  return sentence(std::get<Refused>(looked));
}

Datagram looked_at(PacketFormat& stream, const Bytes& datagram) {
  const auto looked = stream.look(datagram);
  REQUIRE(std::holds_alternative<Datagram>(looked));
  return std::get<Datagram>(looked);
}

}  // namespace

TEST_CASE("heaps become spectra", "[ingest][packets][spead]") {
  test::Collected seen{1};
  const CellGrid grid{1, 2, 3, 4, {8, true, false}};
  PacketAssembler assembler{
      make_spead_stream(small()), {Seconds{1e-6}, 4, Seconds{1.0}}, seen.sink(grid)};
  const Bytes low = counting(12, 100);
  const Bytes high = counting(12, 250);  // wraps: negative numbers, too
  // Timestamps in the past of nothing: the first says where the observation begins.
  CHECK(assembler.take(spead_piece(70, high, 6, 6, items(8'000'000'016, 3, 0))) == Assembly::more);
  CHECK(assembler.take(spead_piece(70, high, 0, 6, items(8'000'000'016, 3, 0))) == Assembly::began);
  CHECK(assembler.start().grid == grid);
  const Observation& header = assembler.start().beams.at(0);
  CHECK(header.beam == 3);
  CHECK(header.time.sample_time.value() == 2e-6);
  CHECK(format_iso8601(header.time.start) == "2023-11-15T00:26:40.000016000Z");
  CHECK(header.frequency == small().frequency);
  CHECK(assembler.take(whole_heap(9, 8'000'000'016, 3, 3, low)) == Assembly::more);
  CHECK(assembler.take(whole_heap(71, 8'000'000'024, 3, 3, high)) == Assembly::more);
  CHECK(assembler.take(whole_heap(72, 8'000'000'024, 4, 0, high)) == Assembly::more);  // elsewhere
  CHECK(assembler.take(spead_piece(73, low, 0, 6, items(8'000'000'024, 3, 0))) == Assembly::more);
  const Bytes stop = test::spead_bytes(
      {{true, 1, 5}, {true, 2, 1}, {true, 3, 0}, {true, 4, 1}, {true, 6, 2}, {false, 0, 0}},
      Bytes(1));
  CHECK(assembler.take(stop) == Assembly::ended);
  CHECK(assembler.take(stop) == Assembly::more);

  REQUIRE(seen.end == 8);
  for (std::size_t t = 0; t < 4; ++t) {
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(seen.samples[0][t * 6 + c] == high[t * 3 + c]);
      CHECK(seen.samples[0][t * 6 + 3 + c] == low[t * 3 + c]);
      CHECK(seen.samples[0][(t + 4) * 6 + 3 + c] == high[t * 3 + c]);
    }
  }
  CHECK(seen.holes[0] == std::vector<Hole>{{4, 4, 0, 3}});
  const PacketCounts& counts = assembler.counts();
  CHECK(counts.datagrams == 8);
  CHECK(counts.units == 4);
  CHECK(counts.pieces == 2);
  CHECK(counts.control == 2);
  CHECK(counts.accepted == 4);
  CHECK(counts.cells_elsewhere == 1);
  CHECK(counts.assembled.cells_placed == 3);
  CHECK(counts.assembled.cells_missing == 1);
  CHECK(assembler.incomplete_units() == 1);
}

TEST_CASE("ids, order, depth and sub-bands can be chosen", "[ingest][packets][spead]") {
  SpeadOptions options = small();
  options.timestamp_id = 0x4001;
  options.beam_id = 0x4002;
  options.channel_id = 0x4003;
  options.data_id = 0x4004;
  options.channel_step = 3;  // the item numbers sub-bands
  options.samples = {SampleKind::f32, true, 1, false, true};
  Bytes data;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t t = 0; t < 4; ++t) {
      const float value = static_cast<float>(channel) * 10.0F + static_cast<float>(t) + 0.5F;
      std::uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      test::add_big(data, bits, 4);
    }
  }
  const auto stream = make_spead_stream(options);
  CHECK(looked_at(*stream,
                  spead_piece(1, data, 0, data.size(),
                              {{true, 0x4001, 800}, {true, 0x4003, 1}, {false, 0x4004, 0}})) ==
        Datagram::unit);
  const StreamStart start = stream->begin();
  CHECK(start.beams[0].beam == 0);  // no item for it
  CHECK(start.grid.format == float_samples);
  std::vector<float> out;
  AssemblyWindow window{start.grid, {1, stream->block(), 1, 1}, [&out](const FinishedSlot& slot) {
                          out.resize(slot.beams[0].spectra.size() / 4);
                          std::memcpy(out.data(), slot.beams[0].spectra.data(), out.size() * 4);
                        }};
  REQUIRE(window.arrive(stream->block()) == Arrival::in_window);
  CHECK(stream->put(window) == 0);
  window.finish();
  REQUIRE(out.size() == 24);
  for (std::size_t t = 0; t < 4; ++t) {
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(out[t * 6 + 3 + c] == static_cast<float>(c) * 10.0F + static_cast<float>(t) + 0.5F);
    }
  }
}

TEST_CASE("heaps that are none of the stream's are refused", "[ingest][packets][spead]") {
  const auto stream = make_spead_stream(small());
  const Bytes data = counting(12);
  CHECK(refused(*stream, whole_heap(1, 0, 0, 1, data)) ==
        "byte 0: found channel 1, expected a number below 6");
  CHECK(refused(*stream, whole_heap(2, 0, 0, 6, data)) ==
        "byte 0: found channel 6, expected a number below 6");
  CHECK(refused(*stream, whole_heap(3, 0, 0, 0, counting(13))) ==
        "byte 0: found a data size of 13 bytes, expected 12, the product of the counts");
  CHECK(refused(*stream, spead_piece(4, data, 0, 12, {{false, 0x5556, 0}})) ==
        "byte 0: found 1 items without one that is needed, expected item 0x1600");
  CHECK(refused(*stream, spead_piece(5, data, 0, 12, {{true, 0x1600, 0}})) ==
        "byte 0: found 1 items without one that is needed, expected item 0x5556");
  CHECK(refused(*stream, whole_heap(6, 0, 0, 0, counting(70'000))) ==
        "byte 0: found a heap of 70000, expected at most 65548");
  // Descriptors, and control items other than a stop, are passed over.
  CHECK(looked_at(*stream, spead_piece(7, data, 0, 12, {{false, 0x5, 0}})) == Datagram::control);
  CHECK(looked_at(*stream, spead_piece(8, {}, 0, 0, {{true, 0x6, 0}})) == Datagram::control);
  CHECK(looked_at(*stream, whole_heap(9, 0, 0, 0, data)) == Datagram::unit);
}

TEST_CASE("what a stream of heaps cannot be", "[ingest][packets][spead]") {
  SpeadOptions options = small();
  options.heap_channels = 4;
  CHECK_THROWS_AS(make_spead_stream(options), std::invalid_argument);
  options = small();
  options.ticks_per_sample = 0;
  CHECK_THROWS_AS(make_spead_stream(options), std::invalid_argument);
  options = small();
  options.partial_heaps = 0;
  CHECK_THROWS_AS(make_spead_stream(options), std::invalid_argument);
  options = small();
  options.heap_samples = 0;
  CHECK_THROWS_AS(make_spead_stream(options), std::invalid_argument);
}

}  // namespace draftstream
