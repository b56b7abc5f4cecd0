// The subscriber against our publisher, and against bad ones.
#include <nlohmann/json.hpp>

#include "ingest/errors.hpp"
#include "publishers/subscriber.hpp"
#include "publishers/topic.hpp"
#include "tests/publishers/publishing.hpp"
#include "tests/publishers/raw_sockets.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using std::chrono::milliseconds;
using test::Publishing;
using test::RawSocket;
using test::topic_options;

namespace {

using Numbers = std::vector<std::uint64_t>;

SubscriberOptions options_for(const std::string& endpoint) {
  SubscriberOptions options;
  options.endpoint = endpoint;
  options.answer_timeout = milliseconds{500};
  options.give_up_after = milliseconds{20'000};
  return options;
}

// Numbers of all events until the publisher ends, or `count` have come.
Numbers receive(Subscriber& subscriber, std::size_t count = SIZE_MAX) {
  Numbers numbers;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (!subscriber.ended() && numbers.size() < count) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    const auto message = subscriber.next(milliseconds{100});
    if (message && message->event) numbers.push_back(message->event->seq);
  }
  return numbers;
}

// Ends a session while a subscriber listens, which then leaves.
Numbers receive_to_the_end(Publishing& publishing, std::optional<Subscriber>& subscriber) {
  const std::jthread ending{[&] { publishing.end(); }};
  Numbers numbers = receive(*subscriber);
  subscriber.reset();
  return numbers;
}

Numbers from_to(std::uint64_t from, std::uint64_t to) {
  Numbers all;
  for (std::uint64_t seq = from; seq <= to; ++seq) all.push_back(seq);
  return all;
}

// Lets the subscriber find the publisher, so that what comes later is news.
void join(Subscriber& subscriber) {
  while (!subscriber.connected()) REQUIRE_FALSE(subscriber.next(milliseconds{10}).has_value());
}

// A publisher of someone else: it has a topic, and maybe answers.
class Stranger {
 public:
  Stranger() {
    // Found free by binding the lower port; another program could come between, so try again.
    for (int attempts = 0;; ++attempts) {
      endpoint_ = topic_.bind("tcp://127.0.0.1:*");
      try {
        replay_.bind(parse_endpoint(endpoint_).replay().text());
        break;
      } catch (const zmq::error_t&) {
        if (attempts == 20) throw;
        topic_.socket().unbind(endpoint_);
      }
    }
  }
  void wait_for_subscriber() {
    for (int topics = 0; topics < 3; ++topics) REQUIRE(topic_.receive().has_value());
  }
  void publish(const Event& event) { topic_.send({topic_name(event), to_json(event)}); }

  [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }
  RawSocket& topic() noexcept { return topic_; }
  RawSocket& replay() noexcept { return replay_; }

 private:
  RawSocket topic_{zmq::socket_type::xpub};
  RawSocket replay_{zmq::socket_type::router};
  std::string endpoint_;
};

}  // namespace

TEST_CASE("a subscriber that was there first gets every event in order and the end",
          "[publishers][subscriber]") {
  const test::TemporaryFolder folder;
  const std::string endpoint = "ipc://" + folder.file("events");
  std::optional<Subscriber> subscriber;
  subscriber.emplace(options_for(endpoint));  // nobody is there yet
  CHECK_FALSE(subscriber->next(milliseconds{1}).has_value());
  CHECK_FALSE(subscriber->connected());
  auto publisher = topic_options(endpoint);
  publisher.heartbeat = milliseconds{1};  // one is always due: none may tell of the end too early
  Publishing publishing{publisher};
  const bool waits = GENERATE(true, false);
  if (waits) REQUIRE(publishing.wait_for(1));
  publishing.publish_many(100);  // without waiting, some or all are published to nobody
  REQUIRE(publishing.wait_for(1));
  CHECK(receive_to_the_end(publishing, subscriber) == from_to(1, 100));
}

TEST_CASE("a message is given out as it was published", "[publishers][subscriber]") {
  Publishing publishing;
  Subscriber subscriber{options_for(publishing.endpoint())};
  join(subscriber);
  publishing.publish();
  StatusReport report;
  report.obs_id = "here";
  publishing.topic().report(report);
  const auto event = subscriber.next(milliseconds{30'000});
  REQUIRE(event.has_value());
  CHECK(event->type == MessageType::event);
  CHECK(event->topic == "frb.event.v1.parkes.b0007.");
  CHECK(event->json == publishing.store().read(1, 1, 1).at(0));
  CHECK_FALSE(event->status.has_value());
  const auto status = subscriber.next(milliseconds{30'000});
  REQUIRE(status.has_value());
  CHECK(status->type == MessageType::status);
  REQUIRE(status->status.has_value());
  CHECK(status->status->report->obs_id == "here");
  CHECK_FALSE(subscriber.ended());
  CHECK(subscriber.counts().events == 1);
  CHECK(subscriber.counts().sessions == 1);
}

TEST_CASE("who comes late begins where it asks to", "[publishers][subscriber]") {
  struct Row {
    const char* what;
    std::optional<std::uint64_t> since;
    Numbers expected;
  };
  const auto row = GENERATE(values<Row>({
      {"from the first", 0, from_to(1, 300)},
      {"after one", 199, from_to(200, 300)},
      {"from now", std::nullopt, from_to(291, 300)},
      {"from the future", 295, from_to(296, 300)},
  }));
  INFO(row.what);
  Publishing publishing;
  publishing.publish_many(290);
  REQUIRE(test::eventually([&] { return publishing.topic().counts().published == 290; }));
  auto options = options_for(publishing.endpoint());
  options.since = row.since;
  std::optional<Subscriber> subscriber;
  subscriber.emplace(options);
  Numbers early;
  while (!subscriber->connected()) {
    if (const auto message = subscriber->next(milliseconds{10})) {
      early.push_back(message->event->seq);
    }
  }
  REQUIRE(publishing.wait_for(1));
  publishing.publish_many(10);
  for (const auto seq : receive_to_the_end(publishing, subscriber)) early.push_back(seq);
  CHECK(early == row.expected);
}

TEST_CASE("a subscriber that was too slow asks for what it missed", "[publishers][subscriber]") {
  const test::TemporaryFolder folder;
  auto publisher = topic_options("ipc://" + folder.file("events"));
  publisher.send_hwm = 2;
  publisher.heartbeat = milliseconds{50};
  Publishing publishing{publisher};
  auto options = options_for(publishing.endpoint());
  options.receive_hwm = 300;  // an answer of 256 events must fit
  options.buffer = GENERATE(std::size_t{50}, std::size_t{10'000});
  std::optional<Subscriber> subscriber;
  subscriber.emplace(options);
  join(*subscriber);
  REQUIRE(publishing.wait_for(1));
  constexpr std::uint64_t count = 3000;
  publishing.publish_many(count);
  REQUIRE(test::eventually([&] { return publishing.topic().counts().published == count; }));
  REQUIRE(publishing.topic().counts().stalls >= 1);

  const Numbers first = receive(*subscriber, count - 1);  // the tail: known from heartbeats only
  CHECK(first == from_to(1, count - 1));
  CHECK(subscriber->counts().recovered > 0);
  CHECK(subscriber->counts().lost == 0);
  CHECK(receive_to_the_end(publishing, subscriber) == Numbers{count});
}

TEST_CASE("a publisher that starts again is followed", "[publishers][subscriber]") {
  const test::TemporaryFolder folder;
  const std::string endpoint = "ipc://" + folder.file("events");
  std::optional<Subscriber> subscriber;
  {
    Publishing first{topic_options(endpoint)};
    subscriber.emplace(options_for(endpoint));
    join(*subscriber);
    REQUIRE(first.wait_for(1));
    first.publish_many(50);
    CHECK(receive(*subscriber, 50) == from_to(1, 50));
  }
  auto again = topic_options(endpoint);
  again.session = test::session_b;
  Publishing second{again};
  second.publish_many(30);  // before the subscriber is back
  Numbers seen;
  bool is_back = false;
  while (seen.size() < 40) {
    if (!is_back && second.topic().counts().subscribers > 0) {
      is_back = true;
      second.publish_many(10);
    }
    const auto message = subscriber->next(milliseconds{10});  // it reconnects while it is used
    if (!message || !message->event) continue;
    CHECK(message->event->session == test::session_b);
    seen.push_back(message->event->seq);
  }
  CHECK(seen == from_to(1, 40));
  CHECK(subscriber->counts().sessions == 2);
  CHECK(subscriber->counts().lost == 0);
  CHECK(receive_to_the_end(second, subscriber).empty());
}

TEST_CASE("a publisher that goes on in its journal is followed without a gap",
          "[publishers][subscriber]") {
  const test::TemporaryFolder folder;
  const std::string endpoint = "ipc://" + folder.file("events");
  auto options = topic_options(endpoint);
  options.journal = test::journal_a;
  std::optional<Subscriber> subscriber;
  {
    Publishing first{options};
    subscriber.emplace(options_for(endpoint));
    join(*subscriber);
    REQUIRE(first.wait_for(1));
    first.publish_many(50);
    CHECK(receive(*subscriber, 50) == from_to(1, 50));
  }
  // The first one had numbered ten more that it told nobody of.
  options.session = test::session_b;
  Publishing second{options, 60};
  Numbers expected = from_to(51, 65);
  const bool before_it_is_back = GENERATE(true, false);
  if (before_it_is_back) second.publish_many(5);
  Numbers seen;
  bool is_back = false;
  while (seen.size() < expected.size()) {
    if (!is_back && second.topic().counts().subscribers > 0) {
      is_back = true;
      second.publish_many(before_it_is_back ? 0 : 5);
    }
    const auto message = subscriber->next(milliseconds{10});
    if (message && message->event) seen.push_back(message->event->seq);
  }
  CHECK(seen == expected);
  CHECK(subscriber->counts().sessions == 2);
  CHECK(subscriber->counts().lost == 0);
  CHECK(receive_to_the_end(second, subscriber).empty());
}

TEST_CASE("a publisher with another journal is followed from the beginning of its session",
          "[publishers][subscriber]") {
  const test::TemporaryFolder folder;
  const std::string endpoint = "ipc://" + folder.file("events");
  auto options = topic_options(endpoint);
  options.journal = test::journal_a;
  std::optional<Subscriber> subscriber;
  {
    Publishing first{options};
    auto from_here = options_for(endpoint);
    if (GENERATE(true, false)) from_here.since = 20;
    subscriber.emplace(from_here);
    join(*subscriber);
    REQUIRE(first.wait_for(1));
    first.publish_many(30);
    REQUIRE(receive(*subscriber, from_here.since ? 10 : 30).back() == 30);
  }
  // As after a restart, or one whose journal was set back: its numbers are told again.
  options.journal = GENERATE(test::journal_a, test::journal_b);
  options.session = test::session_b;
  Publishing second{options, 10};
  second.publish_many(5);
  Numbers seen;
  while (seen.size() < 5) {
    const auto message = subscriber->next(milliseconds{10});
    if (!message || !message->event) continue;
    CHECK(message->event->session == test::session_b);
    seen.push_back(message->event->seq);
  }
  CHECK(seen == from_to(11, 15));
  CHECK(subscriber->counts().lost == 0);
}

TEST_CASE("whoever asks for events that are no longer kept learns how many are gone",
          "[publishers][subscriber]") {
  const std::uint64_t since = GENERATE(0U, 5U);
  auto publisher = topic_options();
  publisher.journal = test::journal_a;
  Publishing publishing{publisher, 40};
  publishing.store().forget_before(21);
  auto options = options_for(publishing.endpoint());
  options.since = since;
  Subscriber subscriber{options};
  CHECK(receive(subscriber, 20) == from_to(21, 40));
  CHECK(subscriber.counts().lost == (since == 0 ? 0U : 15U));
}

TEST_CASE("two subscribers do not depend on each other", "[publishers][subscriber]") {
  Publishing publishing;
  std::optional<Subscriber> stays;
  std::optional<Subscriber> leaves;
  stays.emplace(options_for(publishing.endpoint()));
  leaves.emplace(options_for(publishing.endpoint()));
  join(*stays);
  join(*leaves);
  REQUIRE(publishing.wait_for(2));
  publishing.publish_many(20);
  CHECK(receive(*leaves, 10) == from_to(1, 10));
  leaves.reset();
  publishing.publish_many(20);
  CHECK(receive_to_the_end(publishing, stays) == from_to(1, 40));
}

TEST_CASE("the events of other beams are not missed", "[publishers][subscriber]") {
  Publishing publishing;
  auto options = options_for(publishing.endpoint());
  options.topic = "frb.event.v1.parkes.b0001.";
  std::optional<Subscriber> subscriber;
  subscriber.emplace(options);
  join(*subscriber);
  REQUIRE(publishing.wait_for(1));
  Numbers expected;
  for (std::uint64_t seq = 1; seq <= 60; ++seq) {
    const int beam = seq % 3 == 0 ? 1 : 10;
    publishing.publish(beam);
    if (beam == 1) expected.push_back(seq);
  }
  const auto received = receive_to_the_end(publishing, subscriber);
  CHECK(received == expected);
}

TEST_CASE("the end comes after all events, also for those who missed them",
          "[publishers][subscriber]") {
  Publishing publishing;
  publishing.publish_many(700);  // to nobody: more than two answers
  const std::jthread ending{[&] {
    publishing.wait_for(1);
    publishing.end();
  }};
  auto options = options_for(publishing.endpoint());
  options.since = 0;
  Subscriber subscriber{options};
  CHECK(receive(subscriber) == from_to(1, 700));
  CHECK(subscriber.ended());
  CHECK(subscriber.counts().recovered == 700);
}

TEST_CASE("events nobody can give any more are counted as lost", "[publishers][subscriber]") {
  Stranger stranger;
  auto options = options_for(stranger.endpoint());
  options.answer_timeout = milliseconds{10};
  options.give_up_after = milliseconds{50};
  Subscriber subscriber{options};
  stranger.wait_for_subscriber();
  // Nobody answers, so it begins with the first event that comes.
  for (const std::uint64_t seq : {5, 6, 9, 10}) stranger.publish(test::sample_event(seq));
  CHECK(receive(subscriber, 4) == Numbers{5, 6, 9, 10});
  CHECK(subscriber.counts().lost == 2);
  CHECK(subscriber.counts().requests >= 2);
}

TEST_CASE("a session that broke off gives out what came of it", "[publishers][subscriber]") {
  Stranger stranger;
  auto options = options_for(stranger.endpoint());
  options.since = 0;
  Subscriber subscriber{options};
  stranger.wait_for_subscriber();
  for (const std::uint64_t seq : {2, 3, 5}) stranger.publish(test::sample_event(seq));
  stranger.publish(test::sample_event(1, test::session_b));
  stranger.publish(test::sample_event(4));  // of a session that is over
  stranger.publish(test::sample_event(2, test::session_b));
  CHECK(receive(subscriber, 5) == Numbers{2, 3, 5, 1, 2});
  CHECK(subscriber.counts().lost == 2);  // 1 and 4 of the first session
  CHECK(subscriber.counts().sessions == 2);
}

TEST_CASE("nonsense is counted and passed over", "[publishers][subscriber]") {
  Stranger stranger;
  auto options = options_for(stranger.endpoint());
  options.since = 0;
  Subscriber subscriber{options};
  stranger.wait_for_subscriber();
  const std::string topic = "frb.event.v1.parkes.b0007.";
  std::string other_version = to_json(test::sample_event(1));
  other_version.replace(other_version.find("/1.0.0"), 6, "/9.0.0");
  stranger.topic().send({topic});
  stranger.topic().send({topic, ""});
  stranger.topic().send({topic, "{}"});
  stranger.topic().send({topic, other_version});
  stranger.topic().send({topic, std::string(1 << 20, '[')});
  stranger.topic().send({"frb.status.v1.x.", "{\"schema\":\"frb-event/1.0.0\"}"});
  stranger.topic().send({"frb.heartbeat.v1.x.", "\xff"});
  stranger.topic().send({topic, to_json(test::sample_event(1)), "a blob", "another"});
  CHECK(receive(subscriber, 1) == Numbers{1});
  CHECK(subscriber.counts().malformed == 7);

  // Answers too.
  stranger.publish(test::sample_event(3));
  const auto asks_for_events = [](const auto& request) {
    return request && request->at(1).find("replay") != std::string::npos;
  };
  auto request = stranger.replay().receive(milliseconds{1});  // there may be those from before
  for (int i = 0; i < 3000 && !asks_for_events(request); ++i) {
    CHECK_FALSE(subscriber.next(milliseconds{20}).has_value());
    request = stranger.replay().receive(milliseconds{1});
  }
  REQUIRE(request.has_value());
  const std::string client = request->at(0);
  stranger.replay().send({client, "{}"});
  stranger.replay().send({client, topic, "[]"});
  stranger.replay().send({client, topic, to_json(test::sample_event(2, test::session_b))});
  stranger.replay().send({client, topic, to_json(test::sample_event(2))});
  CHECK(receive(subscriber, 2) == Numbers{2, 3});
  CHECK(subscriber.counts().malformed == 9);
}

TEST_CASE("what is no endpoint of a publisher is refused", "[publishers][subscriber]") {
  for (const char* endpoint : {"", "5555", "tcp://127.0.0.1:*", "tcp://127.0.0.1:70000"}) {
    INFO(endpoint);
    CHECK_THROWS_AS(Subscriber{options_for(endpoint)}, ConfigError);
  }
}
