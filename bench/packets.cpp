// What it costs to take packets: decoded alone, and put together into spectra. Of one thread; the
// least of several runs of processor time, so that others on the machine do not count.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/cost.hpp"
#include "ingest/packets/chime_stream.hpp"
#include "ingest/packets/packet_assembler.hpp"
#include "ingest/packets/spead_stream.hpp"
#include "replay/packets/counter_encoder.hpp"
#include "replay/packets/spead_encoder.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"

namespace draftstream {
namespace {

using Packets = std::vector<std::vector<std::byte>>;

constexpr double gigabit = 125e6;  // bytes a second

/// One kind of stream: packets of a stretch of time, and how to move them on by that stretch.
struct Stream {
  std::string name;
  Packets packets;
  std::function<void(std::vector<std::byte>&, std::uint64_t stretches)> move_on;  // a packet
  std::function<std::unique_ptr<PacketFormat>()> format;

  [[nodiscard]] double bytes() const {
    double sum = 0.0;
    for (const auto& packet : packets) sum += static_cast<double>(packet.size());
    return sum;
  }
};

/// Four beams, four of 1024 coarse channels, 16 channels in each, 16 spectra: 4272 bytes.
Stream chime(const std::string& name, const ChimeOptions& options) {
  constexpr std::uint64_t blocks = 32;
  constexpr std::uint64_t block_counts = 16 * 384;
  Stream stream;
  stream.name = name;
  std::uint32_t noise = 1;
  for (std::uint64_t block = 0; block < blocks; ++block) {
    for (std::uint16_t coarse = 0; coarse < 1024; coarse = static_cast<std::uint16_t>(coarse + 4)) {
      test::ChimeBytes made;
      made.fpga_count = block * block_counts;
      made.beams = {0, 1, 2, 3};
      // As CHIME sends them: not next to each other.
      for (unsigned i = 0; i < 4; ++i) {
        made.coarse.resize(i + 1);
        made.coarse[i] = static_cast<std::uint16_t>(coarse / 4 + 256 * i);
      }
      made.up = 16;
      made.samples = 16;
      made.data.resize(4096);
      for (auto& byte : made.data) {
        noise = noise * 1664525U + 1013904223U;
        byte = static_cast<std::uint8_t>(noise >> 24U);
      }
      stream.packets.push_back(made.bytes());
    }
  }
  stream.move_on = [](std::vector<std::byte>& packet, std::uint64_t stretches) {
    std::uint64_t count = 0;
    std::memcpy(&count, packet.data() + 16, sizeof count);
    count += stretches * blocks * block_counts;
    std::memcpy(packet.data() + 16, &count, sizeof count);
  };
  stream.format = [options] { return make_chime_stream(options); };
  return stream;
}

/// FBFUSE's heaps: 8192 spectra of 128 channels, one beam of 1024 channels.
Stream spead(std::size_t packet_bytes) {
  SpeadOptions options;
  options.frequency = {Megahertz{1700.0}, Megahertz{-0.5}, 1024};
  options.clock = {1'712'000'000, 1};
  options.ticks_per_sample = 131'072;
  constexpr std::uint64_t heap_ticks = 8192ULL * 131'072;
  constexpr std::uint64_t blocks = 4;
  Stream stream;
  stream.name = fmt::format("SPEAD, {} B", packet_bytes);
  SpeadEncoder encoder{options, packet_bytes};
  std::vector<std::byte> data(8192UL * 128);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7 + i / 256);
  for (std::uint64_t block = 0; block < blocks; ++block) {
    for (std::uint64_t channel = 0; channel < 1024; channel += 128) {
      encoder.encode(block * heap_ticks, 7, channel, data,
                     [&stream](std::span<const std::byte> packet) {
                       stream.packets.emplace_back(packet.begin(), packet.end());
                     });
    }
  }
  stream.move_on = [](std::vector<std::byte>& packet, std::uint64_t stretches) {
    const auto add = [&packet](std::size_t at, std::uint64_t more) {  // big-endian, 48 bits
      std::uint64_t value = load_big(std::span{packet}.subspan(at, 6)) + more;
      for (std::size_t i = 6; i-- > 0; value >>= 8U) packet[at + i] = static_cast<std::byte>(value);
    };
    add(10, stretches * 1000);                 // heap count
    add(42, stretches * blocks * heap_ticks);  // timestamp
  };
  stream.format = [options] { return make_spead_stream(options); };
  return stream;
}

/// FAST's packets: 2048 channels of two polarisations.
Stream fast() {
  CounterOptions options;
  options.profile = fast_profile();
  options.frequency = {Megahertz{1000.0}, Megahertz{0.1}, 4096};
  options.clock = {10'000, 1};
  constexpr std::uint64_t packets = 8192;
  Stream stream;
  stream.name = "FAST, 4104 B";
  std::vector<std::byte> data(4096);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7);
  for (std::uint64_t i = 0; i < packets; ++i) {
    stream.packets.emplace_back();
    encode_counter(options.profile, {i / 2, 1, i % 2, data}, stream.packets.back());
  }
  stream.move_on = [](std::vector<std::byte>& packet, std::uint64_t stretches) {
    std::uint64_t count = 0;
    std::memcpy(&count, packet.data(), sizeof count);
    count += stretches * packets;
    std::memcpy(packet.data(), &count, sizeof count);
  };
  stream.format = [options] { return make_counter_stream(options); };
  return stream;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  using namespace draftstream;
  std::size_t rounds = 15;
  CLI::App program{"What taking packets costs"};
  program.add_option("--rounds", rounds, "Runs of each")->capture_default_str();
  CLI11_PARSE(program, argc, argv);

  ChimeOptions bytes;
  bytes.format = {};
  std::vector<Stream> streams{chime("CHIME, 4272 B, to floats", {}),
                              chime("CHIME, 4272 B, to 8 bits", bytes), spead(1472), spead(9000),
                              fast()};
  std::vector<std::unique_ptr<PacketAssembler>> assemblers;
  std::vector<std::unique_ptr<PacketFormat>> formats;
  std::vector<Work> works;
  std::uint64_t checksum = 0;
  for (Stream& stream : streams) {
    const auto move_on = [&stream](std::uint64_t stretches) {
      for (auto& packet : stream.packets) stream.move_on(packet, stretches);
    };
    formats.push_back(stream.format());
    works.push_back({stream.name + ", moved on",
                     2.0 * stream.bytes(),
                     [move_on] {
                       move_on(1);
                       move_on(~std::uint64_t{0});  // and back: the assembler's clock must not jump
                     },
                     {}});
    works.push_back({stream.name + ", decoded",
                     stream.bytes(),
                     [&stream, &format = *formats.back()] {
                       for (const auto& packet : stream.packets) (void)format.look(packet);
                     },
                     {}});
    assemblers.push_back(std::make_unique<PacketAssembler>(
        stream.format(), PacketAssembler::Options{}, [&checksum](const FinishedSlot& slot) {
          for (const BeamSlot& beam : slot.beams) {
            if (beam.spectra.empty()) continue;  // counted as missing
            checksum += std::to_integer<std::uint64_t>(beam.spectra.back());
          }
        }));
    works.push_back({stream.name + ", assembled",
                     stream.bytes(),
                     [&stream, &assembler = *assemblers.back(), move_on] {
                       move_on(1);
                       for (const auto& packet : stream.packets) (void)assembler.take(packet);
                     },
                     {}});
  }
  measure(works, rounds);
  fmt::print("{:<28} {:>10} {:>12} {:>12} {:>14}\n", "", "ns a byte", "ns a packet", "packets/s",
             "core at 1 Gb/s");
  bool good = true;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const double packet_bytes = streams[i].bytes() / static_cast<double>(streams[i].packets.size());
    for (const std::size_t step : {1U, 2U}) {
      const Work& work = works[3 * i + step];
      // Moving the clocks on is no part of it.
      const double byte_s = work.least.computed - (step == 2 ? works[3 * i].least.computed : 0.0);
      const std::string name = step == 1 ? streams[i].name : "  and assembled";
      fmt::print("{:<28} {:>10.3f} {:>12.0f} {:>12.0f} {:>13.1f}%\n", name, 1e9 * byte_s,
                 1e9 * byte_s * packet_bytes, 1.0 / (byte_s * packet_bytes),
                 100.0 * byte_s * gigabit);
    }
    const PacketCounts& counts = assemblers[i]->counts();
    good = good && counts.refused_in_all() == 0 && counts.accepted == counts.units &&
           assemblers[i]->assembled().cells_missing == 0;
  }
  fmt::print("{} (checksum {})\n", good ? "nothing was lost" : "PACKETS WERE LOST", checksum);
  return good ? 0 : 1;
}
