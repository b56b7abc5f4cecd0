// SPEAD-64-48 packets and their heaps.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "ingest/packets/spead_heaps.hpp"
#include "ingest/packets/spead_packet.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::Bytes;
using test::spead_bytes;
using test::spead_piece;
using Added = SpeadHeaps::Added;

// Written by spead2: a heap of 32 bytes in two packets, a stop, a descriptor.
const Bytes first_piece = test::from_hex(
    "5304020600000008 8001000000000042 8002000000000020 8003000000000000 8004000000000018 "
    "9600000102030405 9601000000000007 c103000000000080 1603000000000000 "
    "000102030405060708090a0b0c0d0e0f1011121314151617");
const Bytes second_piece = test::from_hex(
    "5304020600000008 8001000000000042 8002000000000020 8003000000000018 8004000000000008 "
    "9600000102030405 9601000000000007 c103000000000080 1603000000000000 18191a1b1c1d1e1f");
const Bytes stop = test::from_hex(
    "5304020600000006 8001000000000099 8002000000000001 8003000000000000 8004000000000001 "
    "8006000000000002 0000000000000000 00");
const Bytes descriptor = test::from_hex(
    "5304020600000005 8001000000000041 8002000000000061 8003000000000000 8004000000000061 "
    "0005000000000000 5304020600000009 8001000000000001 8002000000000011 8003000000000000 "
    "8004000000000011 8014000000001600 0010000000000000 0011000000000009 001300000000000e "
    "0012000000000011 74696d657374616d70 7469636b73 750030");

SpeadPacket good(const Bytes& bytes) {
  const auto parsed = parse_spead(bytes);
  REQUIRE(std::holds_alternative<SpeadPacket>(parsed));
  return std::get<SpeadPacket>(parsed);
}

Refused refused(const Bytes& bytes) {
  const auto parsed = parse_spead(bytes);
  REQUIRE(std::holds_alternative<Refused>(parsed));
  return std::get<Refused>(parsed);
}

Added added(SpeadHeaps& heaps, const Bytes& bytes) {
  const auto result = heaps.add(good(bytes));
  REQUIRE(std::holds_alternative<Added>(result));
  return std::get<Added>(result);
}

PacketFault not_added(SpeadHeaps& heaps, const Bytes& bytes) {
  const auto result = heaps.add(good(bytes));
  REQUIRE(std::holds_alternative<Refused>(result));
  return std::get<Refused>(result).fault;
}

// A function of the heap and the byte.
Bytes heap_bytes(std::uint64_t heap, std::size_t length) {
  Bytes bytes(length);
  for (std::size_t i = 0; i < length; ++i) {
    bytes[i] = static_cast<std::byte>(heap * 31 + i * 7 + i / 251);
  }
  return bytes;
}

}  // namespace

TEST_CASE("golden SPEAD packets have their fields", "[ingest][packets][spead]") {
  REQUIRE(first_piece.size() == 96);
  REQUIRE(second_piece.size() == 80);
  const SpeadPacket packet = good(first_piece);
  CHECK(packet.heap_count == 0x42);
  CHECK(packet.heap_length == 32);
  CHECK(packet.payload_offset == 0);
  CHECK(packet.payload.size() == 24);
  CHECK_FALSE(packet.stream_control.has_value());
  REQUIRE(packet.items() == 8);
  CHECK(packet.item(4) == SpeadItem{0x1600, true, 0x0102030405});
  CHECK(packet.item(5) == SpeadItem{0x1601, true, 7});
  CHECK(packet.item(6) == SpeadItem{0x4103, true, 128});
  CHECK(packet.item(7) == SpeadItem{0x1603, false, 0});
  CHECK(good(second_piece).payload_offset == 24);
  CHECK(good(second_piece).payload.front() == std::byte{0x18});
  CHECK(stop.size() == 57);
  CHECK(good(stop).stream_control == 2);
  CHECK(descriptor.size() == 145);
  CHECK(good(descriptor).item(4) == SpeadItem{spead_id::descriptor, false, 0});
}

TEST_CASE("what a SPEAD packet cannot be is refused with a sentence", "[ingest][packets][spead]") {
  struct Row {
    std::string name;
    Bytes bytes;
    std::string sentence;
  };
  const auto with = [](std::size_t at, unsigned value) {
    Bytes bytes = first_piece;
    bytes[at] = static_cast<std::byte>(value);
    return bytes;
  };
  const std::vector<Row> rows{
      {"nothing", {}, "byte 0: found a datagram of 0 bytes, expected at least 8"},
      {"another protocol", with(0, 0x54),
       "byte 0: found the value 0x54, expected 0x53, or it is another protocol"},
      {"version 5", with(1, 5), "byte 1: found version 0x5, expected 0x4"},
      {"SPEAD-64-40, ids", with(2, 3), "byte 2: found version 0x3, expected 0x2"},
      {"SPEAD-64-40, addresses", with(3, 5), "byte 3: found version 0x5, expected 0x6"},
      {"65288 items", with(6, 0xff),
       "byte 6: found a datagram of 96 bytes, expected at least 522312"},
      {"payload beyond the datagram", with(39, 0x19),
       "byte 0: found 96 bytes, expected 97, as the header says"},
      {"payload beyond the heap", with(31, 9), "byte 0: found an end at 33, expected at most 32"},
      {"no heap count", with(9, 0x11),
       "byte 8: found 8 items without one that is needed, expected item 0x1"},
      {"no heap length", with(17, 0x12),
       "byte 8: found 8 items without one that is needed, expected item 0x2"},
      {"no offset", with(25, 0x13),
       "byte 8: found 8 items without one that is needed, expected item 0x3"},
      {"no payload length", with(33, 0x14),
       "byte 8: found 8 items without one that is needed, expected item 0x4"},
      {"a heap count that is an address", with(8, 0x00),
       "byte 8: found 8 items without one that is needed, expected item 0x1"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK_THAT(sentence(refused(row.bytes)), ContainsSubstring(row.sentence));
  }
  for (const Bytes& whole : {first_piece, descriptor, stop}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      refused(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    }
  }
}

TEST_CASE("heaps come together in any order", "[ingest][packets][spead]") {
  for (const bool turned : {false, true}) {
    SpeadHeaps heaps{{}};
    CHECK(added(heaps, turned ? second_piece : first_piece) == Added::piece);
    CHECK(added(heaps, turned ? second_piece : first_piece) == Added::duplicate);
    CHECK(added(heaps, turned ? first_piece : second_piece) == Added::complete);
    const SpeadHeap& heap = heaps.completed();
    CHECK(heap.count() == 0x42);
    CHECK(heap.immediate(0x1600) == 0x0102030405);
    CHECK(heap.immediate(0x1601) == 7);
    CHECK_FALSE(heap.immediate(0x1603).has_value());  // an address, no value
    CHECK_FALSE(heap.addressed(0x1600).has_value());
    REQUIRE(heap.addressed(0x1603).has_value());
    const auto data = *heap.addressed(0x1603);
    REQUIRE(data.size() == 32);
    for (std::size_t i = 0; i < 32; ++i) CHECK(std::to_integer<std::size_t>(data[i]) == i);
    // What comes again of it afterwards begins no heap.
    CHECK(added(heaps, first_piece) == Added::duplicate);
    CHECK(heaps.incomplete() == 0);
  }
}

TEST_CASE("an item ends where the next begins", "[ingest][packets][spead]") {
  SpeadHeaps heaps{{}};
  const Bytes payload = heap_bytes(3, 50);
  const Bytes packet = spead_piece(3, payload, 0, 50,
                                   {{false, 0x5001, 30}, {false, 0x5000, 0}, {false, 0x5002, 45}});
  REQUIRE(added(heaps, packet) == Added::complete);
  const SpeadHeap& heap = heaps.completed();
  CHECK(heap.addressed(0x5000)->size() == 30);
  CHECK(heap.addressed(0x5001)->size() == 15);
  CHECK(heap.addressed(0x5002)->size() == 5);
  CHECK(heap.addressed(0x5001)->front() == payload[30]);
  CHECK(heap.items() == 3);
  CHECK(not_added(heaps, spead_piece(4, payload, 0, 50, {{false, 0x5000, 51}})) ==
        PacketFault::outside_heap);
}

TEST_CASE("the oldest incomplete heap gives way", "[ingest][packets][spead]") {
  SpeadHeaps heaps{{2, 1000}};
  const Bytes payload = heap_bytes(0, 20);
  const auto half = [&payload](std::uint64_t heap, std::size_t offset) {
    return spead_piece(heap, payload, offset, 10, {});
  };
  CHECK(added(heaps, half(1, 0)) == Added::piece);
  CHECK(added(heaps, half(2, 0)) == Added::piece);
  CHECK(heaps.incomplete() == 0);
  CHECK(added(heaps, half(3, 0)) == Added::piece);  // heap 1 is given up
  CHECK(heaps.incomplete() == 1);
  CHECK(added(heaps, half(2, 10)) == Added::complete);
  CHECK(added(heaps, half(1, 10)) == Added::piece);  // in the place of heap 2
  CHECK(heaps.incomplete() == 1);
  CHECK(added(heaps, half(3, 10)) == Added::complete);
  heaps.clear();
  CHECK(heaps.incomplete() == 2);
  CHECK(added(heaps, half(3, 0)) == Added::piece);  // forgotten: begins again

  CHECK(not_added(heaps, spead_piece(3, heap_bytes(0, 21), 0, 10, {})) ==
        PacketFault::changed_heap);
  CHECK(not_added(heaps, spead_piece(9, heap_bytes(0, 1001), 0, 10, {})) == PacketFault::huge_heap);
}

TEST_CASE("pieces, overlaps and repetitions make the heap", "[ingest][packets][spead][property]") {
  std::mt19937 random{20231114};
  const auto up_to = [&random](std::size_t most) { return random() % (most + 1); };
  SpeadHeaps heaps{{3, 5000}};
  std::uint64_t count = 0;
  for (int round = 0; round < 300; ++round) {
    // Three heaps at a time, cut up anew for each copy, so that pieces overlap; all mixed.
    struct Piece {
      std::uint64_t heap;
      std::size_t offset;
      std::size_t length;
    };
    std::vector<Piece> pieces;
    std::vector<Bytes> payloads;
    for (std::uint64_t heap = 0; heap < 3; ++heap) {
      const std::size_t length = 1 + up_to(400);
      payloads.push_back(heap_bytes(count + heap, length));
      for (int copy = 0; copy < 2; ++copy) {
        for (std::size_t at = 0; at < length;) {
          const std::size_t size = std::min(1 + up_to(90), length - at);
          pieces.push_back({heap, at, size});
          at += size;
        }
      }
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    std::vector<std::vector<bool>> there;
    for (const Bytes& payload : payloads) there.emplace_back(payload.size(), false);
    std::size_t completed = 0;
    for (const Piece& piece : pieces) {
      std::vector<bool>& have = there[piece.heap];
      const bool was_whole = std::find(have.begin(), have.end(), false) == have.end();
      bool is_new = false;
      for (std::size_t i = piece.offset; i < piece.offset + piece.length; ++i) {
        is_new = is_new || !have[i];
        have[i] = true;
      }
      const bool whole = std::find(have.begin(), have.end(), false) == have.end();
      const Added expected = whole && !was_whole ? Added::complete
                             : is_new            ? Added::piece
                                                 : Added::duplicate;
      const Bytes& payload = payloads[piece.heap];
      REQUIRE(added(heaps, spead_piece(count + piece.heap, payload, piece.offset, piece.length,
                                       {{true, 0x1600, 77}})) == expected);
      if (expected == Added::complete) {
        ++completed;
        const auto seen = heaps.completed().payload();
        REQUIRE(std::equal(seen.begin(), seen.end(), payload.begin(), payload.end()));
      }
    }
    REQUIRE(completed == 3);
    count += 3;
  }
  CHECK(heaps.incomplete() == 0);
}

}  // namespace draftstream
