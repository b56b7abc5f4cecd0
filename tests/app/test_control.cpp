// Questions to a live run, and its answers; some by the command, some by ZeroMQ alone.
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "publishers/control_socket.hpp"
#include "publishers/subscriber.hpp"
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
  explicit Controlled(std::vector<std::string> more = {}) : more_arguments{std::move(more)} {}

  TemporaryFolder folder;
  std::string endpoint = "ipc://" + folder.file("control");
  std::vector<std::string> more_arguments;
  Program live{test::program_path(), arguments()};
  std::string address = live.wait_for("listening on ");
  std::string bound = live.wait_for("control at ");

  std::vector<std::string> arguments() const {
    std::vector<std::string> all{"live",
                                 "tcp+listen://127.0.0.1:0",
                                 "-o",
                                 folder.file("out"),
                                 "--dm",
                                 "0:600",
                                 "--publish",
                                 "tcp://127.0.0.1:*",
                                 "--no-networks",
                                 "--widths-ms",
                                 "32",
                                 "--chunk-samples",
                                 "256",
                                 "--control",
                                 endpoint};
    all.insert(all.end(), more_arguments.begin(), more_arguments.end());
    return all;
  }
  json ask(const std::string& request) const {
    const auto answer = ask_control(endpoint, request, std::chrono::minutes{2});
    REQUIRE(answer);
    return json::parse(*answer);
  }
};

}  // namespace

TEST_CASE("status before, in and after an observation", "[app][control][e2e]") {
  const TemporaryFolder made;
  std::ofstream{made.file("world.yaml")} << "gateways:\n  - {name: drafts, kind: tns, folder: '"
                                         << made.file("tns") << "', reporter: N. Shift}\n";
  Controlled control{{"--gateways", made.file("world.yaml")}};
  CHECK(control.bound == control.endpoint);
  json status = control.ask(R"({"op":"status"})");
  CHECK(status.at("ok") == true);
  CHECK(status.at("state") == "waiting");
  CHECK(status.at("observation").is_null());
  CHECK(status.at("source") == "tcp+listen://127.0.0.1:0");
  CHECK(status.at("stuck").empty());
  REQUIRE(status.at("gateways").size() == 1);
  CHECK(status["gateways"][0].at("name") == "drafts");

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
  } while (status.at("state") != "waiting" ||
           status["gateways"][0].at("held_back").value("labels", 0) == 0);  // it is unjudged
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
  CHECK(command({"sing"}).status == 1);
  CHECK_THAT(
      command({"sing"}).err,
      ContainsSubstring(
          R"(op: found "sing", expected status, threshold, mask, dump, inject or shutdown)"));
  result = command({"dump", "from_s=-1", "to_s=0"});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, ContainsSubstring("found no observation, expected one that is searched"));
  CHECK(run_draftstream({"send", "--speed", "max", sky(), control.address}).status == 0);
  REQUIRE(control.live.wait_for("results are in " + control.folder.file("out/obs")) == "_0002");
  CHECK(test::rows(control.folder.file("out/candidates.csv"), 2).size() > 1);
  CHECK(test::rows(control.folder.file("out/obs_0002/candidates.csv"), 2).size() == 1);

  CHECK(command({"shutdown"}).status == 0);
  CHECK(control.live.wait().status == 143);
}

TEST_CASE("a dump and a burst that are asked for", "[app][control][e2e]") {
  const TemporaryFolder made;
  test::write_file(made.file("keep.yaml"), "dumps:\n  keep_s: 20\n");
  Controlled control{{"--config", made.file("keep.yaml")}};
  SubscriberOptions options;
  test::StreamPeer peer{test::connect_to(control.address)};
  const std::string whole = test::content(sky());
  const auto bytes = std::as_bytes(std::span{whole});
  const std::size_t header = whole.size() - std::size_t{16'000} * 64;
  // The first half is there, and the second is still to come.
  REQUIRE(peer.write(bytes.first(header + std::size_t{8'000} * 64)));
  options.endpoint = control.live.wait_for("publishing on ");
  Subscriber subscriber{options};
  json status;
  do {
    status = control.ask(R"({"op":"status"})");
  } while (status.at("observation").is_null() ||
           status["observation"]["ledger"].at("searched") < 4000);

  const json past =
      control.ask(R"({"op":"dump","from_sample":1000,"to_utc":"2023-02-25T00:00:03.5Z"})");
  CAPTURE(past.dump());
  REQUIRE(past.at("ok") == true);
  CHECK(past.at("first_sample") == 1000);
  CHECK(past.at("end_sample") == 3500);
  CHECK(past.at("beam").is_null());
  const json future = control.ask(R"({"op":"dump","from_s":-0.5,"to_s":2})");
  REQUIRE(future.at("ok") == true);
  CHECK(future.at("end_sample").get<int>() - future.at("first_sample").get<int>() == 2500);
  const json burst = control.ask(R"({"op":"inject","dm":150,"snr":30,"width_ms":4})");
  CAPTURE(burst.dump());
  REQUIRE(burst.at("ok") == true);
  CHECK(burst.at("injection_id") == "injection-r000001");
  const auto refusal = [&control](const std::string& request) {
    return control.ask(request).at("error").get<std::string>();
  };
  CHECK_THAT(refusal(R"({"op":"inject","dm":601,"snr":30,"width_ms":4})"),
             ContainsSubstring("dm: found 601, expected 0 to 600 pc cm^-3"));
  CHECK_THAT(refusal(R"({"op":"inject","dm":60,"snr":30,"width_ms":400})"),
             ContainsSubstring("width_ms: found 400, expected 2 to 32 ms"));
  CHECK_THAT(refusal(R"({"op":"inject","dm":60,"snr":1,"width_ms":4})"),
             ContainsSubstring("snr: found 1, expected 3 to 10000"));
  CHECK_THAT(refusal(R"({"op":"inject","beam":4,"dm":60,"snr":9,"width_ms":4})"),
             ContainsSubstring("beam: found 4, expected one without a number"));
  CHECK_THAT(refusal(R"({"op":"dump","beam":4,"from_s":-1,"to_s":0})"),
             ContainsSubstring("beam: found 4"));

  // What became of the first is told, in both places.
  std::optional<EventProduct> told;
  while (!told) {
    const auto message = subscriber.next(std::chrono::minutes{5});
    REQUIRE(message);
    if (!message->status || !message->status->report) continue;
    const StatusReport& report = *message->status->report;
    CHECK(report.state == "running");
    for (const EventProduct& product : report.products) told = product;
  }
  CHECK(told->uri == past.at("uri"));
  CHECK(told->status == "complete");
  status = control.ask(R"({"op":"status"})");
  const json& requested = status.at("observation").at("dumps").at("requested");
  REQUIRE(requested.size() == 2);
  CHECK(requested[0].at("uri") == past.at("uri"));
  CHECK(requested[0].at("status") == "complete");
  CHECK(requested[1].at("status") == "pending");

  REQUIRE(peer.write(bytes.subspan(header + std::size_t{8'000} * 64)));
  peer.leave();
  REQUIRE_FALSE(control.live.wait_for("results are in ").empty());
  const std::string out = control.folder.file("out");
  for (const json& dump : {past, future}) {
    const std::string file = test::content(out + "/" + dump.at("uri").get<std::string>());
    const auto first = dump.at("first_sample").get<std::size_t>();
    const auto count = dump.at("end_sample").get<std::size_t>() - first;
    REQUIRE(file.size() > count * 64);
    CHECK((file.substr(file.size() - count * 64) == whole.substr(header + first * 64, count * 64)));
  }
  const json summary = json::parse(test::content(out + "/summary.json"));
  CHECK(summary.at("dumps").at("complete") == 2);
  CHECK(summary.at("injections").at("made") == 1);
  CHECK(summary.at("injections").at("found") == 1);
  std::size_t injected = 0;
  for (const std::string& line : test::lines(test::content(out + "/candidates.jsonl"))) {
    const json event = json::parse(line);
    if (event.at("injection").at("injection_id") != "injection-r000001") continue;
    ++injected;
    CHECK(event.at("alert_tense") == "injection");
    CHECK(event.at("time").at("toa_s").get<double>() ==
          Approx(burst.at("toa_s").get<double>()).margin(0.01));
    CHECK(event.at("dm").at("value_pc_cm3").get<double>() == Approx(150.0).margin(10.0));
  }
  CHECK(injected >= 1);
}

TEST_CASE("a run that is asked for nothing tells of no dumps and injections",
          "[app][control][e2e]") {
  Controlled control;
  CHECK(run_draftstream({"send", "--speed", "max", sky(), control.address}).status == 0);
  REQUIRE_FALSE(control.live.wait_for("results are in ").empty());
  const json summary = json::parse(test::content(control.folder.file("out/summary.json")));
  CHECK(summary.at("dumps").is_null());
  CHECK(summary.at("injections").is_null());
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
      {R"({"op":"sing","snr":9})", R"(op: found "sing", expected status)"},
      {R"({"op":"dump"})", "from: found nothing, expected one of from_sample, from_utc and from_s"},
      {R"({"op":"dump","from_s":-1})", "to: found nothing, expected one of to_sample"},
      {R"({"op":"dump","from_s":-1,"from_sample":3,"to_s":0})",
       "from: found from_sample, from_s, expected one of"},
      {R"({"op":"dump","from_sample":-3,"to_s":0})", "from_sample: found -3, expected a sample"},
      {R"({"op":"dump","from_utc":"now","to_s":0})", R"(from_utc: found "now", expected UTC as)"},
      {R"({"op":"dump","from_s":"-1","to_s":0})", R"(from_s: found "-1", expected seconds)"},
      {R"({"op":"dump","from_s":-1e12,"to_s":0})", "from_s: found -1000000000000.0, expected sec"},
      {R"({"op":"dump","from_s":-1,"to_s":0,"beam":"5"})", R"(beam: found "5", expected the num)"},
      {R"({"op":"dump","from_s":-1,"to_s":0,"file":"x"})", "field 'file': found \"x\", expected"},
      {R"({"op":"dump","from_s":-1,"to_s":0})", "found no observation, expected one"},
      {R"({"op":"inject","snr":9})", "dm: found null, expected a DM"},
      {R"({"op":"inject","dm":9,"snr":9,"width_ms":"3"})", R"(width_ms: found "3", expected a w)"},
      {R"({"op":"inject","dm":9,"snr":9,"width_ms":3})", "found no observation, expected one"},
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
      {{"control", nobody, "dump", "all"}, 2, "dump: found 'all', expected KEY=VALUE"},
      {{"control", nobody, "inject", "=3"}, 2, "inject: found '=3', expected KEY=VALUE"},
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
