// Streams of packets as observations: any order, loss, repetition, restarts, strangers.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "ingest/packets/chime_stream.hpp"
#include "ingest/packets/packet_assembler.hpp"
#include "ingest/packets/spead_stream.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/ingest/packets/packet_identities.hpp"
#include "tests/ingest/packets/window_model.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::Bytes;
using test::check_identities;
using test::ChimeBytes;

constexpr std::size_t coarse_channels = 8;
constexpr std::size_t up = 2;
constexpr std::size_t block_samples = 4;
constexpr std::size_t channels = coarse_channels * up;

// Byte of a sample: 1 to 254, another one for its neighbours.
std::uint8_t code(unsigned beam, std::uint64_t sample, std::size_t channel) {
  return static_cast<std::uint8_t>(1 + (beam * 57 + sample * 29 + channel * 7) % 254);
}

// Packet of one beam, coarse channels `first` and the one after.
Bytes packet(std::uint64_t block, unsigned beam, std::size_t first,
             std::uint64_t fpga0_ns = 1'700'000'000'000'000'000) {
  ChimeBytes made;
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

struct Run {
  explicit Run(std::vector<std::uint16_t> beams, unsigned agreeing_strays = 4)
      : grid{beams.size(), coarse_channels, up, block_samples, {}},
        options{},
        sink{std::make_shared<test::Collected>(beams.size())} {
    options.beams = beams;
    options.coarse_channels = coarse_channels;
    options.format = {};  // 8 bits
    assembler = std::make_unique<PacketAssembler>(
        make_chime_stream(options),
        // Slots of two blocks of 4 * 0.98304 ms.
        PacketAssembler::Options{Seconds{0.0078}, agreeing_strays, Seconds{2.0}},
        [this](const FinishedSlot& slot) { sink->sink(grid)(slot); });
  }
  Assembly take(const Bytes& bytes) { return assembler->take(bytes); }
  /// All four packets of a block.
  void take_block(std::uint64_t block, std::uint64_t fpga0_ns = 1'700'000'000'000'000'000) {
    for (std::size_t first = 0; first < coarse_channels; first += 2) {
      (void)take(packet(block, 5, first, fpga0_ns));
    }
  }
  // True if all that is not in a hole has its value; the observation began at block `first`.
  [[nodiscard]] bool values_fit(const test::Collected& seen, std::uint64_t first,
                                const std::vector<std::uint16_t>& beams) const {
    for (std::size_t beam = 0; beam < beams.size(); ++beam) {
      const auto holes = seen.hole_map(grid, beam);
      for (std::size_t i = 0; i < holes.size(); ++i) {
        const auto expected =
            holes[i] == 1 ? 0
                          : code(beams[beam], first * block_samples + i / channels, i % channels);
        if (holes[i] > 1 || std::to_integer<int>(seen.samples[beam][i]) != expected) return false;
      }
    }
    return true;
  }

  CellGrid grid;
  ChimeOptions options;
  std::shared_ptr<test::Collected> sink;
  std::unique_ptr<PacketAssembler> assembler;
};

}  // namespace

TEST_CASE("order, loss, repetition and garbage change nothing else",
          "[ingest][packets][assembler][property]") {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random{seed};
    const auto up_to = [&random](std::size_t most) { return random() % (most + 1); };
    const std::vector<std::uint16_t> beams{5, 1000};
    const std::uint64_t first = 7 + random();
    const std::size_t blocks = 4 + up_to(60);
    const std::size_t loss = up_to(40);
    struct Packet {
      std::size_t due;
      Bytes bytes;
    };
    std::vector<Packet> plan;
    std::uint64_t lost = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t elsewhere = 0;
    for (std::size_t block = 0; block < blocks; ++block) {
      for (const unsigned beam : {5U, 1000U, 77U}) {
        for (std::size_t coarse = 0; coarse < coarse_channels; coarse += 2) {
          const bool needed = (block == 0 || block + 1 == blocks) && beam != 77;
          if (!needed && up_to(99) < loss) {
            lost += beam == 77 ? 0 : 1;
            continue;
          }
          const std::size_t copies = up_to(7) == 0 ? 2 : 1;
          (beam == 77 ? elsewhere : duplicates) += beam == 77 ? copies : copies - 1;
          for (std::size_t copy = 0; copy < copies; ++copy) {
            plan.push_back({block + (block == 0 && copy == 0 ? 0 : up_to(2)),
                            packet(first + block, beam, coarse)});
          }
        }
      }
    }
    std::shuffle(plan.begin(), plan.end(), random);
    std::stable_sort(plan.begin(), plan.end(),
                     [](const Packet& a, const Packet& b) { return a.due < b.due; });
    Run run{beams};
    std::uint64_t garbage = 0;
    std::uint64_t strangers = 0;
    bool began = false;
    for (const Packet& one : plan) {
      if (up_to(20) == 0) {
        Bytes spoilt = one.bytes;
        spoilt.pop_back();
        CHECK(run.take(spoilt) == Assembly::more);
        ++garbage;
      }
      if (began && up_to(20) == 0) {
        CHECK(run.take(packet(first + 3, 5, 0, 42)) == Assembly::more);  // another epoch
        ++strangers;
      }
      if (began && up_to(20) == 0) CHECK(run.take(packet(1, 5, 0)) == Assembly::more);  // clock
      CHECK(run.take(one.bytes) == (began ? Assembly::more : Assembly::began));
      began = true;
    }
    CHECK(run.assembler->finish() == Assembly::ended);
    const PacketCounts& counts = run.assembler->counts();
    check_identities(counts);
    REQUIRE(run.sink->in_order);
    CHECK(run.sink->end == blocks * block_samples);
    CHECK(run.values_fit(*run.sink, first, beams));
    CHECK(counts.refused[static_cast<std::size_t>(PacketFault::wrong_length)] == garbage);
    CHECK(counts.refused_in_all() == garbage);
    CHECK(counts.wrong_stream == strangers);
    CHECK(counts.late == 0);
    CHECK(counts.far_future == 0);
    CHECK(counts.cells_elsewhere == 2 * elsewhere);  // two cells a packet
    CHECK(counts.assembled.cells_missing == 2 * lost);
    CHECK(counts.assembled.cells_duplicate == 2 * duplicates);
    CHECK(counts.assembled.cells_expected == blocks * 2 * coarse_channels);
  }
}

TEST_CASE("a restarted clock is another observation, whole", "[ingest][packets][assembler]") {
  Run run{{5}};
  for (std::uint64_t block = 1000; block < 1020; ++block) run.take_block(block);
  const auto first_run = run.sink;
  run.sink = std::make_shared<test::Collected>(1);
  std::vector<Assembly> told;
  for (std::size_t coarse = 0; coarse < coarse_channels; coarse += 2) {
    // Slots that the end passes on belong to the old observation.
    const auto fresh = run.sink;
    run.sink = first_run;
    told.push_back(run.take(packet(3, 5, coarse)));
    run.sink = fresh;
  }
  CHECK(told == std::vector{Assembly::more, Assembly::more, Assembly::more, Assembly::ended});
  CHECK(first_run->end == 20 * block_samples);
  CHECK(run.values_fit(*first_run, 1000, {5}));
  CHECK(first_run->holes[0].empty());
  CHECK(run.assembler->resume() == Assembly::began);
  for (std::uint64_t block = 4; block < 20; ++block) run.take_block(block);
  CHECK(run.take(test::from_hex("01000000 00000000 00000000 00000000 00000000 00000000")) ==
        Assembly::ended);
  CHECK(run.assembler->resume() == Assembly::more);  // nothing was kept
  CHECK(run.sink->end == 17 * block_samples);
  CHECK(run.sink->holes[0].empty());
  CHECK(run.values_fit(*run.sink, 3, {5}));
  const PacketCounts& counts = run.assembler->counts();
  check_identities(counts);
  CHECK(counts.accepted == 4 * 37);
  CHECK(counts.assembled.cells_missing == 0);
  CHECK(counts.control == 1);
}

TEST_CASE("another epoch is another observation, whole", "[ingest][packets][assembler]") {
  Run run{{5}};
  for (std::uint64_t block = 0; block < 10; ++block) run.take_block(block);
  const std::uint64_t later = 1'700'000'099'000'000'000;
  for (const std::size_t coarse : {0U, 2U, 4U}) {
    CHECK(run.take(packet(2, 5, coarse, later)) == Assembly::more);
  }
  CHECK(run.take(packet(10, 5, 0)) ==
        Assembly::more);  // the old one goes on: those were a stranger's
  CHECK(run.assembler->counts().wrong_stream == 3);
  for (const std::size_t coarse : {0U, 2U, 4U}) {
    CHECK(run.take(packet(2, 5, coarse, later)) == Assembly::more);
  }
  CHECK(run.take(packet(2, 5, 6, later)) == Assembly::ended);
  CHECK(run.sink->end == 11 * block_samples);
  run.sink = std::make_shared<test::Collected>(1);
  CHECK(run.assembler->resume() == Assembly::began);
  CHECK(format_iso8601(run.assembler->start().beams[0].time.start) ==
        "2023-11-14T22:14:59.007864320Z");
  CHECK(run.assembler->finish() == Assembly::ended);
  CHECK(run.sink->end == block_samples);
  CHECK(run.sink->holes[0].empty());
  CHECK(run.assembler->counts().wrong_stream == 3);
  check_identities(run.assembler->counts());
}

TEST_CASE("a long loss is a gap, and what told of it is kept", "[ingest][packets][assembler]") {
  Run run{{5}};
  for (std::uint64_t block = 0; block < 10; ++block) run.take_block(block);
  for (std::uint64_t block = 300; block < 310; ++block) run.take_block(block);
  CHECK(run.assembler->finish() == Assembly::ended);
  CHECK(run.sink->in_order);
  CHECK(run.sink->end == 310 * block_samples);
  CHECK(run.values_fit(*run.sink, 0, {5}));
  const PacketCounts& counts = run.assembler->counts();
  check_identities(counts);
  CHECK(counts.stray == 0);
  CHECK(counts.assembled.spectra_lost == 290 * block_samples);
  CHECK(counts.assembled.spectra_whole == 20 * block_samples);
}

TEST_CASE("late and early packets are counted", "[ingest][packets][assembler]") {
  Run run{{5}};
  for (std::uint64_t block = 0; block < 20; ++block) run.take_block(block);
  (void)run.take(packet(13, 5, 0));  // the window is blocks 14 to 19
  CHECK(run.assembler->counts().late == 1);
  (void)run.take(packet(24, 5, 0));
  CHECK(run.assembler->counts().far_future == 1);
  (void)run.take(packet(1000, 5, 0));
  (void)run.take(packet(0, 5, 0));
  (void)run.take(packet(20, 5, 0));
  CHECK(run.assembler->counts().stray == 2);
  CHECK(run.assembler->finish() == Assembly::ended);
  check_identities(run.assembler->counts());
}

TEST_CASE("streams that do not fit into memory are refused", "[ingest][packets][assembler]") {
  ChimeOptions options;
  options.coarse_channels = coarse_channels;
  // Three blocks of 4 spectra of 16 channels of 4 bytes.
  for (const std::uint64_t most : {767U, 768U, 5000U}) {
    std::uint64_t longest = 0;
    PacketAssembler assembler{
        make_chime_stream(options),
        {Seconds{10.0}, 4, Seconds{99.0}, most},
        [&longest](const FinishedSlot& slot) { longest = std::max(longest, slot.samples); }};
    const Assembly told = assembler.take(packet(0, 5, 0));
    if (most == 767) {
      CHECK(told == Assembly::more);
      CHECK(assembler.counts().units == 0);
      CHECK(sentence(assembler.last_refused().value()) ==
            "byte 0: found three time blocks of 768 bytes, expected at most 767");
    } else {
      CHECK(told == Assembly::began);
      for (std::uint64_t block = 1; block < 40; ++block) (void)assembler.take(packet(block, 5, 0));
      CHECK(longest == (most == 768 ? 4 : 24));
      CHECK(assembler.finish() == Assembly::ended);
    }
    check_identities(assembler.counts());
  }
}

TEST_CASE("a steady stream allocates nothing", "[ingest][packets][assembler][allocations]") {
  std::vector<Bytes> packets;
  for (std::uint64_t block = 0; block < 64; ++block) {
    for (std::size_t coarse = 0; coarse < coarse_channels; coarse += 2) {
      if (block % 5 == 2 && coarse == 2) continue;  // holes
      packets.push_back(packet(block, 5, coarse));
      if (block % 7 == 3) packets.push_back(packet(block, 5, coarse));
      if (block % 9 == 4) packets.push_back(packet(5000 + block, 5, coarse));  // strays
    }
  }
  ChimeOptions options;
  options.coarse_channels = coarse_channels;
  std::size_t slots = 0;
  PacketAssembler assembler{make_chime_stream(options),
                            {Seconds{0.0078}, 8, Seconds{2.0}},
                            [&slots](const FinishedSlot&) { ++slots; }};
  std::size_t next = 0;
  for (; next < packets.size() / 2; ++next) (void)assembler.take(packets[next]);
  const std::uint64_t before = test::allocations();
  for (; next < packets.size(); ++next) (void)assembler.take(packets[next]);
  CHECK(test::allocations() == before);
  CHECK(slots > 20);
  CHECK(assembler.counts().stray > 0);
}

TEST_CASE("a stream of heaps restarts without a loss", "[ingest][packets][assembler][spead]") {
  SpeadOptions options;
  options.heap_samples = 2;
  options.heap_channels = 2;
  options.samples = {SampleKind::u8};
  options.frequency = {Megahertz{1500.0}, Megahertz{-1.0}, 2};
  options.clock = {1000, 1};
  const CellGrid grid{1, 1, 2, 2, {}};
  auto seen = std::make_unique<test::Collected>(1);
  PacketAssembler assembler{make_spead_stream(options),
                            {Seconds{0.002}, 3, Seconds{1.0}},
                            [&](const FinishedSlot& slot) { seen->sink(grid)(slot); }};
  std::uint64_t heap = 0;
  const auto take = [&](std::uint64_t timestamp, unsigned value) {
    const Bytes data(4, static_cast<std::byte>(value));
    return assembler.take(
        test::spead_piece(++heap, data, 0, 4, {{true, 0x1600, timestamp}, {false, 0x5556, 0}}));
  };
  CHECK(take(1000, 1) == Assembly::began);
  CHECK(take(1002, 2) == Assembly::more);
  CHECK(take(11, 3) == Assembly::more);  // another phase, too
  CHECK(take(13, 4) == Assembly::more);
  CHECK(take(15, 5) == Assembly::ended);
  CHECK(seen->end == 4);
  seen = std::make_unique<test::Collected>(1);
  CHECK(assembler.resume() == Assembly::began);
  CHECK(take(17, 6) == Assembly::more);
  CHECK(assembler.finish() == Assembly::ended);
  CHECK(seen->end == 8);
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK(seen->samples[0][i] == static_cast<std::byte>(3 + i / 4));
  }
  check_identities(assembler.counts());
  CHECK(assembler.counts().accepted == 6);
}

}  // namespace draftstream
