// Packets of several beams, lost ones, restarts. Runs the real executable.
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

TEST_CASE("two beams in one stream of packets are searched side by side",
          "[app][live][packets][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const auto replayed = test::run_draftstream(
      {"replay", sky(5), sky(7), "-o", folder.file("replay"), "--dm", "0:600", "--quiet"});
  REQUIRE(replayed.status == 0);
  const std::vector<std::vector<std::uint8_t>> values{stored_samples(sky(5)),
                                                      stored_samples(sky(7))};
  Live live{
      fmt::format("udp+chime://127.0.0.1:0?{}&format=u8", chime_options), out, {"--threads", "2"}};
  UdpPeer peer{live.address, "127.0.0.1", test::udp_room()};
  for (std::size_t first = 0; first < samples; first += block) {
    for (std::size_t channel = 0; channel < channels; channel += coarse) {
      peer.send(chime_packet(values, {5, 7}, 2, first, channel));
    }
  }
  peer.send(chime_end());
  const auto result = live.end_after_one();
  CAPTURE(result.err);
  CHECK(result.status == 143);
  CHECK(rows(out + "/candidates.csv", 2) == rows(folder.file("replay/candidates.csv"), 2));
  const auto summary = summary_of(out);
  CHECK(summary.at("beams").size() == 2);
  for (const auto& beam : summary.at("beams")) {
    CHECK(beam.at("status") == "complete");
    CHECK(beam.at("ledger").at("expected") == samples);
    CHECK(beam.at("ledger").at("balanced") == true);
  }
}

TEST_CASE("lost packets are in the ledger; a clock set back is another folder",
          "[app][live][packets][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  const std::vector<std::vector<std::uint8_t>> beams{stored_samples(sky())};
  Live live{fmt::format("udp+chime://127.0.0.1:0?{}&format=u8", chime_options), out};
  UdpPeer peer{live.address, "127.0.0.1", test::udp_room()};
  std::uint64_t cells_lost = 0;
  std::uint64_t spectra_lost = 0;
  for (const std::size_t from : {samples, std::size_t{0}}) {
    for (std::size_t first = 0; first < samples; first += block) {
      // The first time, of each 10th block two packets, and of each 50th all.
      const bool all = first / block % 50 == 49;
      const bool some = first / block % 10 == 3;
      for (std::size_t channel = 0; channel < channels; channel += coarse) {
        if (from > 0 && (all || (some && channel < 2 * coarse))) {
          cells_lost += coarse;
          continue;
        }
        Bytes packet = chime_packet(beams, {5}, 2, first, channel);
        const std::uint64_t count = (first + from) * 1000;
        std::memcpy(packet.data() + 16, &count, sizeof count);
        peer.send(packet);
      }
      if (from > 0 && all) spectra_lost += first + block < samples ? block : 0;
    }
  }
  peer.send(chime_end());
  REQUIRE(live.program.wait_for("results are in " + folder.file("out/obs")) == "_0002");
  live.program.signal(SIGTERM);
  const auto result = live.program.wait();
  CAPTURE(result.err);
  CHECK(result.status == 143);
  check_is_reference(folder.file("out/obs_0002"));

  const auto first = summary_of(out);
  CHECK(first.at("status") == "complete");
  CHECK(first.at("ledger").at("balanced") == true);
  // The last block never came: who should know of it?
  CHECK(first.at("ledger").at("expected") == samples - block);
  CHECK(first.at("ledger").at("missing") == spectra_lost);
  CHECK(first.at("packets").at("cells").at("missing") == cells_lost - channels);
  CHECK(first.at("packets").at("spectra").at("lost") == spectra_lost);
  CHECK(first.at("packets").at("spectra").at("partial") == samples / 10);
  CHECK(first.at("warnings").size() == 1);
}

TEST_CASE("URLs of packets that make no stream are refused before anything else",
          "[app][live][packets][usage]") {
  struct Row {
    std::string url;
    int status;
    const char* says;
  };
  const auto row = GENERATE(values<Row>({
      {"udp+chim://127.0.0.1:0", 2, "no such kind of packets"},
      {"udp+chime://127.0.0.1:0?top_mh=3", 2, "the nearest one is top_mhz"},
      {"udp+spead://127.0.0.1:0?channels=64", 2,
       "found no clock_hz, no fch1_mhz, no foff_mhz, no sync_ns, no ticks_per_sample"},
      {"udp+chime://192.0.2.1:0", 78, "found an address that cannot be listened at"},
      {"udp+chime://127.0.0.1:0?timeout_s=never", 2, "timeout_s = 'never'"},
  }));
  CAPTURE(row.url);
  const TemporaryFolder folder;
  const auto result = test::run_draftstream({"live", row.url, "-o", folder.file("out")});
  CAPTURE(result.err);
  CHECK(result.status == row.status);
  CHECK_THAT(result.err, ContainsSubstring(row.says));
}
