// The publishing stage alone, for tests that come from outside: recorded messages, validators,
// clients in other languages.
//
//   run_publish emit                 prints one message of every kind
//   run_publish serve DIR EVENTS     publishes that many events to the first subscriber, and ends
//   run_publish serve DIR EVENTS KEY ALLOW   the same, to those whose key is listed
//   run_publish subscribe ENDPOINT   prints events until the publisher ends
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "publishers/journal/journal.hpp"
#include "publishers/replay_protocol.hpp"
#include "publishers/subscriber.hpp"
#include "publishers/topic_publisher.hpp"
#include "tests/publishers/sample_events.hpp"

using namespace draftstream;

namespace {

void print(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

StatusReport interrupted() {
  StatusReport report;
  report.state = "ended";
  report.result = "interrupted";
  report.reason = "SIGINT";
  report.obs_id = observation_id(test::sample_context());
  report.candidates = 4;
  report.ledger.expect(400'000);
  report.ledger.count(Fate::searched, 398'000);
  report.ledger.count(Fate::masked, 2'000);
  report.products = {{"dump", "dumps/a-d0001.fil", 4096, {}, "complete"}};
  return report;
}

void emit() {
  EventMaker maker{test::sample_context()};
  print(to_json(maker.make(test::sample_candidate(0))));

  Event full = maker.make(test::sample_candidate(1));
  full.message_type = MessageType::update;
  full.journal = test::session_b;
  full.alert_type = AlertType::update;
  full.alert_tense = AlertTense::injection;
  full.revision = 2;
  full.classifier = {"rexnet", "2.1", std::string(64, 'a'), 0.25, 0.5, 0.75, "interference",
                     "cuda:0", 0.5};
  full.beam.seen_in = 2;
  full.beam.others = {maker.sighting(test::sample_candidate(2))};
  full.injection = {true, "inj-5"};
  full.latency_ms = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 21.0};
  full.products = {{"cutout", "cutouts.h5#4", 4096, std::string(64, 'b'), "complete"},
                   {"plot", "Composite.png", std::nullopt, std::nullopt, "failed"}};
  full.attachments = {{2, "cutout", "<f4", {256, 512}, {"freq", "time"}}};
  full.confirms = {full.event_id + "-p"};
  full.software.commit = "0123456789ab";
  full.software.config_sha256 = std::string(64, 'c');
  print(to_json(full));

  EventContext bare = test::sample_context();
  bare.tense = AlertTense::current;
  bare.observation = Observation{};
  bare.observation.frequency = FrequencyAxis{{Megahertz{408.0}}};
  bare.observation.time = TimeAxis{{60000, 0.0}, Seconds{0.001}};
  Candidate weak;
  weak.toa = Seconds{1.0};
  weak.dm_uncertainty = DispersionMeasure{1.0 / 0.0};
  Event retraction = EventMaker{bare}.make(weak);
  retraction.message_type = MessageType::retraction;
  retraction.alert_type = AlertType::retraction;
  print(to_json(retraction));
  Event candidate = EventMaker{bare}.make(weak);
  candidate.message_type = MessageType::candidate;
  candidate.alert_tense = AlertTense::test;
  print(to_json(candidate));

  const PublisherState state{"parkes/bpsr/1", test::session_a, {58225, 47911.5}, 4};
  print(status_json(state, {}));
  print(status_json(state, interrupted()));
  print(heartbeat_json(state));
  print(
      heartbeat_json({"parkes/bpsr/1", test::session_a, {58225, 47911.5}, 4, test::session_b, 3}));

  Event alert = candidate;
  alert.search = SearchKind::prompt;
  alert.event_id += "-p";
  print(to_json(alert));
  alert.message_type = MessageType::update;
  alert.alert_type = AlertType::update;
  alert.revision = 2;
  print(to_json(alert));
  alert.message_type = MessageType::retraction;
  alert.alert_type = AlertType::retraction;
  alert.revision = 3;
  alert.retraction_reason = "the full search found no such pulse";
  print(to_json(alert));
}

void serve(const std::string& folder, std::uint64_t events, std::optional<TopicKeys> keys) {
  Journal journal{folder + "/journal.sqlite",
                  Existing::replace,
                  {test::session_a, publisher_name(test::sample_context()), {}}};
  TopicPublisherOptions options;
  options.endpoints = {"tcp://127.0.0.1:*"};
  options.publisher = publisher_name(test::sample_context());
  options.session = test::session_a;
  options.journal = journal.id();
  options.beam = 7;
  options.keys = std::move(keys);
  options.linger = std::chrono::milliseconds{60'000};  // ends when all subscribers have left
  TopicPublisher topic{options, journal};
  print(topic.endpoints().front());
  if (!topic.wait_for_subscribers(1, std::chrono::seconds{60})) {
    throw std::runtime_error("no subscriber came");
  }
  EventMaker maker{test::sample_context()};
  for (std::uint64_t i = 0; i < events; ++i) {
    Event event = maker.make(test::sample_candidate(i));
    event.journal = journal.id();
    topic.publish(event, journal.append(event));
  }
  topic.end(interrupted());
  print(fmt::format("published {}", topic.counts().published));
}

void subscribe(const std::string& endpoint) {
  SubscriberOptions options;
  options.endpoint = endpoint;
  options.since = 0;
  Subscriber subscriber{options};
  while (!subscriber.ended()) {
    const auto message = subscriber.next(std::chrono::milliseconds{200});
    if (message && message->event) print(message->json);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "emit" && argc == 2) {
      emit();
    } else if (what == "serve" && argc == 4) {
      serve(argv[2], std::stoull(argv[3]), std::nullopt);
    } else if (what == "serve" && argc == 6) {
      serve(argv[2], std::stoull(argv[3]),
            TopicKeys{read_key_pair(argv[4]), read_allowed_keys(argv[5])});
    } else if (what == "subscribe" && argc == 3) {
      subscribe(argv[2]);
    } else {
      fmt::print(
          stderr,
          "run_publish: expected emit, serve DIR EVENTS [KEY ALLOW] or subscribe ENDPOINT\n");
      return 2;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "run_publish: {}\n", error.what());
    return 1;
  }
  return 0;
}
