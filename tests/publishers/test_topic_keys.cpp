// Topic and replay, for those alone whose key is listed.
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "publishers/key_files.hpp"
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

namespace {

const KeyPair& pair_of(const std::string& name) {
  static std::map<std::string, KeyPair> pairs;
  const auto known = pairs.find(name);
  return known != pairs.end() ? known->second : pairs.emplace(name, make_key_pair()).first->second;
}
const KeyPair& server() {
  return pair_of("server");
}
const KeyPair& alice() {
  return pair_of("alice");
}
const KeyPair& bob() {
  return pair_of("bob");
}
const KeyPair& stranger() {
  return pair_of("stranger");
}

TopicPublisherOptions options_with_keys(const std::string& endpoint = "tcp://127.0.0.1:*",
                                        const PublicKeys& allowed = {alice().public_key,
                                                                     bob().public_key}) {
  auto options = test::topic_options(endpoint);
  options.heartbeat = milliseconds{10};
  options.keys = TopicKeys{server(), allowed};
  return options;
}

SubscriberOptions options_for(const std::string& endpoint,
                              const std::optional<SubscriberKeys>& keys) {
  SubscriberOptions options;
  options.endpoint = endpoint;
  options.since = 0;
  options.give_up_after = std::chrono::minutes{5};  // what is missing is there, and comes
  options.keys = keys;
  return options;
}

SubscriberKeys keys_of(const KeyPair& own) {
  return {server().public_key, own};
}

// Asks for messages until it is refused.
Refusal refusal_of(Subscriber& subscriber) {
  (void)test::eventually([&subscriber] {
    CHECK_FALSE(subscriber.next(milliseconds{20}).has_value());
    return subscriber.refusal() != Refusal::none;
  });
  return subscriber.refusal();
}

// The number of the last of the next `count` events; 0 if they do not come, in order, without
// holes.
std::uint64_t take(Subscriber& subscriber, std::size_t count) {
  std::vector<std::uint64_t> numbers;
  (void)test::eventually([&] {
    const auto message = subscriber.next(milliseconds{20});
    if (message && message->event) numbers.push_back(message->event->seq);
    return numbers.size() == count;
  });
  if (numbers.size() != count) return 0;
  return numbers.back() - numbers.front() + 1 == count ? numbers.back() : 0;
}

void use_keys(RawSocket& socket, const KeyPair& own) {
  socket.socket().set(zmq::sockopt::curve_serverkey, server().public_key);
  socket.socket().set(zmq::sockopt::curve_publickey, own.public_key);
  socket.socket().set(zmq::sockopt::curve_secretkey, own.secret_key);
}

}  // namespace

TEST_CASE("who is listed hears everything; others nothing, and disturb nobody",
          "[publishers][topic_keys]") {
  const bool over_ipc = GENERATE(false, true);
  const test::TemporaryFolder folder;
  Publishing publishing{
      options_with_keys(over_ipc ? "ipc://" + folder.file("events") : "tcp://127.0.0.1:*")};
  publishing.publish_many(50);  // to be asked for
  const std::string endpoint = publishing.endpoint();

  Subscriber unlisted{options_for(endpoint, keys_of(stranger()))};
  CHECK(refusal_of(unlisted) == Refusal::unlisted_key);
  Subscriber plain{options_for(endpoint, std::nullopt)};
  (void)test::eventually([&plain] { return is_final(refusal_of(plain)); });
  CHECK(plain.refusal() == Refusal::mechanism);
  KeyPair boastful = stranger();
  boastful.public_key = alice().public_key;  // without her secret
  Subscriber pretender{options_for(endpoint, keys_of(boastful))};
  CHECK(refusal_of(pretender) != Refusal::none);

  Subscriber listed{options_for(endpoint, keys_of(alice()))};
  CHECK(take(listed, 50) == 50);
  CHECK(listed.refusal() == Refusal::none);
  publishing.publish_many(20);
  CHECK(take(listed, 20) == 70);
  CHECK(listed.counts().lost == 0);

  for (Subscriber* refused : {&unlisted, &plain, &pretender}) {
    CHECK_FALSE(refused->next(milliseconds{20}).has_value());
    CHECK_FALSE(refused->connected());
  }
  CHECK(publishing.topic().counts().subscribers == 1);
  CHECK(publishing.topic().counts().refused_keys >= 1);  // those without CURVE never get so far
}

TEST_CASE("neither the topic nor replay answers a key that is not listed",
          "[publishers][topic_keys]") {
  Publishing publishing{options_with_keys()};
  publishing.publish_many(3);
  publishing.topic().flush();
  const std::string replay = parse_endpoint(publishing.endpoint()).replay().text();
  RawSocket topic_unlisted{zmq::socket_type::sub};
  RawSocket topic_plain{zmq::socket_type::sub};
  RawSocket replay_unlisted{zmq::socket_type::dealer};
  RawSocket replay_plain{zmq::socket_type::dealer};
  use_keys(topic_unlisted, stranger());
  use_keys(replay_unlisted, stranger());
  for (RawSocket* refused : {&replay_unlisted, &replay_plain}) {
    refused->socket().set(zmq::sockopt::sndtimeo, 0);  // there is no room where it was refused
  }
  topic_unlisted.subscribe("").connect(publishing.endpoint());
  CHECK(test::eventually([&] { return publishing.topic().counts().refused_keys == 1; }));
  replay_plain.connect(replay).send({R"({"op":"replay","from":1})"});
  replay_unlisted.connect(replay).send({R"({"op":"replay","from":1})"});
  CHECK(test::eventually([&] { return publishing.topic().counts().refused_keys == 2; }));
  topic_plain.subscribe("").connect(publishing.endpoint());

  RawSocket asking{zmq::socket_type::dealer};
  use_keys(asking, bob());
  asking.connect(replay).send({R"({"op":"replay","from":1})"});
  for (int frames = 0; frames < 4; ++frames) REQUIRE(asking.receive().has_value());
  publishing.publish_many(3);
  publishing.topic().flush();
  for (RawSocket* refused : {&topic_unlisted, &topic_plain, &replay_unlisted, &replay_plain}) {
    CHECK_FALSE(refused->receive(milliseconds{100}).has_value());
  }
  CHECK(publishing.topic().counts().replay_requests == 1);
  CHECK(publishing.topic().counts().subscribers == 0);
}

TEST_CASE("a publisher that cannot be who it should be is told of, and not heard",
          "[publishers][topic_keys]") {
  SECTION("it has another key") {
    Publishing publishing{options_with_keys()};
    Subscriber subscriber{
        options_for(publishing.endpoint(), SubscriberKeys{stranger().public_key, alice()})};
    CHECK(refusal_of(subscriber) == Refusal::broken_off);
    CHECK_FALSE(subscriber.connected());
  }
  SECTION("it has none") {
    Publishing publishing;
    Subscriber subscriber{options_for(publishing.endpoint(), keys_of(alice()))};
    (void)test::eventually([&subscriber] { return is_final(refusal_of(subscriber)); });
    CHECK(subscriber.refusal() == Refusal::mechanism);
    CHECK_FALSE(subscriber.connected());
  }
}

TEST_CASE("with keys, any address may be bound", "[publishers][topic_keys]") {
  Publishing publishing{options_with_keys("tcp://*:*")};
  const int port = parse_endpoint(publishing.endpoint()).port;
  Subscriber subscriber{options_for("tcp://127.0.0.1:" + std::to_string(port), keys_of(alice()))};
  publishing.publish();
  CHECK(take(subscriber, 1) == 1);
}

TEST_CASE("keys come and go while the publisher runs", "[publishers][topic_keys]") {
  const test::TemporaryFolder folder;
  const bool over_ipc = GENERATE(false, true);
  Publishing publishing{options_with_keys(
      over_ipc ? "ipc://" + folder.file("events") : "tcp://127.0.0.1:*", {alice().public_key})};
  const std::string endpoint = publishing.endpoint();
  Subscriber stays{options_for(endpoint, keys_of(alice()))};
  publishing.publish_many(5);
  CHECK(take(stays, 5) == 5);
  {
    Subscriber early{options_for(endpoint, keys_of(bob()))};
    CHECK(refusal_of(early) == Refusal::unlisted_key);
  }

  CHECK_FALSE(publishing.topic().allow({alice().public_key, bob().public_key}).of_admitted);
  Subscriber leaves{options_for(endpoint, keys_of(bob()))};
  CHECK(take(leaves, 5) == 5);
  REQUIRE(publishing.wait_for(2));

  CHECK(publishing.topic().allow({alice().public_key}).of_admitted);
  CHECK(refusal_of(leaves) == Refusal::unlisted_key);  // it was cut, and came again
  publishing.publish_many(20);
  CHECK(take(stays, 20) == 25);
  CHECK(stays.counts().lost == 0);
  CHECK(stays.refusal() == Refusal::none);
  CHECK_FALSE(leaves.next(milliseconds{20}).has_value());
  CHECK(test::eventually([&] {
    (void)stays.next(milliseconds{1});
    return publishing.topic().counts().subscribers == 1;
  }));
  CHECK(publishing.endpoint() == endpoint);
}

TEST_CASE("a publisher without keys has none to change", "[publishers][topic_keys]") {
  Publishing publishing;
  CHECK_THROWS_AS(publishing.topic().allow({alice().public_key}), std::logic_error);
}
