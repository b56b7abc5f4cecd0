#include "replay/packet_sender.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

constexpr Seconds between_ends{0.1};

// The packets of a block, which are made before the first of them is due.
class MadePackets {
 public:
  struct Packet {
    PacketCells cells;
    std::size_t header_bytes;
    std::size_t at;
    std::size_t bytes;
  };
  void clear() {
    packets_.clear();
    bytes_.clear();
  }
  void add(const PacketCells& cells, std::size_t header_bytes, std::span<const std::byte> packet) {
    packets_.push_back({cells, header_bytes, bytes_.size(), packet.size()});
    bytes_.insert(bytes_.end(), packet.begin(), packet.end());
  }
  [[nodiscard]] std::span<const Packet> packets() const { return packets_; }
  [[nodiscard]] std::span<const std::byte> bytes(const Packet& packet) const {
    return std::span{bytes_}.subspan(packet.at, packet.bytes);
  }

 private:
  std::vector<Packet> packets_;
  std::vector<std::byte> bytes_;
};

// Jumps of the clock in blocks, by the block before which they happen; checked.
struct Jump {
  std::uint64_t block;
  std::int64_t blocks;
};

std::vector<Jump> plan_jumps(const PacketStream& stream, const Observation& seen,
                             const PlannedFaults& faults, std::uint64_t block_samples) {
  const Seconds block = static_cast<double>(block_samples) * seen.time.sample_time;
  std::vector<Jump> jumps;
  std::int64_t ahead = 0;
  for (const Moment& moment : faults.clock_jumps) {
    const Jump jump{static_cast<std::uint64_t>(std::ceil(moment.at / block)),
                    std::llround(moment.length / block)};
    ahead += jump.blocks;
    if (static_cast<std::int64_t>(stream.first_block + jump.block) + ahead < 0) {
      throw ConfigError(
          fmt::format("fault clock_jump: found {} s at {} s, expected one that leaves the clock "
                      "above 0; let it begin earlier, as by sync_ns, epoch_ns or frame0_ns",
                      moment.length.value(), moment.at.value()));
    }
    jumps.push_back(jump);
  }
  return jumps;
}

}  // namespace

PacketsSent send_packets(BeamBlocks& beams, PacketStream& stream, SendSchedule& schedule,
                         const FaultyLine::Out& out, const PacketSendOptions& options) {
  BlockEncoder& encoder = *stream.encoder;
  const BlockEncoder::Grid grid = encoder.grid();
  const Observation& seen = beams.observation();
  const std::uint64_t samples = *seen.samples;
  const std::uint64_t in_block = grid.block_samples;
  if (options.faults.wrong_stream > 0.0 && !grid.tells_strangers) {
    throw ConfigError(fmt::format(
        "fault wrong_stream: found udp+{}, expected packets whose clock tells one stream from "
        "another",
        name_of(stream.url.kind)));
  }
  const auto jumps = plan_jumps(stream, seen, options.faults, in_block);
  FaultyLine line{options.faults,      grid, beams.beams(), seen.time.sample_time,
                  options.longest_gap, out};
  PacketsSent result;
  MadePackets made;
  std::vector<std::size_t> present;
  std::vector<BeamSpectra> spectra;
  std::int64_t ahead = 0;
  auto jump = jumps.begin();

  const auto send_block = [&](std::uint64_t first, std::uint64_t block) {
    line.begin_block(first, present);
    const FaultyLine::Stranger stranger = [&](const SendDatagram& send) {
      encoder.encode_stranger(block, spectra.front(), send);
    };
    for (std::size_t i = 0; i < made.packets().size(); ++i) {
      const auto& packet = made.packets()[i];
      if (!schedule.wait(first, in_block, i, made.packets().size()) ||
          !line.send(packet.cells, packet.header_bytes, made.bytes(packet), stranger)) {
        return false;
      }
    }
    line.end_block();
    return true;
  };

  for (std::uint64_t first = 0; first < samples && !result.stopped; first += in_block) {
    for (; jump != jumps.end() && first / in_block >= jump->block; ++jump) {
      ahead += jump->blocks;
      line.jump(jump->blocks);
    }
    beams.read(first, in_block, stream.turned);
    const std::uint64_t count = std::min(in_block, samples - first);
    present.clear();
    spectra.clear();
    for (std::size_t beam = 0; beam < beams.beams().size(); ++beam) {
      const std::uint64_t valid = beams.valid(beam);
      result.gap += count - std::min(count, valid);
      if (valid == in_block || (valid > 0 && grid.keeps_missing)) {
        present.push_back(beam);
        spectra.push_back({beams.beams()[beam], beams.spectra(beam)});
      } else {
        result.left_out += valid;
      }
    }
    const auto block = static_cast<std::uint64_t>(
        static_cast<std::int64_t>(stream.first_block + first / in_block) + ahead);
    made.clear();
    encoder.encode(
        block, spectra,
        [&made](const PacketCells& cells, std::size_t header_bytes,
                std::span<const std::byte> packet) { made.add(cells, header_bytes, packet); });
    result.stopped = !send_block(first, block);
    if (result.stopped) break;
    result.samples = first + count;
    if (options.sent) options.sent(result.samples);
  }
  result.stopped = result.stopped || !line.flush();
  if (!result.stopped && !options.faults.no_end) {
    std::vector<std::byte> end;
    const unsigned times =
        encoder.end([&end](std::span<const std::byte> one) { end.assign(one.begin(), one.end()); });
    for (unsigned i = 0; i < times && !result.stopped; ++i) {
      result.stopped = (i > 0 && !schedule.pause(between_ends)) || !line.send_end(end);
    }
  }
  result.loss = encoder.loss();
  result.line = line.account();
  return result;
}

}  // namespace draftstream
