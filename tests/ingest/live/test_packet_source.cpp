// Packets through a socket into rings: every cell in its place, every loss in the accounts.
#include "ingest/live/packet_source.hpp"

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/ingest/packets/packet_identities.hpp"
#include "tests/ingest/stream_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/udp_peer.hpp"

using namespace draftstream;
using test::Bytes;
using test::check_identities;
using test::UdpPeer;

namespace {

constexpr std::size_t coarse_channels = 8;
constexpr std::size_t up = 2;
constexpr std::size_t channels = coarse_channels * up;
constexpr std::size_t block_samples = 4;
constexpr std::size_t packets_a_block = coarse_channels / 2;
constexpr std::uint64_t epoch_ns = 1'700'000'000'000'000'000;
const std::vector<std::uint16_t> beam_ids{5, 1000};

// Byte of a sample: 1 to 254, another one for its neighbours.
std::uint8_t code(unsigned beam, std::uint64_t sample, std::size_t channel) {
  return static_cast<std::uint8_t>(1 + (beam * 57 + sample * 29 + channel * 7) % 254);
}

// Two coarse channels, from `first` on, of one beam.
Bytes packet(std::uint64_t block, unsigned beam, std::size_t first,
             std::uint64_t fpga0_ns = epoch_ns) {
  test::ChimeBytes made;
  made.fpga0_ns = fpga0_ns;
  made.fpga_count = block * block_samples * 384;
  made.beams = {static_cast<std::uint16_t>(beam)};
  made.coarse = {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(first + 1)};
  made.up = up;
  made.samples = block_samples;
  for (std::size_t channel = first * up; channel < (first + 2) * up; ++channel) {
    for (std::size_t t = 0; t < block_samples; ++t) {
      made.data.push_back(code(beam, block * block_samples + t, channel));
    }
  }
  return made.bytes();
}

Bytes the_end() {
  return test::from_hex("01000000 0000000000000000 0000000000000000 00000000");
}

// What a beam's ring held: shape [sample, channel].
struct Beam {
  std::uint64_t samples = 0;
  Bytes values;
  std::vector<Gap> gaps;
  std::vector<Hole> holes;

  // 0: data; 1: in a hole or a gap; 2: in two of them.
  [[nodiscard]] std::vector<int> missing() const {
    std::vector<int> map(static_cast<std::size_t>(samples) * channels);
    const auto mark = [&map](std::uint64_t first, std::uint64_t end, std::size_t c,
                             std::size_t end_c) {
      for (std::uint64_t t = first; t < end; ++t) {
        for (std::size_t i = c; i < end_c; ++i) ++map[static_cast<std::size_t>(t) * channels + i];
      }
    };
    for (const Gap& gap : gaps) mark(gap.first, gap.end(), 0, channels);
    for (const Hole& hole : holes) {
      mark(hole.first, hole.end(), hole.first_channel, hole.end_channel());
    }
    return map;
  }
};

// A source, and what comes of its observations in rings that hold `ring_samples`.
struct Receiver {
  explicit Receiver(const std::string& more = "", std::uint64_t ring = 20'000)
      : source{parse_packet_url(fmt::format("udp+chime://127.0.0.1:0?beams=5,1000&coarse_channels="
                                            "{}&format=u8&slot_s=0.0078&rcvbuf_bytes=100000{}",
                                            coarse_channels, more)),
               notes.options()},
        ring_samples{ring},
        address{notes.told()} {}

  std::vector<Beam> receive() {
    const auto observed = source.next_beams();
    std::vector<std::unique_ptr<SpectrumRing>> rings;
    std::vector<std::unique_ptr<SpectrumRing::Reader>> readers;
    std::vector<SpectrumRing*> to;
    for (const Observation& beam : observed) {
      rings.push_back(std::make_unique<SpectrumRing>(
          SpectrumRing::Options{channels, beam.format, ring_samples, false, false}));
      readers.push_back(rings.back()->attach(source.readers()));
      to.push_back(rings.back().get());
    }
    if (observed.empty()) return {};
    source.feed(to);
    std::vector<Beam> beams(rings.size());
    for (std::size_t i = 0; i < rings.size(); ++i) {
      for (;;) {  // reads no longer than the ring
        const auto view = readers[i]->read(rings[i]->capacity());
        if (view.samples == 0) break;
        beams[i].samples += view.samples;
        beams[i].values.insert(beams[i].values.end(), view.bytes.begin(), view.bytes.end());
        beams[i].gaps.insert(beams[i].gaps.end(), view.gaps.begin(), view.gaps.end());
        beams[i].holes.insert(beams[i].holes.end(), view.holes.begin(), view.holes.end());
        readers[i]->release(view.first + view.samples);
      }
    }
    return beams;
  }
  std::future<std::vector<Beam>> begin() {
    return std::async(std::launch::async, [this] { return receive(); });
  }
  void wait_for_accepted(std::uint64_t units) const {
    while (source.packets()->counts.accepted < units) std::this_thread::yield();
  }

  test::Notes notes;
  PacketSource source;
  std::uint64_t ring_samples;
  std::string address;
};

// Datagrams, in the order in which they are to be sent, and what the receiver should make of them.
struct Plan {
  std::vector<Bytes> datagrams;
  std::vector<std::vector<int>> missing;  // [beam][sample, channel]
  std::uint64_t cells_missing = 0;
  std::uint64_t cells_duplicate = 0;
  std::uint64_t wrong_stream = 0;
  std::uint64_t corrupt = 0;
};

// `loss` of packets, in bursts of `burst` blocks where that is not 0; delays of up to three slots.
Plan make_plan(unsigned seed, std::uint64_t first, std::size_t blocks, double loss,
               std::size_t burst) {
  std::mt19937 random{seed};
  const auto chance = [&random](double share) {
    return std::uniform_real_distribution<>{}(random) < share;
  };
  struct Due {
    std::size_t at;
    Bytes bytes;
  };
  Plan plan;
  plan.missing.assign(beam_ids.size(), std::vector<int>(blocks * block_samples * channels));
  std::vector<Due> all;
  std::size_t burst_end = 0;
  for (std::size_t block = 0; block < blocks; ++block) {
    const bool edge = block == 0 || block + 1 == blocks;  // tell where the observation lies
    if (burst > 0 && !edge && block >= burst_end && chance(loss / static_cast<double>(burst))) {
      burst_end = block + burst;
    }
    for (std::size_t beam = 0; beam < beam_ids.size(); ++beam) {
      for (std::size_t coarse = 0; coarse < coarse_channels; coarse += 2) {
        const bool lost = !edge && (burst > 0 ? block < burst_end : chance(loss));
        if (lost) {
          plan.cells_missing += 2;
          for (std::size_t t = 0; t < block_samples; ++t) {
            for (std::size_t c = coarse * up; c < (coarse + 2) * up; ++c) {
              plan.missing[beam][(block * block_samples + t) * channels + c] = 1;
            }
          }
          continue;
        }
        const Bytes bytes = packet(first + block, beam_ids[beam], coarse);
        // A slot is two blocks; the window holds three, and what a block overtakes is in one of
        // the two before it.
        all.push_back({block + (block == 0 ? 0 : random() % 4), bytes});
        if (chance(0.02)) {
          all.push_back({block + (block == 0 ? 0 : random() % 4), bytes});
          plan.cells_duplicate += 2;
        }
        if (block > 0 && chance(0.02)) {
          all.push_back({block, packet(first + block, beam_ids[beam], coarse, 42)});
          ++plan.wrong_stream;
        }
        if (block > 0 && chance(0.02)) {
          Bytes spoilt = bytes;
          spoilt.resize(spoilt.size() - 1);
          all.push_back({block, spoilt});
          ++plan.corrupt;
        }
      }
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Due& a, const Due& b) { return a.at < b.at; });
  for (Due& due : all) plan.datagrams.push_back(std::move(due.bytes));
  return plan;
}

// True if all that is not missing has its value.
bool values_fit(const Beam& beam, const std::vector<int>& missing, unsigned id,
                std::uint64_t first_sample) {
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const auto expected = code(id, first_sample + i / channels, i % channels);
    if (missing[i] == 0 && std::to_integer<std::uint8_t>(beam.values[i]) != expected) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("losses as planned are the losses in the accounts", "[ingest][packet_source][property]") {
  struct Row {
    const char* name;
    double loss;
    std::size_t burst;
  };
  const auto row = GENERATE(
      values<Row>({{"nothing", 0.0, 0}, {"1 %", 0.01, 0}, {"10 %", 0.1, 0}, {"bursts", 0.1, 7}}));
  const unsigned seed = GENERATE(1U, 2U);
  CAPTURE(row.name, seed);
  constexpr std::uint64_t first = 123'456;
  constexpr std::size_t blocks = 400;
  const Plan plan = make_plan(seed, first, blocks, row.loss, row.burst);
  Receiver receiver;
  auto received = receiver.begin();
  UdpPeer peer{receiver.address};
  for (const Bytes& one : plan.datagrams) peer.send(one);
  peer.send(the_end());
  const auto beams = received.get();
  REQUIRE(beams.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CAPTURE(i);
    REQUIRE(beams[i].samples == blocks * block_samples);
    CHECK(beams[i].missing() == plan.missing[i]);
    CHECK(values_fit(beams[i], plan.missing[i], beam_ids[i], first * block_samples));
    for (const Gap& gap : beams[i].gaps) CHECK(gap.fate == Fate::missing);
  }
  const PacketReport report = *receiver.source.packets();
  check_identities(report.counts);
  CHECK(report.counts.datagrams == plan.datagrams.size() + 1);
  CHECK(report.counts.control == 1);
  CHECK(report.counts.refused[static_cast<std::size_t>(PacketFault::wrong_length)] == plan.corrupt);
  CHECK(report.counts.refused_in_all() == plan.corrupt);
  CHECK(report.counts.wrong_stream == plan.wrong_stream);
  CHECK(report.counts.late == 0);
  CHECK(report.counts.stray == 0);
  CHECK(report.counts.assembled.cells_missing == plan.cells_missing);
  CHECK(report.counts.assembled.cells_duplicate == plan.cells_duplicate);
  CHECK(report.counts.assembled.cells_expected == blocks * beam_ids.size() * coarse_channels);
  CHECK(report.kernel_drops == 0);
  REQUIRE(receiver.notes.warned().size() == 1);
  CHECK_THAT(
      receiver.notes.warned()[0],
      ContainsSubstring(fmt::format("{} were refused (the last: byte 0: found ", plan.corrupt)));
}

TEST_CASE("a clock that is set back begins another observation", "[ingest][packet_source]") {
  Receiver receiver;
  auto received = std::async(std::launch::async, [&receiver] {
    std::vector<std::vector<Beam>> all;
    for (int i = 0; i < 2; ++i) all.push_back(receiver.receive());
    return all;
  });
  UdpPeer peer{receiver.address};
  for (const std::uint64_t first : {5000U, 100U}) {
    for (std::uint64_t block = first; block < first + 50; ++block) {
      for (std::size_t coarse = 0; coarse < coarse_channels; coarse += 2) {
        for (const unsigned beam : beam_ids) peer.send(packet(block, beam, coarse));
      }
    }
  }
  peer.send(the_end());
  const auto observations = received.get();
  const std::vector<int> whole(50 * block_samples * channels);
  for (std::size_t i = 0; i < 2; ++i) {
    CAPTURE(i);
    REQUIRE(observations[i].size() == 2);
    for (std::size_t beam = 0; beam < 2; ++beam) {
      REQUIRE(observations[i][beam].missing() == whole);
      CHECK(values_fit(observations[i][beam], whole, beam_ids[beam],
                       (i == 0 ? 5000 : 100) * block_samples));
    }
  }
  const PacketCounts counts = receiver.source.packets()->counts;  // of the second one
  check_identities(counts);
  CHECK(counts.accepted == 50 * 2 * packets_a_block);
  CHECK(receiver.notes.warned().empty());
}

TEST_CASE("a sender that falls silent has ended; the next packet begins again",
          "[ingest][packet_source]") {
  Receiver receiver{"&timeout_s=0.2"};
  UdpPeer peer{receiver.address};
  for (const std::uint64_t block : {10U, 11U}) {
    auto received = receiver.begin();
    for (const unsigned beam : beam_ids) peer.send(packet(block, beam, 4));
    const auto beams = received.get();
    REQUIRE(beams.size() == 2);
    CHECK(beams[0].samples == block_samples);
    CHECK(beams[1].samples == block_samples);
    CHECK(receiver.source.packets()->counts.assembled.cells_missing == 2 * 6);
  }
  REQUIRE(receiver.notes.warned().size() == 4);
  CHECK_THAT(receiver.notes.warned()[0],
             ContainsSubstring("no packet of the observation in 0.2 s"));
  CHECK_THAT(receiver.notes.warned()[1], ContainsSubstring("12 of 16 cells did not come"));
}

TEST_CASE("stop ends every wait of a packet source", "[ingest][packet_source]") {
  Receiver receiver;
  SECTION("for an observation") {
    auto received = receiver.begin();
    receiver.source.stop();
    CHECK(received.get().empty());
  }
  SECTION("for packets; what came is passed on") {
    auto received = receiver.begin();
    UdpPeer peer{receiver.address};
    for (std::uint64_t block = 0; block < 3; ++block) peer.send(packet(block, 5, 0));
    receiver.wait_for_accepted(3);
    receiver.source.stop();
    const auto beams = received.get();
    REQUIRE(beams.size() == 2);
    CHECK(beams[0].samples == 3 * block_samples);
    CHECK(beams[1].samples == 3 * block_samples);
    CHECK(beams[1].gaps == std::vector{Gap{0, 3 * block_samples, Fate::missing}});
  }
  CHECK(receiver.source.next_beams().empty());
}

TEST_CASE("the thread that receives stays on the processor that it was given",
          "[ingest][packet_source]") {
  cpu_set_t allowed;
  REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  int cpu = CPU_SETSIZE - 1;  // the last one that there is
  while (!CPU_ISSET(cpu, &allowed)) --cpu;
  const bool is_there = GENERATE(true, false);
  const int given = is_there ? cpu : CPU_SETSIZE - 1;
  Receiver receiver{fmt::format("&cpu={}", given)};
  auto processors = std::async(std::launch::async, [&receiver] {
    (void)receiver.receive();
    cpu_set_t own;
    CPU_ZERO(&own);
    (void)::sched_getaffinity(0, sizeof own, &own);
    return own;
  });
  UdpPeer peer{receiver.address};
  peer.send(packet(0, 5, 0));
  peer.send(the_end());
  const cpu_set_t own = processors.get();
  CAPTURE(given, CPU_COUNT(&own));
  if (is_there) {
    CHECK(CPU_COUNT(&own) == 1);
    CHECK(CPU_ISSET(cpu, &own));
    return;
  }
  CHECK(CPU_EQUAL(&own, &allowed));
  const auto warned = receiver.notes.warned();
  CHECK(std::ranges::any_of(warned, [](const std::string& text) {
    return text.find(fmt::format("found no way to stay on processor {}", CPU_SETSIZE - 1)) !=
           std::string::npos;
  }));
}

TEST_CASE("an observation that nobody reads is passed over", "[ingest][packet_source]") {
  Receiver receiver;
  UdpPeer peer{receiver.address};
  auto next = std::async(std::launch::async, [&] { return receiver.source.next_beams(); });
  peer.send(packet(1, 5, 0));
  const auto observed = next.get();
  REQUIRE(observed.size() == 2);
  CHECK(observed[0].beam == 5);
  CHECK(observed[1].beam == 1000);
  SECTION("whose rings were stopped") {
    SpectrumRing ring{{channels, observed[0].format, 100, false, false}};
    ring.stop();
    SpectrumRing* const rings[] = {&ring, &ring};
    receiver.source.feed(rings);
  }
  SECTION("that was never fed") {}
  auto received = receiver.begin();
  for (std::uint64_t block = 1; block < 40; ++block) peer.send(packet(block, 5, 2));
  peer.send(the_end());
  for (std::uint64_t block = 7; block < 9; ++block) peer.send(packet(block, 5, 2));
  peer.send(the_end());
  const auto beams = received.get();
  REQUIRE(beams.size() == 2);
  CHECK(beams[0].samples == 2 * block_samples);
  CHECK(receiver.source.packets()->counts.accepted == 2);
}

TEST_CASE("a reader that is too slow makes nobody wait, and loses the oldest",
          "[ingest][packet_source]") {
  Receiver receiver{"", 64};
  auto received = receiver.begin();  // reads only when all has been written
  UdpPeer peer{receiver.address};
  constexpr std::uint64_t blocks = 2000;
  for (std::uint64_t block = 0; block < blocks; ++block) {
    for (const unsigned beam : beam_ids) {
      for (std::size_t coarse = 0; coarse < coarse_channels; coarse += 2) {
        peer.send(packet(block, beam, coarse));
      }
    }
  }
  peer.send(the_end());
  const auto beams = received.get();
  REQUIRE(beams.size() == 2);
  for (const Beam& beam : beams) {
    CHECK(beam.samples == blocks * block_samples);
    std::uint64_t overrun = 0;
    for (const Gap& gap : beam.gaps) {
      CHECK(gap.fate == Fate::overrun);
      overrun += gap.samples;
    }
    CHECK(overrun > 0);
    CHECK(overrun < beam.samples);
  }
  CHECK(values_fit(beams[1], beams[1].missing(), 1000, 0));
  CHECK(receiver.source.packets()->counts.assembled.cells_missing == 0);
}
