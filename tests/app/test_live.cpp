// A stream in, the candidates of its recording out. Runs the real executable.
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "replay/recording.hpp"
#include "tests/app/copy_samples.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/ingest/live/system_v_ring.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/stream_peer.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using Catch::Matchers::WithinRel;
using test::content;
using test::Program;
using test::program_path;
using test::rows;
using test::StreamPeer;
using test::TemporaryFolder;

namespace {

// 16 s of 64 channels with two bursts; 1 ms samples. Made once.
const std::string& sky() {
  static const test::SimulatedSky sky{{"--nchans", "64", "--tsamp", "1e-3", "--duration", "16",
                                       "--seed", "7", "--burst", "dm=300,t=2.5,width_ms=4,snr=25",
                                       "--burst", "dm=480,t=13,width_ms=8,snr=20", "--rfi",
                                       "narrowband,impulses:0.2"}};
  return sky.path();
}

std::vector<std::string> live_arguments(const std::string& url, const std::string& out) {
  // Another publisher on this machine may have the default endpoint.
  return {"live", url, "-o", out, "--dm", "0:600", "--publish", "tcp://127.0.0.1:*"};
}

// Candidates as replay finds them, less chunk and file.
const std::vector<std::string>& reference_rows() {
  static const TemporaryFolder folder;
  static const std::vector<std::string> all = [] {
    const auto result = test::run_draftstream(
        {"replay", sky(), "-o", folder.file("out"), "--dm", "0:600", "--quiet"});
    REQUIRE(result.status == 0);
    return rows(folder.file("out/candidates.csv"), 2);
  }();
  REQUIRE(all.size() > 2);  // names, and at least the two bursts
  return all;
}

nlohmann::json summary_of(const std::string& folder) {
  return nlohmann::json::parse(content(folder + "/summary.json"));
}

void check_is_reference(const std::string& folder) {
  CHECK(rows(folder + "/candidates.csv", 2) == reference_rows());
  const auto summary = summary_of(folder);
  CHECK(summary.at("status") == "complete");
  CHECK(summary.at("command") == "live");
  CHECK(summary.at("ledger").at("expected") == 16000);
  CHECK(summary.at("ledger").at("balanced") == true);
  CHECK(summary.at("warnings").empty());
}

test::ProgramResult run_shell(const std::string& line) {
  return test::run_program("/bin/sh", {"-c", line});
}

// Live on a port of its own choice.
struct Listening {
  explicit Listening(const std::string& out)
      : live{program_path(), live_arguments("tcp+listen://127.0.0.1:0", out)},
        address{live.wait_for("listening on ")} {
    REQUIRE_FALSE(address.empty());
  }
  Program live;
  std::string address;
};

}  // namespace

TEST_CASE("whichever way a stream comes, live finds what replay finds", "[app][live][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  std::string live = program_path();
  for (const std::string& word : live_arguments("-", out)) live += " " + word;
  SECTION("standard input, a file") {
    const auto result = run_shell(live + " < " + sky());
    CAPTURE(result.err);
    CHECK(result.status == 0);
    check_is_reference(out);
    CHECK(summary_of(out).at("source") == "-");
    const auto event = nlohmann::json::parse(test::lines(content(out + "/candidates.jsonl"))[0]);
    CHECK(event.at("alert_tense") == "current");
    const auto& latency = event.at("latency_ms");
    const auto of = [&](const char* stage) { return latency.at(stage).get<double>(); };
    CHECK(of("search") > 0.0);
    CHECK(of("infer") >= 0.0);
    CHECK(of("publish") > 0.0);
    CHECK_THAT(of("search") + of("infer") + of("publish"), WithinRel(of("total"), 1e-9));
    CHECK(latency.at("dedisperse").is_null());
  }
  SECTION("standard input, from send") {
    const auto result = run_shell(program_path() + " send --speed max " + sky() + " - | " + live);
    CAPTURE(result.err);
    CHECK(result.status == 0);
    check_is_reference(out);
  }
  SECTION("a file, in chunks of another size") {
    auto arguments = live_arguments("file:" + sky(), out);
    arguments.insert(arguments.end(), {"--chunk-samples", "300", "--threads", "1"});
    CHECK(test::run_draftstream(arguments).status == 0);
    check_is_reference(out);
  }
  SECTION("a connection that live makes") {
    Program send{program_path(), {"send", "--speed", "max", sky(), "tcp+listen://127.0.0.1:0"}};
    const std::string url = send.wait_for("listening on ");
    REQUIRE_FALSE(url.empty());
    CHECK(test::run_draftstream(live_arguments(url, out)).status == 0);
    CHECK(send.wait().status == 0);
    check_is_reference(out);
  }
}

TEST_CASE("a PSRDADA ring, whose second observation has a bad header", "[app][live][dada][e2e]") {
  const TemporaryFolder folder;
  const auto recording = open_recording(sky());
  const Observation& sent = recording->observation();
  std::vector<std::byte> samples(16000 * 64);
  recording->read(0, samples);
  // The centre of the band lies half a channel above the middle one of an even number.
  const double step_mhz = sent.frequency.step().value();
  const std::string header = fmt::format(
      "HDR_VERSION 1.0\nHDR_SIZE 4096\nNCHAN 64\nNPOL 1\nNBIT 8\nNDIM 1\nTSAMP 1000 # us\n"
      "FREQ {:.17g}\nBW {:.17g}\nUTC_START {}\n",
      sent.frequency.first().value() + 31.5 * step_mhz, 64.0 * step_mhz, "2023-02-25-00:00:00");

  const test::RingPair rings{{8, 100'000}};
  const std::string url = fmt::format("dada:{:x}", static_cast<unsigned>(rings.key()));
  Program live{program_path(), live_arguments(url, folder.file("out"))};
  REQUIRE_FALSE(live.wait_for("waiting for headers in ").empty());
  test::write_header(rings, header);
  test::RingWriter{rings.data()}.write_transfer(samples);
  REQUIRE_FALSE(live.wait_for("results are in ").empty());
  test::write_header(rings, "NCHAN many\n");
  test::RingWriter{rings.data()}.write_transfer(std::span{samples}.first(6400));
  REQUIRE_FALSE(live.wait_for("NCHAN").empty());
  test::write_header(rings, header);
  test::RingWriter{rings.data()}.write_transfer(samples);
  REQUIRE(live.wait_for("results are in " + folder.file("out/obs")) == "_0002");
  live.signal(SIGTERM);
  const auto result = live.wait();
  CAPTURE(result.err);
  CHECK(result.status == 143);
  check_is_reference(folder.file("out"));
  CHECK(rows(folder.file("out/obs_0002/candidates.csv"), 2) == reference_rows());
}

TEST_CASE("writers of a FIFO, and a signal while none is there", "[app][live][e2e]") {
  const TemporaryFolder folder;
  const std::string fifo = folder.file("sky.fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  Program live{program_path(), live_arguments("fifo:" + fifo, folder.file("out"))};
  REQUIRE_FALSE(live.wait_for("waiting for a writer of ").empty());
  CHECK(test::run_draftstream({"send", "--speed", "max", sky(), "fifo:" + fifo}).status == 0);
  REQUIRE_FALSE(live.wait_for("results are in ").empty());
  live.signal(SIGTERM);
  CHECK(live.wait().status == 143);
  check_is_reference(folder.file("out"));
}

TEST_CASE("each connection is an observation with a folder of its own; nothing is replaced",
          "[app][live][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("out");
  {
    Listening listening{out};
    // Who comes while another is searched waits in the system's queue.
    Program first{program_path(), {"send", "--speed", "max", sky(), listening.address}};
    CHECK(first.wait().status == 0);
    {
      const StreamPeer stranger{test::connect_to(listening.address)};
      CHECK(stranger.write(std::as_bytes(std::span{"GET / HTTP/1.1\r\n\r\n"})));
    }
    Program second{program_path(), {"send", "--speed", "max", sky(), listening.address}};
    CHECK(second.wait().status == 0);
    REQUIRE(listening.live.wait_for("results are in " + out + "/obs") == "_0002");
    listening.live.signal(SIGINT);
    const auto result = listening.live.wait();
    CHECK(result.status == 130);
    CHECK_THAT(result.err, ContainsSubstring("found 'GET / HTTP/1.1"));
  }
  check_is_reference(out);
  CHECK(rows(out + "/obs_0002/candidates.csv", 2) == reference_rows());

  // A second run, as after a restart.
  const std::string before = content(out + "/candidates.csv");
  CHECK(test::run_draftstream(live_arguments("file:" + sky(), out)).status == 0);
  CHECK(content(out + "/candidates.csv") == before);
  check_is_reference(out + "/obs_0003");
}

TEST_CASE("a signal while data flow ends live after what has come", "[app][live][e2e]") {
  const TemporaryFolder folder;
  auto arguments = live_arguments("tcp+listen://127.0.0.1:0", folder.file("out"));
  arguments.insert(arguments.end(), {"--widths-ms", "32", "--chunk-samples", "256", "--no-cutouts",
                                     "--no-networks"});
  Program live{program_path(), arguments};
  const std::string address = live.wait_for("listening on ");
  REQUIRE_FALSE(address.empty());
  const std::string whole = content(sky());
  const StreamPeer peer{test::connect_to(address)};
  CHECK(peer.write(std::as_bytes(std::span{whole}).first(whole.size() - 64 * 2000)));
  const std::string endpoint = live.wait_for("publishing on ");
  REQUIRE_FALSE(endpoint.empty());
  Program subscriber{program_path(), {"subscribe", endpoint, "--since", "0"}};
  REQUIRE_FALSE(subscriber.wait_for("S/N ").empty());
  live.signal(SIGTERM);
  const auto result = live.wait();
  CAPTURE(result.err);
  CHECK(result.status == 143);
  const auto summary = summary_of(folder.file("out"));
  CHECK(summary.at("status") == "interrupted");
  CHECK(summary.at("ledger").at("balanced") == true);
  CHECK(summary.at("ledger").at("expected") <= 14000);
  CHECK(rows(folder.file("out/candidates.csv"), 2).size() > 1);
}

TEST_CASE("send says where its peer left it", "[app][live][e2e]") {
  const TemporaryFolder folder;
  const std::string fifo = folder.file("sky.fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  Program send{program_path(), {"send", "--speed", "max", sky(), "fifo:" + fifo}};
  REQUIRE_FALSE(send.wait_for("sending ").empty());  // more than the FIFO holds
  ::close(reader);
  const auto result = send.wait();
  CHECK(result.status == 1);
  CHECK_THAT(result.err, ContainsSubstring("sky.fifo: ") && ContainsSubstring(" of 16000 samples"));
}

TEST_CASE("a peer that vanishes ends its observation, not live", "[app][live][e2e]") {
  const TemporaryFolder folder;
  test::copy_samples(*open_recording(sky()), 0, 4000, folder.file("part.fil"));
  const std::string part = content(folder.file("part.fil"));
  Listening listening{folder.file("out")};
  StreamPeer peer{test::connect_to(listening.address)};
  // Half a spectrum is left over.
  CHECK(peer.write(std::as_bytes(std::span{part}).first(part.size() - 32)));
  peer.leave();
  REQUIRE_FALSE(listening.live.wait_for("results are in ").empty());
  listening.live.signal(SIGTERM);
  const auto result = listening.live.wait();
  CHECK(result.status == 143);
  CHECK_THAT(result.err, ContainsSubstring("the stream ends inside a spectrum; its last 32 bytes"));
  const auto summary = summary_of(folder.file("out"));
  CHECK(summary.at("status") == "complete");
  CHECK(summary.at("ledger").at("expected") == 3999);
  CHECK(summary.at("ledger").at("balanced") == true);
  CHECK_FALSE(summary.at("warnings").empty());
}

TEST_CASE("live and send refuse with a sentence and a status", "[app][live][e2e]") {
  const TemporaryFolder folder;
  test::write_file(folder.file("bad.fil"), "nothing that was ever observed");
  const std::string nobody = "tcp://127.0.0.1:" + std::to_string(test::unused_port());
  const std::string fifo = folder.file("sky.fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  struct Row {
    std::vector<std::string> arguments;
    int status;
    std::string message;
  };
  const std::vector<Row> table{
      {{"live"}, 2, "URL is required"},
      {{"live", "sky.fil"}, 2, "live: URL 'sky.fil': found no such form, expected -, file:PATH"},
      {{"live", "dada:xyz"}, 2, "live: URL dada:xyz: found 'xyz'"},
      {{"live", "dada:7ffffff0"}, 75, "dada:7ffffff0: found no shared memory of key 0x7ffffff"},
      {{"live", "-", "--speed", "2"}, 2, "unknown option '--speed'"},
      {{"live", nobody}, 75, nobody + ": found nobody there"},
      {{"live", "fifo:" + folder.file("none")}, 66, folder.file("none")},
      {{"live", "file:" + folder.file("bad.fil")}, 65, "bad.fil: byte 0: found 'nothing that was'"},
      {{"live", "-"}, 65, "standard input: byte 0: found the end of the stream"},
      {{"live", "tcp+listen://192.0.2.1:9000"}, 78, "cannot be listened at"},
      {{"live", "file:" + sky(), "--mask", folder.file("none")}, 66, folder.file("none")},
      {{"send", sky()}, 2, "alone, expected FILE... and a URL"},
      {{"send", sky(), "-", "--speed", "0"}, 2, "--speed: found '0'"},
      {{"send", sky(), "udp://1.2.3.4:5"}, 2, "URL 'udp://1.2.3.4:5': found no such form"},
      {{"send", sky(), nobody}, 75, nobody + ": found nobody there"},
      {{"send", sky(), "fifo:" + fifo}, 75, "found nobody who reads it"},
      {{"send", sky(), "fifo:" + folder.file("none")}, 66, "expected a FIFO"},
      {{"send", sky(), "file:" + sky()}, 78, "found a file, expected none there"},
      {{"send", folder.file("none"), "-"}, 66, folder.file("none")},
      {{"send", folder.file("bad.fil"), "-"}, 65, "bad.fil: byte 0"},
  };
  for (const Row& row : table) {
    auto arguments = row.arguments;
    if (arguments.front() == "live") {
      arguments.insert(arguments.end(),
                       {"-o", folder.file("out"), "--publish", "tcp://127.0.0.1:*"});
    }
    const auto result = test::run_draftstream(arguments);
    CAPTURE(row.arguments, result.err);
    CHECK(result.status == row.status);
    CHECK_THAT(test::lines(result.err).back(), ContainsSubstring(row.message));
  }
}

TEST_CASE("what send sends is the recording", "[app][live][e2e]") {
  const TemporaryFolder folder;
  test::copy_samples(*open_recording(sky()), 0, 700, folder.file("a.fil"));
  test::copy_samples(*open_recording(sky()), 1000, 1500, folder.file("b.fits"));
  const auto result = test::run_draftstream({"send", folder.file("b.fits"), folder.file("a.fil"),
                                             "file:" + folder.file("sent.fil"), "--speed", "10"});
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.err, ContainsSubstring("300 of 1500 spectra are gaps, and sent as zeros"));
  const auto sent = open_recording(folder.file("sent.fil"));
  const auto original = open_recording(sky());
  REQUIRE(sent->observation().samples == 1500);
  CHECK(sent->observation().time.start == original->observation().time.start);
  for (std::uint64_t sample = 0; sample < 1500; sample += 50) {
    std::vector<std::byte> got(64);
    std::vector<std::byte> want(64);
    sent->read(sample, got);
    if (sample < 700 || sample >= 1000) original->read(sample, want);
    CAPTURE(sample);
    CHECK(got == want);
  }
}
