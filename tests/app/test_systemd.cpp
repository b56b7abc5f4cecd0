// The units: what systemd thinks of them, and a socket that it keeps.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/service_manager.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/app/notify_socket.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/source_folder.hpp"
#include "tests/support/stream_peer.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::content;
using test::Program;
using test::TemporaryFolder;
using test::write_file;

namespace {

namespace fs = std::filesystem;

// Where a tool of systemd's is; "" says that it is not there.
std::string tool(const std::string& name) {
  const std::string path = "/usr/bin/" + name;
  if (fs::exists(path)) return path;
  WARN(path + " is not there (Debian's package systemd): nothing is checked");
  return "";
}

// How systemd-socket-activate begins: it hands on no variable that it is not told of, and sanitized
// programs are told by theirs what to overlook.
std::vector<std::string> activation(const std::string& address) {
  std::vector<std::string> words{"-l", address};
  for (const char* variable : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (std::getenv(variable) != nullptr) words.insert(words.end(), {"-E", variable});
  }
  return words;
}

// The units as they are installed, but for where the program is; with the drop-in that a socket
// needs.
struct Units {
  Units() {
    const std::string source = test::source_folder().string() + "/systemd/";
    std::string service = content(source + "draftstream@.service.in");
    replace_all(service, "@CMAKE_INSTALL_FULL_BINDIR@/draftstream", test::program_path());
    replace_all(service, "@CMAKE_INSTALL_FULL_DOCDIR@", "/usr/share/doc/draftstream");
    REQUIRE(service.find('@', service.find("ExecStart")) == service.find("@system-service"));
    write_file(folder.file("draftstream@.service"), service);
    for (const char* unit : {"draftstream.target", "draftstream@.socket"}) {
      fs::copy_file(source + unit, folder.file(unit));
    }
    fs::create_directory(folder.file("draftstream@one.socket.d"));
    write_file(folder.file("draftstream@one.socket.d/address.conf"),
               "[Socket]\nListenStream=127.0.0.1:9000\n");
  }
  static void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
      text.replace(at, what.size(), by);
    }
  }
  TemporaryFolder folder;
};

const std::string& sky() {
  static const TemporaryFolder folder;
  static const std::string path = [] {
    const auto result = test::run_draftstream(
        {"simulate", folder.file("sky.fil"), "--nchans", "64", "--tsamp", "1e-3", "--duration", "8",
         "--seed", "7", "--burst", "dm=300,t=2.5,width_ms=4,snr=25", "--quiet"});
    REQUIRE(result.status == 0);
    return folder.file("sky.fil");
  }();
  return path;
}

std::vector<std::string> live_arguments(const std::string& url, const std::string& out) {
  return {"live",         url, "-o", out, "--dm", "0:600", "--publish", "tcp://127.0.0.1:*",
          "--no-networks"};
}

}  // namespace

TEST_CASE("systemd finds nothing wrong with the units", "[app][systemd]") {
  const std::string analyze = tool("systemd-analyze");
  if (analyze.empty()) return;
  const Units units;
  const test::Variable path{"SYSTEMD_UNIT_PATH", units.folder.file("") + ":"};
  const auto result = test::run_program(
      analyze,
      {"verify", "--man=no", units.folder.file("draftstream@one.service"),
       units.folder.file("draftstream@one.socket"), units.folder.file("draftstream.target")});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
}

TEST_CASE("the service is exposed to 2.5 of 10 at most", "[app][systemd]") {
  const std::string analyze = tool("systemd-analyze");
  if (analyze.empty()) return;
  const Units units;
  const auto result =
      test::run_program(analyze, {"security", "--offline=true", "--no-pager", "--threshold=25",
                                  units.folder.file("draftstream@.service")});
  CAPTURE(result.out, result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, ContainsSubstring("Overall exposure level"));
}

TEST_CASE("each line of the service that is commented out of caution stays out", "[app][systemd]") {
  const std::string unit =
      content(test::source_folder().string() + "/systemd/draftstream@.service.in");
  for (const char* breaks : {"MemoryDenyWriteExecute=", "PrivateDevices=yes", "PrivateIPC=yes",
                             "RemoveIPC=yes", "PrivateNetwork=yes"}) {
    CAPTURE(breaks);
    CHECK(unit.find(std::string{"\n"} + breaks) == std::string::npos);
  }
  CHECK_THAT(unit, ContainsSubstring("\nType=notify\n") && ContainsSubstring("\nWatchdogSec="));
}

TEST_CASE("a peer that comes before live has begun is not refused", "[app][systemd][e2e]") {
  const std::string activate = tool("systemd-socket-activate");
  if (activate.empty()) return;
  if (!knows_service_manager()) {
    WARN("built without libsystemd: sockets are not taken over");
    return;
  }
  const TemporaryFolder folder;
  CHECK(test::run_draftstream({"replay", sky(), "-o", folder.file("replayed"), "--dm", "0:600",
                               "--no-networks", "--quiet"})
            .status == 0);
  const std::string address = fmt::format("127.0.0.1:{}", test::unused_port());
  std::vector<std::string> words = activation(address);
  words.push_back(test::program_path());
  for (const auto& word : live_arguments("tcp+listen://" + address, folder.file("out"))) {
    words.push_back(word);
  }
  Program live{activate, words};
  REQUIRE_FALSE(live.wait_for("Listening on ").empty());
  // The first byte is what starts live.
  CHECK(test::run_draftstream({"send", "--speed", "max", sky(), "tcp://" + address}).status == 0);
  REQUIRE_FALSE(live.wait_for("results are in ").empty());
  live.signal(SIGTERM);
  const auto result = live.wait();
  CAPTURE(result.err);
  CHECK(result.status == 143);
  CHECK(test::rows(folder.file("out/candidates.csv"), 2) ==
        test::rows(folder.file("replayed/candidates.csv"), 2));
}

TEST_CASE("sockets that cannot be used are refused", "[app][systemd][e2e]") {
  const std::string activate = tool("systemd-socket-activate");
  if (activate.empty() || !knows_service_manager()) return;
  const TemporaryFolder folder;
  const std::string address = fmt::format("127.0.0.1:{}", test::unused_port());
  const auto activated = [&](const std::vector<std::string>& more, const std::string& url) {
    std::vector<std::string> options = activation(address);
    options.insert(options.end(), more.begin(), more.end());
    options.push_back(test::program_path());
    for (const auto& word : live_arguments(url, folder.file("out"))) options.push_back(word);
    Program live{activate, options};
    REQUIRE_FALSE(live.wait_for("Listening on ").empty());
    const test::StreamPeer peer{test::connect_to(address)};
    return live.wait();
  };
  const std::string listens = "tcp+listen://" + address;
  auto result = activated({}, "file:" + sky());
  CHECK(result.status == 78);
  CHECK_THAT(result.err, ContainsSubstring("this stream listens at no socket"));
  result = activated({}, "dada:dada");
  CHECK(result.status == 78);
  CHECK_THAT(result.err, ContainsSubstring("this stream listens at no socket"));
  result = activated({"-l", fmt::format("127.0.0.1:{}", test::unused_port())}, listens);
  CHECK(result.status == 78);
  CHECK_THAT(result.err, ContainsSubstring("found 2 sockets that were handed over"));
}
