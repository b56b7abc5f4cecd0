// Questions to a live run, and its answers; some by the command, some by ZeroMQ alone.
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "publishers/control_socket.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/stream_peer.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using nlohmann::json;
using test::Program;
using test::run_draftstream;
using test::TemporaryFolder;

namespace {

const std::string& sky() {
  static const TemporaryFolder folder;
  static const std::string path = [] {
    const auto result = test::run_draftstream(
        {"simulate", folder.file("sky.fil"), "--nchans", "64", "--tsamp", "1e-3", "--duration",
         "16", "--seed", "7", "--burst", "dm=300,t=2.5,width_ms=4,snr=25", "--quiet"});
    REQUIRE(result.status == 0);
    return folder.file("sky.fil");
  }();
  return path;
}

// Live, with a control socket.
struct Controlled {
  TemporaryFolder folder;
  std::string endpoint = "ipc://" + folder.file("control");
  Program live{test::program_path(),
               {"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("out"), "--dm", "0:600",
                "--publish", "tcp://127.0.0.1:*", "--no-networks", "--widths-ms", "32",
                "--chunk-samples", "256", "--control", endpoint}};
  std::string address = live.wait_for("listening on ");
  std::string bound = live.wait_for("control at ");

  json ask(const std::string& request) const {
    const auto answer = ask_control(endpoint, request, std::chrono::minutes{2});
    REQUIRE(answer);
    return json::parse(*answer);
  }
};

}  // namespace

TEST_CASE("status before, in and after an observation", "[app][control][e2e]") {
  Controlled control;
  CHECK(control.bound == control.endpoint);
  json status = control.ask(R"({"op":"status"})");
  CHECK(status.at("ok") == true);
  CHECK(status.at("state") == "waiting");
  CHECK(status.at("observation").is_null());
  CHECK(status.at("source") == "tcp+listen://127.0.0.1:0");
  CHECK(status.at("stuck").empty());

  test::StreamPeer peer{test::connect_to(control.address)};
  const std::string whole = test::content(sky());
  CHECK(peer.write(std::as_bytes(std::span{whole})));
  // The burst of 2.5 s is an event as soon as its block has been searched.
  do {
    status = control.ask(R"({"op":"status"})");
  } while (status.at("observation").is_null() || status["observation"].at("events") == 0);
  CHECK(status.at("state") == "searching");
  const json seen = status.at("observation");
  CHECK(seen.at("folder") == control.folder.file("out"));
  CHECK(seen.at("threshold_snr") == 7.0);
  CHECK(seen.at("topic").at("subscribers") == 0);
  CHECK(seen.at("beams").size() == 1);
  CHECK(seen["beams"][0].at("samples_received") <= 16000);
  CHECK(seen["beams"][0].at("overload").is_null());  // the sender waits
  CHECK(seen.at("at_real_time").is_null());
  CHECK(seen["beams"][0].at("samples_searched") <= seen["beams"][0].at("samples_received"));
  const json ledger = seen.at("ledger");
  std::uint64_t sum = 0;
  for (const char* fate : {"searched", "masked", "missing", "late", "invalid", "overrun"}) {
    sum += ledger.at(fate).get<std::uint64_t>();
  }
  CHECK(sum == ledger.at("expected"));
  CHECK(seen.at("lost_samples") == 0);

  peer.leave();
  REQUIRE_FALSE(control.live.wait_for("results are in ").empty());
  do {
    status = control.ask(R"({"op":"status"})");
  } while (status.at("state") != "waiting");
  CHECK(status.at("observation").is_null());
}

TEST_CASE("the command asks, changes and ends", "[app][control][e2e]") {
  Controlled control;
  const auto command = [&control](std::vector<std::string> words) {
    words.insert(words.begin(), {"control", control.endpoint});
    return run_draftstream(words);
  };
  auto result = command({"status"});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, ContainsSubstring("state: waiting\n"));
  result = command({"status", "--json"});
  CHECK(json::parse(result.out).at("next_threshold_snr") == 7.0);
  result = command({"mask", "add", "3", "5-6"});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, ContainsSubstring("found no observation so far"));

  CHECK(run_draftstream({"send", "--speed", "max", sky(), control.address}).status == 0);
  REQUIRE_FALSE(control.live.wait_for("results are in ").empty());
  result = command({"mask", "add", "3", "5-6"});
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, ContainsSubstring("masked_channels: 3\n"));
  CHECK(command({"threshold", "1000"}).status == 0);
  CHECK(command({"status"}).out.find("next_threshold_snr: 1000.0\n") != std::string::npos);
  CHECK(command({"dump"}).status == 1);
  CHECK_THAT(
      command({"dump"}).err,
      ContainsSubstring(R"(op: found "dump", expected status, threshold, mask or shutdown)"));
  CHECK(run_draftstream({"send", "--speed", "max", sky(), control.address}).status == 0);
  REQUIRE(control.live.wait_for("results are in " + control.folder.file("out/obs")) == "_0002");
  CHECK(test::rows(control.folder.file("out/candidates.csv"), 2).size() > 1);
  CHECK(test::rows(control.folder.file("out/obs_0002/candidates.csv"), 2).size() == 1);

  CHECK(command({"shutdown"}).status == 0);
  CHECK(control.live.wait().status == 143);
}

TEST_CASE("what is no request is answered with a sentence", "[app][control][e2e]") {
  Controlled control;
  struct Row {
    std::string request;
    std::string error;
  };
  const std::vector<Row> table{
      {"", "request: found no JSON, expected an object"},
      {"status", "request: found no JSON"},
      {"[1,2]", "request: found [1,2], expected an object"},
      {"{}", "op: found null, expected status"},
      {R"({"op":7})", "op: found 7"},
      {R"({"op":"inject","snr":9})", R"(op: found "inject", expected status)"},
      {R"({"op":"status","verbose":true})", "field 'verbose': found true, expected none but 'op'"},
      {R"({"op":"threshold"})", "snr: found null, expected a number"},
      {R"({"op":"threshold","snr":"8"})", R"(snr: found "8", expected a number)"},
      {R"({"op":"threshold","snr":2})", "snr: found 2, expected a number from 3"},
      {R"({"op":"mask"})", "mask: found neither, expected 'add' or 'remove'"},
      {R"({"op":"mask","add":[3]})", "add: found [3], expected channels as in a mask file"},
      {R"({"op":"mask","add":"3"})", "mask: found no observation so far"},
      {std::string(1000, '['), "request: found no JSON"},
      {"{\"op\":\"\xff\"}", "request: found no JSON"},
  };
  for (const Row& row : table) {
    CAPTURE(row.request);
    const json answer = control.ask(row.request);
    CHECK(answer.at("ok") == false);
    CHECK_THAT(answer.at("error").get<std::string>(), ContainsSubstring(row.error));
  }
  CHECK(control.ask(R"({"op":"status"})").at("ok") == true);
  control.live.signal(SIGTERM);
  CHECK(control.live.wait().status == 143);
}

TEST_CASE("control refuses with a sentence and a status", "[app][control][e2e]") {
  const TemporaryFolder folder;
  const std::string nobody = "ipc://" + folder.file("nobody");
  struct Row {
    std::vector<std::string> arguments;
    int status;
    std::string message;
  };
  const std::vector<Row> table{
      {{"control"}, 2, "ENDPOINT is required"},
      {{"control", nobody}, 2, "OP is required"},
      {{"control", "udp://1.2.3.4:5", "status"}, 2, "endpoint 'udp://1.2.3.4:5': found another"},
      {{"control", nobody, "status", "--wait", "0.01"}, 75, "found no answer within 0.01 s"},
      {{"control", nobody, "threshold"}, 2, "threshold: expected an S/N"},
      {{"control", nobody, "threshold", "2"}, 2, "threshold: found '2'"},
      {{"control", nobody, "mask", "3"}, 2, "mask: expected add or remove"},
      {{"control", nobody, "shutdown", "now"}, 2, "shutdown: found 'now', expected nothing more"},
      {{"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("out"), "--no-networks", "--control",
        "tcp://0.0.0.0:7000"},
       78,
       "found host 0.0.0.0, expected ipc://PATH or a loopback address"},
      {{"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("out"), "--no-networks", "--control",
        "nonsense"},
       78,
       "endpoint 'nonsense': found another scheme"},
      {{"live", "tcp+listen://127.0.0.1:0", "-o", folder.file("out"), "--no-networks", "--control",
        "ipc:///nowhere/at/all"},
       78,
       "cannot be bound"},
      {{"replay", "a.fil", "--control", nobody}, 2, "unknown option '--control'"},
  };
  for (const Row& row : table) {
    const auto result = run_draftstream(row.arguments);
    CAPTURE(row.arguments, result.err);
    CHECK(result.status == row.status);
    CHECK_THAT(test::lines(result.err).back(), ContainsSubstring(row.message));
  }
}
