// Planned faults: what is told of them against what was sent, and against what a receiver counts.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "ingest/live/packet_options.hpp"
#include "ingest/packets/packet_assembler.hpp"
#include "replay/planned_faults.hpp"
#include "tests/replay/sent_packets.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using test::Band;
using test::send_all;
using test::Sent;

namespace {

using Datagrams = std::vector<std::vector<std::byte>>;

const std::string chime = "udp+chime://127.0.0.1:1?packet_samples=8&packet_coarse=1&packet_beams=1";
const std::string spead = "udp+spead://127.0.0.1:1?heap_samples=8&heap_channels=4&packet_bytes=88";
const std::string counter =
    "udp+counter://127.0.0.1:1?header_bytes=8&counter=0:7&beam_field=7:1&groups=1"
    "&packet_channels=8&packet_samples=4&counter_step=4";
const std::vector<Band> two_beams{{.samples = 4000, .beam = 3}, {.samples = 4000, .beam = 5}};

std::uint64_t count(const Sent& sent, PacketFate fate) {
  return sent.result.line.fates[static_cast<std::size_t>(fate)];
}

// What the product's receiver makes of it, all observations together.
PacketCounts receive(const Sent& sent) {
  PacketAssembler assembler{make_packet_format(parse_packet_url(sent.stream.url.describe())),
                            {},
                            [](const FinishedSlot&) {}};
  AssemblyCounts cells;
  const auto end = [&] { cells += assembler.assembled(); };
  for (const auto& datagram : sent.datagrams) {
    Assembly became = assembler.take(datagram);
    while (became == Assembly::ended) {
      end();
      became = assembler.resume();
    }
  }
  if (assembler.finish() == Assembly::ended) end();
  PacketCounts counts = assembler.counts();
  counts.assembled = cells;
  return counts;
}

BeamAccount all_beams(const Sent& sent) {
  BeamAccount sum;
  for (const auto& observation : sent.result.line.observations) {
    for (const BeamAccount& beam : observation.beams) {
      sum.cells_expected += beam.cells_expected;
      sum.cells_placed += beam.cells_placed;
      sum.cells_missing += beam.cells_missing;
      sum.cells_duplicate += beam.cells_duplicate;
      sum.spectra += beam.spectra;
      sum.spectra_whole += beam.spectra_whole;
      sum.spectra_partial += beam.spectra_partial;
      sum.spectra_lost += beam.spectra_lost;
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("a receiver counts what the plan says", "[replay][faults][property]") {
  const auto url = GENERATE(as<std::string>{}, chime, spead, counter);
  const auto faults = GENERATE(values<std::string>(
      {"", "loss=0.01", "loss=0.3", "cut=0.05", "corrupt=0.1", "duplicate=0.1", "reorder=0.2:12",
       "loss_burst=0.05/0.5", "wrong_stream=0.02", "no_end=yes",
       "loss=0.1,cut=0.02,duplicate=0.05,reorder=0.1:9,corrupt=0.05,loss_burst=0.03/0.7,"
       "wrong_stream=0.01"}));
  const auto seed = GENERATE(1U, 77U);
  CAPTURE(url, faults, seed);
  const Sent sent = send_all(url, two_beams, {faults}, seed);
  const PacketCounts got = receive(sent);
  const LineAccount& line = sent.result.line;
  const BeamAccount told = all_beams(sent);
  CHECK(sent.datagrams.size() == line.sent);
  CHECK(line.sent ==
        line.made - count(sent, PacketFate::lost) - count(sent, PacketFate::lost_in_burst) +
            count(sent, PacketFate::duplicated) + line.stranger_packets + line.end_packets);
  CHECK(line.observations.size() == 1);
  CHECK(got.assembled.cells_expected == told.cells_expected);
  CHECK(got.assembled.cells_placed == told.cells_placed);
  CHECK(got.assembled.cells_missing == told.cells_missing);
  CHECK(got.assembled.spectra == told.spectra);
  CHECK(got.assembled.spectra_whole == told.spectra_whole);
  CHECK(got.assembled.spectra_partial == told.spectra_partial);
  CHECK(got.assembled.spectra_lost == told.spectra_lost);
  if (url != spead) {
    CHECK(got.assembled.cells_duplicate == told.cells_duplicate);
    CHECK(got.wrong_stream == count(sent, PacketFate::followed_by_stranger));
    std::uint64_t cut_and_sent = 0;
    for (const PacketEvent& event : line.events) {
      if (event.fate != PacketFate::cut) continue;
      cut_and_sent +=
          1 + static_cast<std::uint64_t>(std::count_if(
                  line.events.begin(), line.events.end(), [&](const PacketEvent& other) {
                    return other.packet == event.packet && other.fate == PacketFate::duplicated;
                  }));
    }
    CHECK(got.refused_in_all() == cut_and_sent);
  }
  CHECK(got.late + got.far_future + got.stray == 0);
}

TEST_CASE("a clock that is set on leaves a gap, one that is set back begins anew",
          "[replay][faults]") {
  const std::string epoch = "&frame0_ns=1677000000000000000";
  SECTION("on") {
    const Sent sent = send_all(chime + epoch, two_beams, {"clock_jump=2@1.5"});
    const auto told = all_beams(sent);
    CHECK(told.spectra_lost == 2 * 8 * std::uint64_t{244});  // 2 s in blocks of 8.192 ms, two beams
    const auto got = receive(sent);
    CHECK(got.assembled.spectra_lost == told.spectra_lost);
    CHECK(got.assembled.spectra_whole == 2 * 4000);
  }
  SECTION("back, and then further than any gap") {
    const Sent sent = send_all(chime + epoch, two_beams, {"clock_jump=-5@1.5,clock_jump=700@3"});
    CHECK(sent.result.line.observations.size() == 3);
    const auto got = receive(sent);
    CHECK(got.assembled.spectra == all_beams(sent).spectra);
    CHECK(got.assembled.spectra == 2 * 4000);
    CHECK(got.assembled.spectra_lost == 0);
  }
  SECTION("below 0 is refused") {
    CHECK_THROWS_AS(send_all(chime, two_beams, {"clock_jump=-2@1.5"}), ConfigError);
  }
}

TEST_CASE("fates are those of the seed, and independent of each other", "[replay][faults]") {
  const Sent one = send_all(chime, two_beams, {"loss=0.1"}, 5);
  CHECK(one.datagrams == send_all(chime, two_beams, {"loss=0.1"}, 5).datagrams);
  CHECK(one.datagrams != send_all(chime, two_beams, {"loss=0.1"}, 6).datagrams);
  const auto lost = [](const Sent& sent) {
    std::set<std::uint64_t> packets;
    for (const PacketEvent& event : sent.result.line.events) {
      if (event.fate == PacketFate::lost) packets.insert(event.packet);
    }
    return packets;
  };
  const Sent other = send_all(chime, two_beams, {"loss=0.1", "duplicate=0.3,cut=0.1"}, 5);
  CHECK(lost(one) == lost(other));
  const auto made = static_cast<double>(one.result.line.made);
  CHECK(static_cast<double>(lost(one).size()) > 0.08 * made);
  CHECK(static_cast<double>(lost(one).size()) < 0.12 * made);
}

TEST_CASE("packets that are changed are changed as told", "[replay][faults]") {
  const Datagrams plain = send_all(chime, two_beams).datagrams;
  const auto differing = [&](const Sent& sent) {
    REQUIRE(sent.datagrams.size() == plain.size());
    std::vector<std::size_t> packets;
    for (std::size_t i = 0; i < plain.size(); ++i) {
      if (sent.datagrams[i] != plain[i]) packets.push_back(i);
    }
    return packets;
  };
  for (const auto& [fault, fate] : {std::pair{"corrupt=0.1", PacketFate::corrupted},
                                    {"cut=0.1", PacketFate::cut},
                                    {"garble=0.1", PacketFate::garbled}}) {
    const Sent sent = send_all(chime, two_beams, {fault});
    const auto packets = differing(sent);
    std::vector<std::size_t> told;
    for (const PacketEvent& event : sent.result.line.events) told.push_back(event.packet);
    CAPTURE(fault);
    CHECK(packets.size() == count(sent, fate));
    CHECK(packets == told);
    REQUIRE_FALSE(packets.empty());
    for (const std::size_t i : packets) {
      const auto& changed = sent.datagrams[i];
      if (fate == PacketFate::cut) {
        CHECK(changed.size() < plain[i].size());
        CHECK(std::equal(changed.begin(), changed.end(), plain[i].begin()));
      } else {
        REQUIRE(changed.size() == plain[i].size());
      }
      if (fate == PacketFate::corrupted) {
        CHECK(std::equal(changed.begin(), changed.end() - 8, plain[i].begin()));
      }
    }
  }
  const Sent reordered = send_all(chime, two_beams, {"reorder=0.2:7"});
  CHECK(reordered.datagrams != plain);
  CHECK(std::multiset<std::vector<std::byte>>(reordered.datagrams.begin(),
                                              reordered.datagrams.end()) ==
        std::multiset<std::vector<std::byte>>(plain.begin(), plain.end()));
  std::map<std::vector<std::byte>, std::size_t> places;
  for (std::size_t i = 0; i + 5 < plain.size(); ++i) places[plain[i]] = i;
  for (std::size_t i = 0; i + 5 < plain.size(); ++i) {
    const auto was = places.at(reordered.datagrams[i]);
    CHECK((was > i ? was - i : i - was) <= 7);
  }
}

TEST_CASE("faults are read from texts", "[replay][faults]") {
  const std::vector<std::string> texts{"loss=0.25,stall=2@10,no_end=yes", "reorder=0.5:20",
                                       "stall=1.5@3,clock_jump=-5@7,loss_burst=0.05/10"};
  const PlannedFaults faults = parse_faults(texts, 9);
  CHECK(faults.loss == 0.25);
  CHECK(faults.reorder == 0.5);
  CHECK(faults.reorder_by == 20);
  REQUIRE(faults.stalls.size() == 2);
  CHECK(faults.stalls[0].at == Seconds{3.0});  // in order
  CHECK(faults.stalls[0].length == Seconds{1.5});
  CHECK(faults.clock_jumps.at(0).length == Seconds{-5.0});
  CHECK(faults.burst == Seconds{0.05});
  CHECK(faults.burst_every == Seconds{10.0});
  CHECK(faults.no_end);
  CHECK(faults.seed == 9);
  CHECK(faults.of_packets());
  const std::vector<std::string> stall{"stall=1@0"};
  CHECK_FALSE(parse_faults(stall, 1).of_packets());

  struct Row {
    const char* text;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"los=0.1", "fault 'los': found no such fault; the nearest one is loss"},
      {"loss", "fault loss: found no value"},
      {"loss=2", "fault loss: found '2', expected a number from 0 to 1"},
      {"reorder=0.1", "fault reorder: found '0.1', expected PROBABILITY:PACKETS"},
      {"reorder=0.1:0", "fault reorder: found '0'"},
      {"stall=3", "fault stall: found '3', expected SECONDS@AT"},
      {"stall=-3@1", "fault stall: found '-3'"},
      {"loss_burst=5/1", "fault loss_burst: found '5/1', expected SECONDS/EVERY"},
      {"no_end=no", "fault no_end: found 'no', expected yes"},
      {",", "fault ''"},
  }));
  const std::vector<std::string> bad{row.text};
  CHECK_THROWS_WITH(parse_faults(bad, 1), ContainsSubstring(row.message));
  CHECK_THROWS_AS(parse_faults(bad, 1), ConfigError);
}

TEST_CASE("streams that cannot be told apart have no wrong ones", "[replay][faults]") {
  CHECK_THROWS_WITH(send_all("udp+fast://127.0.0.1:1", {{.channels = 4096}}, {"wrong_stream=0.1"}),
                    ContainsSubstring("fault wrong_stream: found udp+fast"));
}
