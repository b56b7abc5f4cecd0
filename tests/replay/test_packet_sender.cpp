// Recordings as packets: bytes against those written by hand, gaps, beams, and the URL for `live`.
#include "replay/packet_sender.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "ingest/live/packet_options.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/replay/sent_packets.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::Band;
using test::BandRecording;
using test::Bytes;
using test::send_all;

namespace {

// 60000.0416... in nanoseconds since 1970.
constexpr std::uint64_t start_ns = (60000ULL - 40587) * 86'400'000'000'000 + 3'600'500'000'000;

std::uint8_t byte_of(std::uint64_t t, std::uint64_t channel, int beam) {
  return static_cast<std::uint8_t>(BandRecording::value(t, channel, beam));
}

// Bytes of one coarse channel: the lowest value is byte 1.
void add_cell(test::ChimeBytes& packet, std::uint64_t first, std::uint64_t channel, int beam) {
  std::vector<std::uint8_t> cell;
  for (std::uint64_t up = 0; up < packet.up; ++up) {
    for (std::uint64_t t = 0; t < packet.samples; ++t) {
      cell.push_back(byte_of(first + t, channel + up, beam));
    }
  }
  const int lowest = *std::min_element(cell.begin(), cell.end());
  for (const int value : cell) {
    packet.data.push_back(static_cast<std::uint8_t>(value - lowest + 1));
  }
  packet.scales.push_back(1.0F);
  packet.offsets.push_back(static_cast<float>(lowest - 1));
}

}  // namespace

TEST_CASE("CHIME packets of two beams are as written by hand", "[replay][packet_sender][chime]") {
  const std::string more = GENERATE("&version=1", "&version=2");
  const auto sent =
      send_all("udp+chime://127.0.0.1:1?coarse_channels=4&packet_coarse=3&packet_samples=8" + more,
               {{.samples = 32, .beam = 7}, {.samples = 32, .beam = 1001}});
  REQUIRE(sent.datagrams.size() == 4 * 2 + 5);  // blocks, packets of each, ends
  std::size_t at = 0;
  for (std::uint64_t block = 0; block < 4; ++block) {
    for (const std::uint16_t first : {std::uint16_t{0}, std::uint16_t{3}}) {
      test::ChimeBytes packet;
      packet.version = more == "&version=1" ? 1 : 2;
      packet.counts_per_sample = 400;  // of 2.56 us
      packet.fpga0_ns = start_ns;
      packet.fpga_count = block * 8 * 400;
      packet.beams = {7, 1001};
      packet.coarse.clear();
      for (std::uint16_t c = first; c < std::min(first + 3, 4); ++c) packet.coarse.push_back(c);
      packet.up = 2;
      packet.samples = 8;
      for (const int beam : {7, 1001}) {
        for (const std::uint16_t c : packet.coarse) {
          add_cell(packet, block * 8, std::uint64_t{2} * c, beam);
        }
      }
      CAPTURE(block, first);
      CHECK(sent.datagrams[at++] == packet.bytes());
    }
  }
  for (; at < sent.datagrams.size(); ++at) {
    CHECK(sent.datagrams[at] ==
          test::from_hex("01000000 0000000000000000 0000000000000000 00000000"));
  }
  CHECK(sent.result.samples == 32);
  CHECK(sent.result.line.end_packets == 5);
  CHECK(sent.result.loss.rounded == 0);
}

TEST_CASE("a band that goes up is sent from its top", "[replay][packet_sender][chime]") {
  const auto sent = send_all("udp+chime://127.0.0.1:1?packet_samples=8&packet_coarse=8",
                             {{.samples = 8, .beam = 2, .ascending = true}});
  test::ChimeBytes packet;
  packet.counts_per_sample = 400;
  packet.fpga0_ns = start_ns;
  packet.beams = {2};
  packet.coarse = {0, 1, 2, 3, 4, 5, 6, 7};
  packet.samples = 8;
  for (std::uint64_t c = 0; c < 8; ++c) add_cell(packet, 0, 7 - c, 2);
  CHECK(sent.datagrams.at(0) == packet.bytes());
}

TEST_CASE("SPEAD heaps are as written by hand", "[replay][packet_sender][spead]") {
  const auto sent = send_all(
      "udp+spead://127.0.0.1:1?heap_samples=4&heap_channels=4&channel_step=4&packet_bytes=84"
      "&sync_ns=" +
          std::to_string(start_ns - 1'024'000'000),
      {{.samples = 11, .beam = 3}});
  // Two heaps of 16 bytes in each of two blocks, two packets a heap; the third block is not full.
  REQUIRE(sent.datagrams.size() == 2 * 2 * 2 + 1);
  std::size_t at = 0;
  std::uint64_t heap = 1;
  for (std::uint64_t block = 0; block < 2; ++block) {
    for (std::uint64_t band = 0; band < 2; ++band, ++heap) {
      Bytes data;
      for (std::uint64_t t = 0; t < 4; ++t) {
        for (std::uint64_t c = 0; c < 4; ++c) {
          data.push_back(static_cast<std::byte>(byte_of(4 * block + t, 4 * band + c, 3)));
        }
      }
      const std::vector<test::SpeadPointer> items{{true, 0x1600, 1000 + 4 * block},
                                                  {true, 0x5555, 3},
                                                  {true, 0x4103, band},
                                                  {false, 0x5556, 0}};
      CHECK(sent.datagrams[at++] == test::spead_piece(heap, data, 0, 12, items));
      CHECK(sent.datagrams[at++] == test::spead_piece(heap, data, 12, 4, items));
    }
  }
  CHECK(sent.datagrams[at].size() == 57);
  CHECK(sent.result.left_out == 3);
  CHECK(sent.result.line.observations.at(0).beams.at(0).spectra == 8);
}

TEST_CASE("packets with counters are as written by hand", "[replay][packet_sender][counter]") {
  SECTION("FAST: two packets a spectrum, two polarisations") {
    const auto sent =
        send_all("udp+fast://127.0.0.1:1", {{.channels = 4096, .samples = 3, .beam = 19}});
    REQUIRE(sent.datagrams.size() == 6);
    for (std::uint64_t packet = 0; packet < 6; ++packet) {
      Bytes made{static_cast<std::byte>(packet)};
      made.resize(7);
      made.push_back(std::byte{19 << 1});
      for (std::uint64_t c = 0; c < 2048; ++c) {
        const std::uint8_t sum = byte_of(packet / 2, packet % 2 * 2048 + c, 19);
        made.push_back(static_cast<std::byte>(sum / 2));
        made.push_back(static_cast<std::byte>(sum - sum / 2));
      }
      CHECK(sent.datagrams[packet] == made);
    }
  }
  SECTION("pbeam: floats") {
    const auto sent = send_all("udp+pbeam://127.0.0.1:1?servers=2&averaged=24",
                               {{.samples = 2, .beam = 4, .format = float_samples}});
    REQUIRE(sent.datagrams.size() == 4);
    Bytes made = test::from_hex("02 04 00 04 00 02 0018 0000 0000000000000018");
    for (std::uint64_t c = 4; c < 8; ++c) {
      test::add(made, static_cast<float>(byte_of(1, c, 4)) + 0.125F);
      for (int i = 0; i < 3; ++i) test::add(made, 0.0F);
    }
    CHECK(sent.datagrams[3] == made);
  }
  SECTION("a profile of one's own") {
    const auto sent = send_all(
        "udp+counter://127.0.0.1:1?header_bytes=8&counter=4:4:be&beam_field=1:1&checks=0:1=170"
        "&groups=1&packet_channels=8&packet_samples=2&counter_step=2&order=channel_time",
        {{.samples = 4, .beam = 9}});
    REQUIRE(sent.datagrams.size() == 2);
    Bytes made = test::from_hex("aa 09 0000 00000002");
    for (std::uint64_t c = 0; c < 8; ++c) {
      for (std::uint64_t t = 2; t < 4; ++t)
        made.push_back(static_cast<std::byte>(byte_of(t, c, 9)));
    }
    CHECK(sent.datagrams[1] == made);
  }
}

TEST_CASE("gaps, and beams that begin later and end earlier", "[replay][packet_sender]") {
  Band whole{.samples = 40, .beam = 0};
  whole.gaps = {{8, 8, Fate::missing}, {20, 3, Fate::missing}};
  Band late{.samples = 16, .beam = 1};
  late.start = whole.start + 16.0 * whole.sample_time;
  SECTION("CHIME masks what is missing in a block, and leaves out blocks of nothing") {
    const auto sent =
        send_all("udp+chime://127.0.0.1:1?packet_samples=8&packet_beams=2", {whole, late});
    // Blocks 0, 2, 3, 4 of beam 0, and 2 and 3 of beam 1, which share packets.
    REQUIRE(sent.datagrams.size() == 4 + 5);
    CHECK(sent.result.line.made == 4);
    // Beams in each packet: u16 at byte 24.
    const std::vector<int> beams{1, 2, 2, 1};
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(std::to_integer<int>(sent.datagrams[i][24]) == beams[i]);
    }
    const auto& account = sent.result.line.observations.at(0);
    CHECK(account.beams[0].spectra == 40);
    CHECK(account.beams[0].spectra_lost == 8);
    CHECK(account.beams[1].spectra_lost == 24);
    // 3 samples of 8 channels of beam 0 in block 2 are masked.
    const auto& packet = sent.datagrams[1];
    const auto masked = std::count(packet.end() - 2 * 64, packet.end() - 64, std::byte{0});
    CHECK(masked == 3 * 8);
    CHECK(sent.result.gap == 11 + 24);
    CHECK(sent.result.left_out == 0);
  }
  SECTION("8-bit heaps cannot say so: blocks with anything missing are left out") {
    const auto sent = send_all("udp+spead://127.0.0.1:1?heap_samples=8", {whole, late});
    CHECK(sent.result.line.made == 3 + 2);
    CHECK(sent.result.left_out == 5);
  }
}

TEST_CASE("the URL for live says what packets do not", "[replay][packet_sender][property]") {
  struct Row {
    const char* url;
    Band band;
  };
  const Band up{.channels = 4096, .samples = 16, .beam = 3, .ascending = true};
  const Band down{.channels = 4096, .samples = 16, .beam = 3};
  const Band odd{.channels = 4096, .samples = 16, .beam = 3, .sample_time = Seconds{6.5536e-5}};
  const std::vector<Row> table{
      {"udp+chime://127.0.0.1:1?version=1", up},
      {"udp+chime://127.0.0.1:1?frame0_ns=1600000000000000000", odd},
      {"udp+chime://127.0.0.1:1?clock_hz=1000000&packet_samples=1", down},
      {"udp+spead://127.0.0.1:1?ticks_per_sample=4096&sync_ns=1677000000000000000", up},
      {"udp+spead://127.0.0.1:1", odd},
      {"udp+fast://127.0.0.1:1?epoch_ns=1677000000000000000", down},
      {"udp+pbeam://127.0.0.1:1?averaged=24", up},
      {"udp+counter://127.0.0.1:1?header_bytes=8&counter=0:8&groups=2&packet_channels=2048"
       "&packet_samples=4&counter_step=4",
       odd},
  };
  for (const Row& row : table) {
    CAPTURE(row.url);
    const auto sent = send_all(row.url, {row.band});
    const BandRecording recording{row.band};
    const Observation& seen = recording.observation();
    const auto format = make_packet_format(parse_packet_url(sent.stream.url.describe()));
    bool began = false;
    for (const auto& datagram : sent.datagrams) {
      const auto looked = format->look(datagram);
      REQUIRE(std::holds_alternative<Datagram>(looked));
      if (std::get<Datagram>(looked) != Datagram::unit) continue;
      const Observation got = format->begin().beams.at(0);
      CHECK(got.time.sample_time == seen.time.sample_time);
      CHECK(got.frequency.channels() == seen.frequency.channels());
      const bool turned = sent.stream.turned;
      CHECK(got.frequency.first() == (turned ? seen.frequency.highest() : seen.frequency.first()));
      CHECK(got.frequency.lowest() == seen.frequency.lowest());
      CHECK(std::abs((got.time.start - seen.time.start).value()) <
            (sent.stream.warnings.empty() ? 1e-9 : 0.01));
      began = true;
      break;
    }
    CHECK(began);
  }
}

TEST_CASE("what does not fit a recording is refused", "[replay][packet_sender]") {
  struct Row {
    std::string url;
    std::string message;
  };
  const std::string udp = "://127.0.0.1:1?";
  const std::vector<Row> table{
      {"udp+chime" + udp + "coarse_channels=3", "found 3 coarse channels, expected as many as"},
      {"udp+chime" + udp + "packet_coarse=8&packet_samples=1024&packet_beams=2",
       "found packets of 2 beams, 8"},
      {"udp+chime" + udp + "packet_samples=12", "a power of two"},
      {"udp+chime" + udp + "clock_hz=1000", "found samples of 0.001 s, expected 0.001024 s"},
      {"udp+chime" + udp + "top_mhz=1500", "found channels from"},
      {"udp+chime" + udp + "frame0_ns=1800000000000000000", "found frame0_ns = 18000000000"},
      {"udp+spead" + udp + "channels=16", "found a band of 16 channels, expected 8"},
      {"udp+spead" + udp + "fch1_mhz=1200", "found channels from 1200"},
      {"udp+spead" + udp + "sync_ns=0&clock_hz=1000000000/1024&ticks_per_sample=1000",
       "at most 48 bits"},
      {"udp+spead" + udp + "heap_channels=3", "found heaps of 3 channels"},
      {"udp+fast" + udp, "found a band of 8 channels, expected 4096"},
      {"udp+counter" + udp + "groups=1", "found no counter, no header_bytes, no packet_channels"},
  };
  for (const Row& row : table) {
    CAPTURE(row.url);
    CHECK_THROWS_WITH(send_all(row.url, {Band{}}), ContainsSubstring(row.message));
    CHECK_THROWS_AS(send_all(row.url, {Band{}}), ConfigError);
  }
  CHECK_THROWS_WITH(send_all("udp+fast" + udp, {{.channels = 4096, .beam = 32}}),
                    ContainsSubstring("found beam 32, expected at most 31"));
  CHECK_THROWS_WITH(send_all("udp+chime" + udp, {Band{}, {.sample_time = Seconds{0.002}}}),
                    ContainsSubstring("found samples of 0.002 s, expected 0.001024 s"));
}

TEST_CASE("what packets cannot hold is counted", "[replay][packet_sender]") {
  const auto sent =
      send_all("udp+spead://127.0.0.1:1?samples=i8&heap_samples=64", {{.format = float_samples}});
  std::uint64_t clipped = 0;
  for (std::uint64_t t = 0; t < 64; ++t) {
    for (std::uint64_t c = 0; c < 8; ++c) clipped += byte_of(t, c, 0) >= 127 ? 1 : 0;
  }
  CHECK(sent.result.loss.clipped == clipped);
  CHECK(sent.result.loss.rounded == 64 * 8 - clipped);
  CHECK(sent.result.loss.worst == 0.125F);
}
