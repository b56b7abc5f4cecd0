// Plays recordings of several beams over and over, as packets at real time, and keeps when each
// block of them left: the telescope of bench/soak.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "replay/beams.hpp"
#include "replay/packet_sender.hpp"
#include "replay/udp_sink.hpp"

namespace draftstream {
namespace {

/// A recording as long as wanted: behind its end comes its beginning.
class LoopedRecording final : public Recording {
 public:
  LoopedRecording(std::unique_ptr<Recording> once, std::uint64_t samples)
      : once_{std::move(once)}, observation_{once_->observation()} {
    observation_.samples = samples;
  }

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const Gap> gaps() const noexcept override { return {}; }
  [[nodiscard]] std::span<const std::string> warnings() const noexcept override { return {}; }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return {}; }
  void forget_before(std::uint64_t /*sample*/) override {}  // it comes again
  void read(std::uint64_t first, std::span<std::byte> out) override {
    const std::uint64_t length = *once_->observation().samples;
    const std::size_t row = observation_.spectrum_bytes();
    while (!out.empty()) {
      const std::uint64_t from = first % length;
      const std::size_t bytes =
          std::min<std::size_t>(out.size(), static_cast<std::size_t>(length - from) * row);
      once_->read(from, out.first(bytes));
      out = out.subspan(bytes);
      first += bytes / row;
    }
  }

 private:
  std::unique_ptr<Recording> once_;
  Observation observation_;
};

std::uint64_t unix_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

/// @return For each block in order: spectra that are out, and when [UNIX ns].
std::vector<std::uint64_t> send(const std::vector<std::string>& files, double seconds,
                                const PacketUrl& url, PacketsSent& sent) {
  std::vector<BeamFile> named;
  for (const std::string& file : files) named.push_back({file, std::nullopt});
  std::vector<std::unique_ptr<Recording>> looped;
  for (auto& once : open_beams(named)) {
    const Seconds sample_time = once->observation().time.sample_time;
    const auto samples = static_cast<std::uint64_t>(Seconds{seconds} / sample_time);
    looped.push_back(std::make_unique<LoopedRecording>(std::move(once), samples));
  }
  BeamBlocks beams{std::move(looped)};
  PacketStream stream = make_packet_stream(url, beams.observation(), beams.beams());
  const StopEvent stop;
  UdpSink sink{url, stop, [](const std::string& text) { fmt::print(stderr, "{}\n", text); }};
  SendSchedule schedule{beams.observation().time.sample_time, 1.0, {}, make_send_clock(stop)};
  std::vector<std::uint64_t> times;
  PacketSendOptions options;
  options.sent = [&times](std::uint64_t samples) {
    times.push_back(samples);
    times.push_back(unix_ns());
  };
  sent = send_packets(
      beams, stream, schedule,
      [&sink](std::span<const std::byte> datagram) { return sink.send(datagram); }, options);
  return times;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  std::vector<std::string> files;
  std::string url;
  std::string times_file;
  double seconds = 60.0;
  CLI::App program{"Plays recordings of several beams over and over, as packets at real time"};
  program.add_option("FILE", files, "One a beam")->required();
  program.add_option("--url", url, "udp+KIND://127.0.0.1:PORT?...")->required();
  program.add_option("--seconds", seconds, "To send for")->capture_default_str();
  program.add_option("--times", times_file, "Gets two 64-bit integers a block: spectra, UNIX ns")
      ->required();
  CLI11_PARSE(program, argc, argv);
  try {
    draftstream::PacketsSent sent;
    const auto times = draftstream::send(files, seconds, draftstream::parse_packet_url(url), sent);
    std::ofstream file{times_file, std::ios::binary};
    file.write(reinterpret_cast<const char*>(times.data()),
               static_cast<std::streamsize>(times.size() * sizeof times[0]));
    file.close();
    if (!file) throw std::runtime_error(times_file + ": cannot be written");
    fmt::print("{{\"samples\": {}, \"datagrams\": {}}}\n", sent.samples, sent.line.sent);
  } catch (const std::exception& error) {
    fmt::print(stderr, "looped_sender: {}\n", error.what());
    return 1;
  }
  return 0;
}
