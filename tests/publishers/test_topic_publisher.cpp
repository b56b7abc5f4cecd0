// The topic publisher against plain ZeroMQ sockets.
#include <condition_variable>
#include <system_error>

#include <nlohmann/json.hpp>

#include "ingest/errors.hpp"
#include "publishers/topic.hpp"
#include "tests/publishers/publishing.hpp"
#include "tests/publishers/raw_sockets.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using nlohmann::json;
using std::chrono::milliseconds;
using test::Frames;
using test::Publishing;
using test::RawSocket;
using test::topic_options;

namespace {

// The next message that is no heartbeat.
Frames next_message(RawSocket& socket) {
  while (true) {
    auto frames = socket.receive();
    REQUIRE(frames.has_value());
    if (!frames->front().starts_with("frb.heartbeat.")) return *frames;
  }
}

std::string replay_endpoint(const std::string& endpoint) {
  return parse_endpoint(endpoint).replay().text();
}

// A store whose disk does not answer until it is told to.
class StuckStore : public test::MemoryStore {
 public:
  void sync() override {
    std::unique_lock lock{mutex_};
    stuck_.wait(lock, [this] { return released_; });
  }
  void release() {
    const std::lock_guard lock{mutex_};
    released_ = true;
    stuck_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable stuck_;  // signalled by: release()
  bool released_ = false;
};

class FailingStore : public test::MemoryStore {
 public:
  void sync() override {
    throw std::system_error(std::make_error_code(std::errc::no_space_on_device), "events");
  }
};

}  // namespace

TEST_CASE("a subscriber gets topic and JSON of each event, then the end",
          "[publishers][topic_publisher]") {
  const bool over_ipc = GENERATE(false, true);
  const test::TemporaryFolder folder;
  const std::string endpoint = over_ipc ? "ipc://" + folder.file("events") : "tcp://127.0.0.1:*";
  Publishing publishing{topic_options(endpoint)};
  RawSocket client{zmq::socket_type::sub};
  client.subscribe("frb.").connect(publishing.endpoint());
  REQUIRE(publishing.wait_for(1));

  publishing.publish_many(5);
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    const Frames frames = next_message(client);
    CHECK(publishing.store().synced() >= seq);  // stored before it was sent
    CHECK(frames ==
          Frames{"frb.event.v1.parkes.b0007.", publishing.store().read(seq, seq, 1).at(0)});
    CHECK(parse_event(frames[1]).seq == seq);
  }
  StatusReport report;
  report.state = "running";
  report.obs_id = "here";
  publishing.topic().report(report);
  CHECK(json::parse(next_message(client)[1])["status"]["obs_id"] == "here");

  std::jthread ending{[&] { publishing.end(); }};
  const Frames last = next_message(client);
  CHECK(last[0] == "frb.status.v1.parkes.b0007.");
  CHECK(json::parse(last[1])["status"]["state"] == "ended");
  CHECK(json::parse(last[1])["last_seq"] == 5);
  client.socket().close();
  ending.join();
  CHECK(publishing.topic().counts().published == 5);
  CHECK(publishing.topic().counts().stalls == 0);
  publishing.end();  // again: nothing happens
}

TEST_CASE("heartbeats tell how far the numbers have come", "[publishers][topic_publisher]") {
  auto options = topic_options();
  options.heartbeat = milliseconds{1};
  Publishing publishing{options};
  RawSocket client{zmq::socket_type::sub};
  client.subscribe("frb.heartbeat.").connect(publishing.endpoint());
  std::uint64_t last_seq = 99;
  for (const std::uint64_t events : {0, 3, 0, 4}) {
    publishing.publish_many(events);
    const std::uint64_t expected = publishing.store().last_seq();
    for (last_seq = 99; last_seq != expected;) {
      const auto frames = client.receive();
      REQUIRE(frames.has_value());
      CHECK(frames->at(0) == "frb.heartbeat.v1.parkes.b0007.");
      const auto beat = parse_publisher_message(frames->at(1));
      CHECK(beat.state.session == test::session_a);
      last_seq = beat.state.last_seq;
      REQUIRE(last_seq <= expected);
    }
  }
  CHECK(last_seq == 7);
}

TEST_CASE("a publisher speaks for the beam that it reported of last",
          "[publishers][topic_publisher]") {
  auto options = topic_options();
  options.heartbeat = milliseconds{1};
  options.journal = test::journal_a;
  Publishing publishing{options, 3};
  RawSocket client{zmq::socket_type::sub};
  client.subscribe("frb.").connect(publishing.endpoint());
  const auto next_of = [&](const std::string& kind) {
    while (true) {
      auto frames = client.receive();
      REQUIRE(frames.has_value());
      if (frames->front().starts_with("frb." + kind)) return *frames;
    }
  };
  const Frames first = next_of("heartbeat");
  CHECK(first[0] == "frb.heartbeat.v1.parkes.b0007.");
  CHECK(parse_publisher_message(first[1]).state.journal == test::journal_a);
  CHECK(parse_publisher_message(first[1]).state.session_first_seq == 4);
  CHECK(parse_publisher_message(first[1]).state.last_seq == 3);
  publishing.topic().report({}, 12);
  CHECK(next_of("status")[0] == "frb.status.v1.parkes.b0012.");
  CHECK(next_of("heartbeat")[0] == "frb.heartbeat.v1.parkes.b0012.");
  publishing.topic().report({});
  CHECK(next_of("status")[0] == "frb.status.v1.parkes.b0012.");
}

TEST_CASE("what was handed over is sent when a flush is over", "[publishers][topic_publisher]") {
  Publishing publishing;
  for (std::uint64_t events = 500; events <= 2000; events += 500) {
    publishing.publish_many(500);
    publishing.topic().flush();
    CHECK(publishing.topic().counts().published == events);
    CHECK(publishing.store().synced() == events);
  }
}

TEST_CASE("subscribers of events are waited for and counted", "[publishers][topic_publisher]") {
  Publishing publishing;
  TopicPublisher& topic = publishing.topic();
  CHECK(topic.wait_for_subscribers(0, milliseconds{0}));
  CHECK_FALSE(topic.wait_for_subscribers(1, milliseconds{1}));
  int asked = 0;
  CHECK_FALSE(topic.wait_for_subscribers(1, std::nullopt, [&] { return ++asked == 2; }));
  CHECK(asked == 2);

  RawSocket status_only{zmq::socket_type::sub};
  status_only.subscribe("frb.status.").subscribe("frb.event.v1.elsewhere.");
  status_only.connect(publishing.endpoint());
  RawSocket all{zmq::socket_type::sub};
  all.subscribe("").connect(publishing.endpoint());
  {
    RawSocket one_beam{zmq::socket_type::sub};
    one_beam.subscribe("frb.event.v1.parkes.b0007.").subscribe("frb.status.");
    one_beam.connect(publishing.endpoint());
    RawSocket same_beam{zmq::socket_type::sub};
    same_beam.subscribe("frb.event.v1.parkes.b0007.").connect(publishing.endpoint());
    REQUIRE(publishing.wait_for(3));
    CHECK(topic.counts().subscribers == 3);
    one_beam.socket().close();
    CHECK(test::eventually([&] { return topic.counts().subscribers == 2; }));
  }
  CHECK(test::eventually([&] { return topic.counts().subscribers == 1; }));
}

TEST_CASE("beyond loopback nothing is bound unless it is allowed",
          "[publishers][topic_publisher]") {
  const std::string endpoint = GENERATE(as<std::string>{}, "tcp://0.0.0.0:*", "tcp://*:*");
  test::MemoryStore store;
  auto options = topic_options(endpoint);
  CHECK_THROWS_AS(TopicPublisher(options, store), ConfigError);
  CHECK_THROWS_WITH(TopicPublisher(options, store),
                    ContainsSubstring("expected a loopback address"));
  options.insecure_bind = true;
  const TopicPublisher topic{options, store};
  CHECK(parse_endpoint(topic.endpoints().at(0)).port > 0);
}

TEST_CASE("an endpoint that is taken is refused with a sentence", "[publishers][topic_publisher]") {
  const Publishing publishing;
  test::MemoryStore store;
  CHECK_THROWS_WITH(TopicPublisher(topic_options(publishing.endpoint()), store),
                    ContainsSubstring(publishing.endpoint() + " cannot be bound") &&
                        ContainsSubstring("Address already in use"));
  // The port of the topic is free, the next one is not.
  const Endpoint free{Endpoint::Transport::tcp, "127.0.0.1",
                      parse_endpoint(publishing.endpoint()).port - 1, ""};
  CHECK_THROWS_WITH(TopicPublisher(topic_options(free.text()), store),
                    ContainsSubstring("cannot be bound"));
  CHECK_THROWS_AS(TopicPublisher(topic_options("ipc:///nonexistent/events"), store), ConfigError);
}

TEST_CASE("frames that are attached follow the JSON, and are in no answer",
          "[publishers][topic_publisher]") {
  Publishing publishing;
  RawSocket subscriber{zmq::socket_type::sub};
  subscriber.subscribe("frb.event.").connect(publishing.endpoint());
  REQUIRE(publishing.wait_for(1));
  const Event event = test::sample_event(1);
  const std::string text = publishing.store().append(event);
  publishing.topic().publish(event, text, {{std::byte{'a'}, std::byte{0}}, {}});
  publishing.publish();
  const auto with = next_message(subscriber);
  REQUIRE(with.size() == 4);
  CHECK(with[1] == text);
  CHECK(with[2] == std::string("a\0", 2));
  CHECK(with[3].empty());
  CHECK(next_message(subscriber).size() == 2);
  RawSocket asking{zmq::socket_type::dealer};
  asking.connect(replay_endpoint(publishing.endpoint()));
  asking.send({json{{"op", "replay"}, {"from", 1}, {"to", 1}}.dump()});
  CHECK(next_message(asking) == std::vector<std::string>{with[0], text});
}

TEST_CASE("several endpoints carry the same events", "[publishers][topic_publisher]") {
  auto options = topic_options();
  options.endpoints.push_back("tcp://127.0.0.1:*");
  Publishing publishing{options};
  REQUIRE(publishing.topic().endpoints().size() == 2);
  RawSocket one{zmq::socket_type::sub};
  RawSocket two{zmq::socket_type::sub};
  one.subscribe("frb.event.").connect(publishing.topic().endpoints()[0]);
  two.subscribe("frb.event.").connect(publishing.topic().endpoints()[1]);
  REQUIRE(publishing.wait_for(2));
  publishing.publish();
  CHECK(next_message(one) == next_message(two));
}

TEST_CASE("a subscriber that does not read holds up nobody", "[publishers][topic_publisher]") {
  const test::TemporaryFolder folder;  // ipc: its buffers are smaller than those of TCP
  auto options = topic_options("ipc://" + folder.file("events"));
  options.send_hwm = 5;
  Publishing publishing{options};
  RawSocket stuck{zmq::socket_type::sub};
  stuck.socket().set(zmq::sockopt::rcvhwm, 1);
  stuck.subscribe("frb.event.").connect(publishing.endpoint());
  RawSocket healthy{zmq::socket_type::sub};
  healthy.subscribe("frb.event.").connect(publishing.endpoint());
  REQUIRE(publishing.wait_for(2));

  constexpr std::uint64_t count = 2000;
  bool in_order = true;
  for (std::uint64_t seq = 1; seq <= count; ++seq) {
    publishing.publish();
    in_order = in_order && parse_event(next_message(healthy)[1]).seq == seq;
  }
  CHECK(in_order);
  CHECK(test::eventually([&] { return publishing.topic().counts().published == count; }));
  const auto counts = publishing.topic().counts();
  CHECK(counts.stalls >= 1);
  CHECK(counts.dropped_queue == 0);

  // What the other one did not take it can ask for.
  std::uint64_t taken = 0;
  while (stuck.receive(milliseconds{100})) ++taken;
  CHECK(taken < count);
  RawSocket asking{zmq::socket_type::dealer};
  asking.connect(replay_endpoint(publishing.endpoint()));
  asking.send({json{{"op", "replay"}, {"from", taken + 1}, {"to", taken + 10}}.dump()});
  for (std::uint64_t seq = taken + 1; seq <= taken + 10; ++seq) {
    CHECK(parse_event(next_message(asking).at(1)).seq == seq);
  }
  CHECK(json::parse(next_message(asking).at(0))["last"] == taken + 10);
  CHECK(test::eventually([&] { return publishing.topic().counts().replayed == 10; }));
}

TEST_CASE("a disk that does not answer does not hold up the search",
          "[publishers][topic_publisher]") {
  StuckStore store;
  auto options = topic_options();
  options.queue = 10;
  TopicPublisher topic{options, store};
  EventMaker maker{test::sample_context()};
  constexpr std::uint64_t count = 100;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Event event = maker.make(test::sample_candidate(i));
    topic.publish(event, store.append(event));  // would never return
  }
  CHECK(topic.counts().published == 0);
  CHECK(topic.counts().dropped_queue >= count - 20);  // 10 wait, up to 10 are in the thread's hands
  store.release();
  topic.end({});
  CHECK(topic.counts().published + topic.counts().dropped_queue == count);
  CHECK(topic.counts().published >= 10);
}

TEST_CASE("what could not be stored is not published, and end() says why",
          "[publishers][topic_publisher]") {
  FailingStore store;
  TopicPublisher topic{topic_options(), store};
  const Event event = test::sample_event(1);
  topic.publish(event, store.append(event));
  CHECK_FALSE(topic.wait_for_subscribers(1, std::nullopt));  // it is over
  topic.publish(event, "{}");
  CHECK(topic.counts().dropped_queue >= 1);
  CHECK(topic.counts().published == 0);
  CHECK_THROWS_WITH(topic.end({}), ContainsSubstring("No space left on device"));
}

TEST_CASE("requests are answered, whatever comes with them", "[publishers][topic_publisher]") {
  Publishing publishing;
  publishing.publish_many(20);
  REQUIRE(test::eventually([&] { return publishing.topic().counts().published == 20; }));
  RawSocket client{zmq::socket_type::dealer};
  client.connect(replay_endpoint(publishing.endpoint()));

  const std::vector<Frames> nonsense{{""},
                                     {"{}"},
                                     {"\xff\xfe"},
                                     {"", R"({"op":"snapshot","last":1})"},
                                     {"a", "b", "c"},
                                     {std::string(60'000, '[')}};
  for (const auto& frames : nonsense) {
    client.send(frames);
    const Frames answer = next_message(client);
    REQUIRE(answer.size() == 1);
    CHECK(json::parse(answer[0])["op"] == "error");
  }
  CHECK(test::eventually(
      [&] { return publishing.topic().counts().refused_requests == nonsense.size(); }));

  client.send({R"({"op":"replay","from":4,"to":5,"id":77})"});
  CHECK(parse_event(next_message(client).at(1)).seq == 4);
  CHECK(parse_event(next_message(client).at(1)).seq == 5);
  const auto end = json::parse(next_message(client).at(0));
  CHECK(end["op"] == "end");
  CHECK(end["last"] == 5);
  CHECK(end["id"] == 77);
  CHECK(end["last_seq"] == 20);
  CHECK(end["session"] == test::session_a);
}

TEST_CASE("a client that asks and leaves disturbs nobody", "[publishers][topic_publisher]") {
  Publishing publishing;
  publishing.publish_many(100);
  for (int i = 0; i < 20; ++i) {
    RawSocket client{zmq::socket_type::dealer};
    client.connect(replay_endpoint(publishing.endpoint()));
    client.send({R"({"op":"replay","from":1})"});
    if (i % 2 == 0) CHECK(client.receive().has_value());
  }
  RawSocket client{zmq::socket_type::dealer};
  client.connect(replay_endpoint(publishing.endpoint()));
  client.send({R"({"op":"snapshot","last":0})"});
  CHECK(client.receive().has_value());
}

TEST_CASE("the end does not wait for ever for those who stay", "[publishers][topic_publisher]") {
  auto options = topic_options();
  options.linger = milliseconds{50};
  Publishing publishing{options};
  RawSocket stays{zmq::socket_type::sub};
  stays.subscribe("").connect(publishing.endpoint());
  REQUIRE(publishing.wait_for(1));
  publishing.publish();
  publishing.end();  // would never return
  CHECK(publishing.topic().counts().published == 1);
  CHECK(parse_event(next_message(stays)[1]).seq == 1);
}
