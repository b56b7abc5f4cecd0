// Prompt alerts of a live run, from the stream to a subscriber. Runs the real executable.
#include <algorithm>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/app/simulated_sky.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using nlohmann::json;
using test::content;
using test::lines;
using test::Program;
using test::TemporaryFolder;

namespace {

// 30 s of 64 channels with two bursts; 1 ms samples. Made once.
const std::string& sky() {
  static const test::SimulatedSky sky{{"--nchans", "64", "--tsamp", "1e-3", "--duration", "30",
                                       "--seed", "12", "--burst", "dm=300,t=6.5,width_ms=4,snr=25",
                                       "--burst", "dm=120,t=17.5,width_ms=2,snr=20"}};
  return sky.path();
}

struct Told {
  std::vector<json> messages;  // of all topics of events and candidates, as they came
  std::vector<std::string> rows;
  json summary;
};

// What a live run of the sky tells.
Told live(const std::string& out, const std::vector<std::string>& more) {
  const std::string endpoint = "ipc://" + out + ".topic";
  std::vector<std::string> arguments{"live",
                                     "tcp+listen://127.0.0.1:0",
                                     "-o",
                                     out,
                                     "--dm",
                                     "0:600",
                                     "--publish",
                                     endpoint,
                                     "--no-networks",
                                     "--no-cutouts"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Program program{test::program_path(), arguments};
  const std::string address = program.wait_for("listening on ");
  REQUIRE_FALSE(address.empty());
  Program subscriber{
      test::program_path(),
      {"subscribe", endpoint, "--json", "--until-end", "--since", "0", "--topic", "frb."}};
  CHECK(test::run_draftstream({"send", "--speed", "max", sky(), address}).status == 0);
  REQUIRE_FALSE(program.wait_for("results are in ").empty());
  // Who has not connected yet when it ends would wait for another publisher.
  REQUIRE_FALSE(subscriber.wait_for(R"("message_type":"event")").empty());
  program.signal(SIGTERM);
  CHECK(program.wait().status == 143);
  const auto heard = subscriber.wait();
  INFO(heard.err);
  CHECK(heard.status == 0);
  Told told;
  for (const std::string& line : lines(heard.out)) told.messages.push_back(json::parse(line));
  told.rows = test::rows(out + "/candidates.csv", 2);
  told.summary = json::parse(content(out + "/summary.json"));
  return told;
}

bool is_alert(const json& message) {
  return message.value("search", "full") == "prompt";
}

// The alerts, by name, as they were told last; in order, under one name and one topic each.
std::map<std::string, json> alerts_of(const Told& told) {
  std::map<std::string, json> alerts;
  for (const json& message : told.messages) {
    if (!is_alert(message)) continue;
    const std::string name = message.at("event_id");
    CAPTURE(name);
    CHECK(name.ends_with("-p"));
    const bool is_first = !alerts.contains(name);
    CHECK((message.at("message_type") == "candidate") == is_first);
    CHECK(message.at("revision") == (is_first ? 1 : alerts[name].at("revision").get<int>() + 1));
    if (!is_first) CHECK(message.at("message_type") == message.at("alert_type"));
    alerts[name] = message;
  }
  return alerts;
}

void check_counts(const Told& told) {
  const json& counts = told.summary.at("prompt_alerts");
  const auto alerts = alerts_of(told);
  CHECK(counts.at("told") == alerts.size());
  CHECK(counts.at("left_out") == 0);
  const auto retracted = std::count_if(alerts.begin(), alerts.end(), [](const auto& alert) {
    return alert.second.at("message_type") == "retraction";
  });
  CHECK(counts.at("retracted") == retracted);
  CHECK(counts.at("confirmed").get<long>() == static_cast<long>(alerts.size()) - retracted);
}

}  // namespace

TEST_CASE("a burst is told of before its event, which confirms that, and nothing else changes",
          "[app][live][alerts][e2e]") {
  const TemporaryFolder folder;
  const Told with = live(folder.file("with"), {});
  const Told without = live(folder.file("without"), {"--no-prompt-alerts"});
  CHECK(with.rows == without.rows);
  CHECK(with.rows.size() > 2);
  CHECK(without.summary.at("prompt_alerts").is_null());
  CHECK(std::none_of(without.messages.begin(), without.messages.end(), is_alert));
  for (std::size_t i = 0; i < with.messages.size(); ++i) CHECK(with.messages[i]["seq"] == i + 1);

  const auto alerts = alerts_of(with);
  std::size_t confirming = 0;
  for (const json& message : with.messages) {
    if (is_alert(message) || message.at("signal").at("snr") < 15.0) continue;
    CHECK(message.at("message_type") == "event");
    REQUIRE(message.contains("confirms"));
    ++confirming;
    for (const std::string name : message.at("confirms")) {
      REQUIRE(alerts.contains(name));
      CHECK(alerts.at(name).at("seq") < message.at("seq"));
      CHECK(alerts.at(name).at("message_type") != "retraction");
    }
  }
  CHECK(confirming == 2);
  check_counts(with);

  // The journal has them, and shows them to those who ask.
  const auto shown = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"events", folder.file("with"), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::vector<json> all;
    for (const auto& line : lines(test::run_draftstream(arguments).out)) {
      all.push_back(json::parse(line));
    }
    return all;
  };
  CHECK(shown({"--prompt"}) == with.messages);
  std::vector<json> full;
  std::copy_if(with.messages.begin(), with.messages.end(), std::back_inserter(full),
               [](const json& message) { return !is_alert(message); });
  CHECK(shown({}) == full);
}

TEST_CASE("an alert of a burst that was put in says so, and does not count as found",
          "[app][live][alerts][injections][e2e]") {
  const TemporaryFolder folder;
  const Told with = live(folder.file("with"), {"--inject-every", "7"});
  const Told without = live(folder.file("without"), {"--inject-every", "7", "--no-prompt-alerts"});
  CHECK(with.rows == without.rows);
  CHECK(with.summary.at("injections") == without.summary.at("injections"));
  REQUIRE(with.summary.at("injections").at("found") >= 2);
  check_counts(with);
  const auto alerts = alerts_of(with);
  std::size_t of_injections = 0;
  for (const json& message : with.messages) {
    const json& injection = message.at("injection");
    CHECK((message.at("alert_tense") == "injection") == injection.at("is_injection"));
    if (is_alert(message) || !message.contains("confirms")) continue;
    for (const std::string name : message.at("confirms")) {
      CHECK(alerts.at(name).at("injection") == injection);
      if (injection.at("is_injection")) ++of_injections;
    }
  }
  CHECK(of_injections >= 2);
}

TEST_CASE("the engine direct has no prompt search, and says so", "[app][live][alerts][e2e]") {
  const TemporaryFolder folder;
  const Told told = live(folder.file("out"), {"--engine", "direct"});
  CHECK(told.summary.at("status") == "complete");
  CHECK(told.summary.at("prompt_alerts").is_null());
  CHECK(std::none_of(told.messages.begin(), told.messages.end(), is_alert));
}
