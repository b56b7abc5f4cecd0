// Packets in, the candidates of the recording out that they were made of. Runs the real executable.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/app/packet_sky.hpp"

using namespace draftstream;
using namespace test::packet_sky;
using test::Bytes;
using test::rows;
using test::TemporaryFolder;
using test::UdpPeer;

TEST_CASE("live finds in CHIME's packets what replay finds", "[app][live][packets][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const std::vector<std::vector<std::uint8_t>> beams{stored_samples(sky())};
  const std::uint32_t version = GENERATE(1U, 2U);
  const std::string format = GENERATE("u8", "f32");
  CAPTURE(version, format);
  Live live{fmt::format("udp+chime://127.0.0.1:0?{}&format={}{}", chime_options, format,
                        version == 1 ? fmt::format("&frame0_ns={}", start_ns) : ""),
            out};
  UdpPeer peer{live.address, "127.0.0.1", test::udp_room()};
  for (std::size_t first = 0; first < samples; first += block) {
    for (std::size_t channel = 0; channel < channels; channel += coarse) {
      peer.send(chime_packet(beams, {5}, version, first, channel));
    }
  }
  for (int i = 0; i < 5; ++i) peer.send(chime_end());
  const auto result = live.end_after_one();
  CAPTURE(result.err);
  CHECK(result.status == 143);
  check_is_reference(out, format == "f32" ? Stored::floats : Stored::bytes);
  CHECK(summary_of(out).at("warnings").empty());
}

TEST_CASE("live finds in SPEAD's heaps what replay finds", "[app][live][packets][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const auto values = stored_samples(sky());
  constexpr std::size_t heap = 64;  // samples
  Live live{fmt::format("udp+spead://127.0.0.1:0?channels=64&heap_samples={}&heap_channels={}"
                        "&samples=u8&clock_hz=1000000&ticks_per_sample=1000&sync_ns={}"
                        "&fch1_mhz=1497.65625&foff_mhz=-4.6875",
                        heap, coarse, start_ns),
            out};
  UdpPeer peer{live.address, "127.0.0.1", test::udp_room()};
  std::uint64_t count = 7;
  for (std::size_t first = 0; first < samples; first += heap) {
    for (std::size_t channel = 0; channel < channels; channel += coarse, count += 3) {
      Bytes data;
      for (std::size_t t = first; t < first + heap; ++t) {
        for (std::size_t c = channel; c < channel + coarse; ++c) {
          data.push_back(static_cast<std::byte>(values[t * channels + c]));
        }
      }
      const std::vector<test::SpeadPointer> items{{true, 0x1600, first * 1000},
                                                  {true, 0x5555, 5},
                                                  {true, 0x4103, channel},
                                                  {false, 0x5556, 0}};
      peer.send(test::spead_piece(count, data, 700, data.size() - 700, items));
      peer.send(test::spead_piece(count, data, 0, 700, items));
    }
  }
  peer.send(test::spead_bytes(
      {{true, 1, count}, {true, 2, 1}, {true, 3, 0}, {true, 4, 1}, {true, 6, 2}}, Bytes(1)));
  const auto result = live.end_after_one();
  CAPTURE(result.err);
  CHECK(result.status == 143);
  check_is_reference(out);
  CHECK(summary_of(out).at("packets").at("pieces") == samples / heap * 4);
}

TEST_CASE("live finds in packets of other headers what replay finds", "[app][live][packets][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const auto values = stored_samples(sky());
  const std::string band = "&fch1_mhz=1497.65625&foff_mhz=-4.6875&timeout_s=4";
  SECTION("of LWA, parts of the band from four servers") {
    Live live{fmt::format("udp+pbeam://127.0.0.1:0?servers=4&packet_channels=16&averaged=24"
                          "&clock_hz=24000&epoch_ns={}{}",
                          start_ns, band),
              out};
    UdpPeer peer{live.address, "127.0.0.1", test::udp_room()};
    for (std::size_t t = 0; t < samples; ++t) {
      for (std::uint8_t server = 0; server < 4; ++server) {
        // server, beam (from 1), gbe, nchan, nbeam, nserver, navg, chan0, seq
        Bytes packet = test::from_hex("00 05 00 10 01 04 0018 0000");
        packet[0] = static_cast<std::byte>(server + 1);
        test::add_big(packet, 24 * t, 8);
        for (std::size_t c = 0; c < 16; ++c) {
          const auto value = static_cast<float>(values[t * channels + 16 * server + c]);
          for (const float one : {value - 3.0F, 3.0F, 17.0F, -4.0F}) test::add(packet, one);
        }
        peer.send(packet);
      }
    }
    const auto result = live.end_after_one();
    CAPTURE(result.err);
    CHECK(result.status == 143);
    check_is_reference(out, Stored::floats);
  }
  SECTION("described by options") {
    constexpr std::size_t block_samples = 8;
    Live live{fmt::format("udp+counter://127.0.0.1:0?header_bytes=12&counter=4:4:be&group_field=0:2"
                          "&beam_field=8:1:le:1:5&checks=3:1=77&groups=4&packet_channels=16"
                          "&packet_samples={}&order=channel_time&clock_hz=125&epoch_ns={}{}",
                          block_samples, start_ns, band),
              out};
    UdpPeer peer{live.address, "127.0.0.1", test::udp_room()};
    for (std::size_t first = 0; first < samples; first += block_samples) {
      for (std::uint16_t group = 0; group < 4; ++group) {
        Bytes packet;
        test::add(packet, group);
        packet.push_back(std::byte{0});
        packet.push_back(std::byte{77});
        test::add_big(packet, first / block_samples, 4);
        packet.push_back(static_cast<std::byte>(5 << 1 | 0x81));
        packet.resize(12);
        for (std::size_t c = 16U * group; c < 16U * group + 16U; ++c) {
          for (std::size_t t = first; t < first + block_samples; ++t) {
            packet.push_back(static_cast<std::byte>(values[t * channels + c]));
          }
        }
        peer.send(packet);
      }
    }
    const auto result = live.end_after_one();
    CAPTURE(result.err);
    CHECK(result.status == 143);
    check_is_reference(out);
  }
}

TEST_CASE("live finds in FAST's packets what replay finds", "[app][live][packets][e2e]") {
  constexpr std::size_t wide = 4096;
  constexpr std::size_t few = 2000;  // samples
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const std::string path = simulate_fast(folder);
  const auto expected = fast_rows(folder, path);
  const auto recording = open_recording(path);
  Bytes values(few * wide);
  recording->read(0, values);
  Live live{fmt::format("udp+fast://127.0.0.1:0?fch1_mhz={:.17g}&foff_mhz={:.17g}&clock_hz=1000"
                        "&epoch_ns={}&timeout_s=4",
                        recording->observation().frequency.first().value(),
                        recording->observation().frequency.step().value(), start_ns),
            out,
            {"--no-networks"},
            "0:100"};
  UdpPeer peer{live.address, "127.0.0.1", test::udp_room()};
  for (std::uint64_t counter = 0; counter < 2 * few; ++counter) {
    Bytes packet;
    test::add(packet, counter | std::uint64_t{5} << 57U);  // beam 5, power
    for (std::size_t c = counter % 2 * 2048; c < counter % 2 * 2048 + 2048; ++c) {
      const auto value = std::to_integer<unsigned>(values[counter / 2 * wide + c]);
      packet.push_back(static_cast<std::byte>(value / 3));
      packet.push_back(static_cast<std::byte>(value - value / 3));
    }
    peer.send(packet);
  }
  const auto result = live.end_after_one();
  CAPTURE(result.err);
  CHECK(rows(out + "/candidates.csv", 2) == expected);
  CHECK(summary_of(out).at("ledger").at("expected") == few);
  CHECK(summary_of(out).at("packets").at("cells").at("missing") == 0);
}
