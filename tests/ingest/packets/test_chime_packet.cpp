// CHIME/FRB packets: fields, and what is refused.
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "ingest/packets/chime_packet.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::Bytes;
using test::ChimeBytes;

// Accepted by ch_frb_io's own decoder.
const Bytes golden = test::from_hex(
    "010000002000800100701700000000000200020002000400 07000c00 ff030500 "
    "0000003f0000003f0000803f0000803f 00000000000020410000000000002041 "
    "030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122");

Refused refused(const Bytes& bytes) {
  const auto parsed = parse_chime(bytes);
  REQUIRE(std::holds_alternative<Refused>(parsed));
  return std::get<Refused>(parsed);
}

}  // namespace

TEST_CASE("the golden packet has its fields", "[ingest][packets][chime]") {
  const auto parsed = parse_chime(golden);
  REQUIRE(std::holds_alternative<ChimePacket>(parsed));
  const auto& packet = std::get<ChimePacket>(parsed);
  CHECK(packet.version == 1);
  CHECK(packet.counts_per_sample == 384);
  CHECK_FALSE(packet.fpga0_ns.has_value());
  CHECK(packet.fpga_count == 1536000);
  CHECK(packet.beams == 2);
  CHECK(packet.coarse == 2);
  CHECK(packet.up == 2);
  CHECK(packet.samples == 4);
  CHECK(packet.beam_id(0) == 7);
  CHECK(packet.beam_id(1) == 12);
  CHECK(packet.coarse_id(0) == 1023);
  CHECK(packet.coarse_id(1) == 5);
  CHECK(packet.scale(0, 1) == 0.5F);
  CHECK(packet.scale(1, 0) == 1.0F);
  CHECK(packet.offset(0, 0) == 0.0F);
  CHECK(packet.offset(0, 1) == 10.0F);
  CHECK(packet.offset(1, 1) == 10.0F);
  for (std::size_t i = 0; i < 32; ++i) {
    CHECK(std::to_integer<std::size_t>(packet.cell(i / 16, i / 8 % 2)[i % 8]) == 3 + i);
  }
}

TEST_CASE("packets of version 2 say when their clock was 0", "[ingest][packets][chime]") {
  ChimeBytes made;
  made.fpga_count = 384ULL * 16 * 12345;
  made.beams = {3, 1001, 4, 9};
  made.coarse = {0, 256, 512, 1023};
  made.up = 16;
  made.samples = 16;
  const Bytes bytes = made.bytes();
  CHECK(bytes.size() == 4272);  // kotekan's udp_frb_packet_size
  const auto parsed = parse_chime(bytes);
  REQUIRE(std::holds_alternative<ChimePacket>(parsed));
  const auto& packet = std::get<ChimePacket>(parsed);
  CHECK(packet.version == 2);
  CHECK(packet.fpga0_ns == 1'700'000'000'123'456'789);
  CHECK(packet.fpga_count == 384ULL * 16 * 12345);
  CHECK(packet.beam_id(1) == 1001);
  CHECK(packet.coarse_id(3) == 1023);
  CHECK(packet.cell(3, 3).size() == 256);

  made.version = 1;
  made.beams.assign(8, 1);
  CHECK(made.bytes().size() == 8496);  // all of CHIME in version 1
  CHECK(std::holds_alternative<ChimePacket>(parse_chime(made.bytes())));
}

TEST_CASE("the end of a stream is 24 bytes, a 1 and zeros", "[ingest][packets][chime]") {
  Bytes end(24);
  end[0] = std::byte{1};
  CHECK(std::holds_alternative<ChimeEnd>(parse_chime(end)));
  end[23] = std::byte{1};
  CHECK(refused(end).fault == PacketFault::nothing);
  end[23] = std::byte{0};
  end.push_back(std::byte{0});
  CHECK(refused(end).fault == PacketFault::nothing);
}

TEST_CASE("what a packet cannot be is refused with a sentence", "[ingest][packets][chime]") {
  struct Row {
    std::string name;
    Bytes bytes;
    PacketFault fault;
    std::string sentence;
  };
  const auto spoilt = [](auto change) {
    ChimeBytes made;
    made.coarse = {0, 1};
    change(made);
    return made.bytes();
  };
  Bytes longer = golden;
  longer.push_back(std::byte{0});
  const std::vector<Row> rows{
      {"three spectra", spoilt([](auto& p) { p.samples = 3; }), PacketFault::wrong_block,
       "byte 30: found 3 spectra in a packet, expected a power of two, at most 1024"},
      {"no spectra", spoilt([](auto& p) { p.samples = 0; }), PacketFault::wrong_block,
       "byte 30: found 0 spectra in a packet, expected a power of two, at most 1024"},
      {"2048 spectra", spoilt([](auto& p) { p.samples = 2048; }), PacketFault::wrong_block,
       "byte 30: found 2048 spectra in a packet, expected a power of two, at most 1024"},
      {"misaligned clock", spoilt([](auto& p) { p.fpga_count = 384; }), PacketFault::off_grid,
       "byte 16: found a clock of 384, expected a multiple of 1536 ticks from the first"},
      {"one byte more", longer, PacketFault::wrong_length,
       "byte 0: found 97 bytes, expected 96, as the header says"},
      {"negative size", spoilt([](auto& p) { p.data_nbytes = -8; }), PacketFault::wrong_size,
       "byte 4: found a data size of -8 bytes, expected 8, the product of the counts"},
      {"another size", spoilt([](auto& p) { p.data_nbytes = 9; }), PacketFault::wrong_size,
       "byte 4: found a data size of 9 bytes, expected 8, the product of the counts"},
      {"channel 1024", spoilt([](auto& p) {
         p.coarse = {5, 1024};
       }),
       PacketFault::outside_band, "byte 36: found channel 1024, expected a number below 1024"},
      {"version 3", spoilt([](auto& p) { p.version = 3; }), PacketFault::wrong_version,
       "byte 0: found version 0x3, expected 0x2"},
      {"no beams", spoilt([](auto& p) { p.beams = {}; }), PacketFault::nothing,
       "byte 24: found a count of 0, expected at least 1"},
      {"no channels", spoilt([](auto& p) { p.coarse = {}; }), PacketFault::nothing,
       "byte 26: found a count of 0, expected at least 1"},
      {"no channels in a coarse one", spoilt([](auto& p) { p.up = 0; }), PacketFault::nothing,
       "byte 28: found a count of 0, expected at least 1"},
      {"no ticks in a sample", spoilt([](auto& p) { p.counts_per_sample = 0; }),
       PacketFault::nothing, "byte 6: found a count of 0, expected at least 1"},
      {"9001 bytes", Bytes(9001), PacketFault::too_long,
       "byte 0: found a datagram of 9001 bytes, expected at most 9000"},
      {"nothing at all",
       {},
       PacketFault::too_short,
       "byte 0: found a datagram of 0 bytes, expected at least 24"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Refused why = refused(row.bytes);
    CHECK(name(why.fault) == name(row.fault));
    CHECK(sentence(why) == row.sentence);
  }
  // A version 2 packet is none of version 1.
  Bytes other = golden;
  other[0] = std::byte{2};
  CHECK(std::holds_alternative<Refused>(parse_chime(other)));
}

TEST_CASE("no part of a packet is a packet", "[ingest][packets][chime][property]") {
  ChimeBytes made;
  made.beams = {1, 2, 3};
  made.coarse = {7, 8};
  made.up = 4;
  for (const std::uint32_t version : {1U, 2U}) {
    made.version = version;
    const Bytes whole = made.bytes();
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      REQUIRE(std::holds_alternative<Refused>(parse_chime(part)));
    }
    REQUIRE(std::holds_alternative<ChimePacket>(parse_chime(whole)));
  }
}

}  // namespace draftstream
