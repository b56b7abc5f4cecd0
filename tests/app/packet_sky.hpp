// A sky as packets, and the live program that they are sent to.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ingest/samples.hpp"
#include "replay/recording.hpp"
#include "replay/recording_writer.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/udp_peer.hpp"

namespace draftstream::test::packet_sky {

constexpr std::size_t channels = 64;
constexpr std::size_t samples = 16'000;
constexpr std::uint64_t start_ns = 1'677'283'200'000'000'000;  // 2023-02-25, MJD 60000

// 16 s of 64 channels from 1500 to 1200 MHz, 1 ms samples, of a beam; two bursts.
inline std::string simulate(const TemporaryFolder& folder, int beam) {
  const std::string path = folder.file(fmt::format("beam{}.fil", beam));
  const auto result =
      run_draftstream({"simulate", path, "--nchans", "64", "--tsamp", "1e-3", "--duration", "16",
                       "--seed", std::to_string(beam), "--burst", "dm=300,t=2.5,width_ms=4,snr=25",
                       "--burst", fmt::format("dm=480,t={},width_ms=8,snr=20", 10 + beam % 3),
                       "--beam", std::to_string(beam), "--quiet"});
  REQUIRE(result.status == 0);
  return path;
}

// Made once.
inline const std::string& sky(int beam = 5) {
  static const TemporaryFolder folder;
  static const std::string five = simulate(folder, 5);
  static const std::string seven = simulate(folder, 7);
  return beam == 5 ? five : seven;
}

// Shape [sample, channel].
inline std::vector<std::uint8_t> stored_samples(const std::string& path) {
  const auto recording = open_recording(path);
  std::vector<std::byte> bytes(samples * channels);
  recording->read(0, bytes);
  std::vector<std::uint8_t> values;
  for (const std::byte byte : bytes) values.push_back(std::to_integer<std::uint8_t>(byte));
  return values;
}

// The same samples, stored otherwise: the search of floats takes other steps than that of bytes.
inline std::string store_as(const SampleFormat& format, const std::string& path,
                            const std::string& to) {
  const auto recording = open_recording(path);
  Observation observation = recording->observation();
  std::vector<std::byte> stored(observation.spectrum_bytes());
  std::vector<float> spectrum(observation.frequency.channels());
  const SampleFormat from = observation.format;
  observation.format = format;
  observation.stored_bits = format.bits;
  const auto writer = make_recording_writer(to, observation);
  for (std::uint64_t sample = 0; sample < *observation.samples; ++sample) {
    recording->read(sample, stored);
    unpack_spectrum(stored, from, spectrum);
    writer->write(spectrum);
  }
  writer->finish();
  return to;
}

// Candidates as replay finds them, less chunk and file.
inline std::vector<std::string> replay_rows(const std::string& path,
                                            const std::vector<std::string>& more = {}) {
  const TemporaryFolder folder;
  std::vector<std::string> arguments{"replay", path, "-o", folder.file("out"), "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  REQUIRE(run_draftstream(arguments).status == 0);
  const auto all = rows(folder.file("out/candidates.csv"), 2);
  REQUIRE(all.size() > 1);  // names, and at least a burst
  return all;
}

enum class Stored { bytes, floats };

// Of the sky, each made once.
inline const std::vector<std::string>& reference_rows(Stored stored) {
  static const TemporaryFolder folder;
  static const std::vector<std::string> bytes = replay_rows(sky(), {"--dm", "0:600"});
  static const std::vector<std::string> floats =
      replay_rows(store_as(float_samples, sky(), folder.file("floats.fil")), {"--dm", "0:600"});
  return stored == Stored::bytes ? bytes : floats;
}

// 2 s of the 4096 channels that FAST's packets have, 1 ms samples, beam 5; a burst.
inline std::string simulate_fast(const TemporaryFolder& folder) {
  const std::string path = folder.file("fast.fil");
  const auto result =
      run_draftstream({"simulate", path, "--nchans", "4096", "--tsamp", "1e-3", "--duration", "2",
                       "--burst", "dm=60,t=0.8,width_ms=4,snr=30", "--beam", "5", "--quiet"});
  REQUIRE(result.status == 0);
  return path;
}

// Of its packets, which are sums of two bytes and so have 16 bits.
inline std::vector<std::string> fast_rows(const TemporaryFolder& folder, const std::string& path) {
  return replay_rows(store_as({16, false, false}, path, folder.file("wide.fil")),
                     {"--dm", "0:100", "--no-networks"});
}

inline nlohmann::json summary_of(const std::string& folder) {
  return nlohmann::json::parse(content(folder + "/summary.json"));
}

struct Live {
  Live(const std::string& url, const std::string& out, const std::vector<std::string>& more = {},
       const std::string& dm = "0:600")
      : program{program_path(), arguments(url, out, more, dm)},
        address{program.wait_for("listening on ")} {
    REQUIRE_FALSE(address.empty());
  }
  static std::vector<std::string> arguments(const std::string& url, const std::string& out,
                                            const std::vector<std::string>& more,
                                            const std::string& dm) {
    std::vector<std::string> all{"live", url, "-o",        out,
                                 "--dm", dm,  "--publish", "tcp://127.0.0.1:*"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  // Ends it once results of an observation are there.
  ProgramResult end_after_one() {
    REQUIRE_FALSE(program.wait_for("results are in ").empty());
    program.signal(SIGTERM);
    return program.wait();
  }

  Program program;
  std::string address;
};

inline void check_is_reference(const std::string& folder, Stored stored = Stored::bytes) {
  CHECK(rows(folder + "/candidates.csv", 2) == reference_rows(stored));
  const auto summary = summary_of(folder);
  CHECK(summary.at("status") == "complete");
  CHECK(summary.at("ledger").at("expected") == samples);
  CHECK(summary.at("ledger").at("balanced") == true);
  CHECK(summary.at("ledger").at("missing") == 0);
  CHECK(summary.at("packets").at("cells").at("missing") == 0);
  CHECK(summary.at("packets").at("kernel_drops") == 0);
  CHECK(summary.at("packets").at("accepted") == summary.at("packets").at("units"));
}

constexpr std::size_t block = 16;   // samples in a packet
constexpr std::size_t coarse = 16;  // channels in a packet

// 16 samples of 16 channels of one beam or several: scale 1, offset the lowest less 1.
inline Bytes chime_packet(const std::vector<std::vector<std::uint8_t>>& beams,
                          const std::vector<std::uint16_t>& ids, std::uint32_t version,
                          std::size_t first, std::size_t channel) {
  ChimeBytes made;
  made.version = version;
  made.counts_per_sample = 1000;
  made.fpga0_ns = start_ns;
  made.fpga_count = first * 1000;
  made.beams = ids;
  made.coarse.clear();
  made.samples = block;
  for (std::size_t c = channel; c < channel + coarse; ++c) {
    made.coarse.push_back(static_cast<std::uint16_t>(c));
  }
  for (const auto& values : beams) {
    for (std::size_t c = channel; c < channel + coarse; ++c) {
      int lowest = 255;
      int highest = 0;
      for (std::size_t t = first; t < first + block; ++t) {
        lowest = std::min<int>(lowest, values[t * channels + c]);
        highest = std::max<int>(highest, values[t * channels + c]);
      }
      if (highest - lowest > 253) throw std::logic_error("no byte for each value");
      made.scales.push_back(1.0F);
      made.offsets.push_back(static_cast<float>(lowest - 1));
      for (std::size_t t = first; t < first + block; ++t) {
        made.data.push_back(static_cast<std::uint8_t>(values[t * channels + c] - lowest + 1));
      }
    }
  }
  return made.bytes();
}

inline Bytes chime_end() {
  Bytes bytes(24);
  bytes[0] = std::byte{1};
  return bytes;
}

inline const std::string chime_options =
    "coarse_channels=64&top_mhz=1500&bottom_mhz=1200&clock_hz=1000000";

}  // namespace draftstream::test::packet_sky
