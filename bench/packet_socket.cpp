// What it costs to receive packets: CHIME/FRB's over loopback, paced, through the kernel, the
// assembler and the rings. Says which share of a core the receiving thread takes, and what was
// lost. The sender shares the machine with it. With --to it only sends, to another program.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "ingest/live/file_descriptor.hpp"
#include "ingest/live/packet_source.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;

double processor_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// A block of 16 spectra of four beams: 256 packets of 4272 bytes.
std::vector<std::vector<std::byte>> block_of_packets() {
  std::vector<std::vector<std::byte>> packets;
  std::uint32_t noise = 1;
  for (unsigned first = 0; first < 256; ++first) {
    test::ChimeBytes made;
    made.beams = {0, 1, 2, 3};
    made.coarse.clear();
    for (unsigned i = 0; i < 4; ++i) {
      made.coarse.push_back(static_cast<std::uint16_t>(first + 256 * i));
    }
    made.up = 16;
    made.samples = 16;
    made.data.resize(4096);
    for (auto& byte : made.data) {
      noise = noise * 1664525U + 1013904223U;
      byte = static_cast<std::uint8_t>(noise >> 24U);
    }
    packets.push_back(made.bytes());
  }
  return packets;
}

/// Sends a packet that begins an observation; blocks at a rate; and then the end of the stream.
class Sender {
 public:
  double gigabits = 1.0;  // a second
  double seconds = 10.0;
  std::uint64_t sent = 0;
  double took_s = 0.0;

  void begin(std::uint16_t port) {
    to_.sin_family = AF_INET;
    to_.sin_port = htons(port);
    to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    send_next();
  }

  void run() {
    const double packet_s = 8.0 * static_cast<double>(packets_[0].size()) / (1e9 * gigabits);
    const auto blocks =
        static_cast<std::uint64_t>(seconds / packet_s / static_cast<double>(packets_.size()));
    const std::uint64_t all = std::max<std::uint64_t>(blocks, 1) * packets_.size();
    constexpr std::uint64_t together = 16;  // between two looks at the clock
    const auto began = Clock::now();
    while (sent < all) {
      if (sent % together == 0) {
        const std::chrono::duration<double> due{static_cast<double>(sent) * packet_s};
        std::this_thread::sleep_until(began + std::chrono::duration_cast<Clock::duration>(due));
      }
      send_next();
    }
    took_s = std::chrono::duration<double>{Clock::now() - began}.count();
    std::vector<std::byte> end(24);
    end[0] = std::byte{1};
    send(end);
  }

 private:
  void send_next() {
    auto& packet = packets_[sent % packets_.size()];
    const std::uint64_t count = sent / packets_.size() * 16 * 384;
    std::memcpy(packet.data() + 16, &count, sizeof count);
    send(packet);
    ++sent;
  }
  void send(const std::vector<std::byte>& bytes) const {
    (void)::sendto(socket_.get(), bytes.data(), bytes.size(), 0,
                   reinterpret_cast<const sockaddr*>(&to_), sizeof to_);
  }

  std::vector<std::vector<std::byte>> packets_ = block_of_packets();
  FileDescriptor socket_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in to_{};
};

/// Sends to a program, all but the first packet once standard input says that it is ready.
int send_only(Sender& sender, std::uint16_t port) {
  sender.begin(port);
  (void)std::getchar();
  sender.run();
  fmt::print("{{\"datagrams\": {}, \"took_s\": {:.3f}}}\n", sender.sent + 1, sender.took_s);
  return 0;
}

int measure(Sender& sender, const std::string& format) {
  std::string address;
  LiveOptions options;
  options.told = [&address](const std::string& text) { address = text; };
  options.warned = [](const std::string& text) { fmt::print("{}\n", text); };
  PacketSource source{parse_packet_url("udp+chime://127.0.0.1:0?format=" + format), options};
  sender.begin(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  const auto observed = source.next_beams();
  std::vector<std::unique_ptr<SpectrumRing>> rings;
  std::vector<SpectrumRing*> to;
  for (const Observation& beam : observed) {
    rings.push_back(std::make_unique<SpectrumRing>(
        SpectrumRing::Options{beam.frequency.channels(), beam.format, 1024, true, false}));
    to.push_back(rings.back().get());
  }
  std::thread sending{[&] { sender.run(); }};
  const double before = processor_s();
  source.feed(to);
  const double receiving_s = processor_s() - before;
  sending.join();
  const PacketReport report = *source.packets();
  constexpr double packet_gigabits = 8.0 * 4272.0 / 1e9;
  fmt::print(
      "{} packets of 4272 B sent in {:.1f} s, {:.2f} Gb/s, taken to {}: {:.1f} % of a core at 1 "
      "Gb/s\n",
      sender.sent, sender.took_s,
      packet_gigabits * static_cast<double>(sender.sent) / sender.took_s, format,
      100.0 * receiving_s / (packet_gigabits * static_cast<double>(report.counts.datagrams)));
  fmt::print(
      "{} dropped by the kernel, {} of {} cells missing, longest wait in its queue {:.1f} ms\n",
      report.kernel_drops, report.counts.assembled.cells_missing,
      report.counts.assembled.cells_expected, 1e3 * report.longest_in_queue_s);
  return report.kernel_drops == 0 ? 0 : 1;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  draftstream::Sender sender;
  std::string format = "f32";
  CLI::App program{"What receiving packets costs"};
  program.add_option("--gigabits", sender.gigabits, "A second")->capture_default_str();
  program.add_option("--seconds", sender.seconds, "To send for")->capture_default_str();
  program.add_option("--format", format, "f32 or u8")->capture_default_str();
  std::uint16_t port = 0;
  program.add_option("--to", port,
                     "Only send, to this port of this machine; all but the first packet once there "
                     "is a line on standard input");
  CLI11_PARSE(program, argc, argv);
  if (port != 0) return draftstream::send_only(sender, port);
  return draftstream::measure(sender, format);
}
