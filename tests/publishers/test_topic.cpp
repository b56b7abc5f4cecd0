// Names of topics, and endpoints taken apart.
#include "ingest/errors.hpp"
#include "publishers/topic.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("topics end so that one beam is no prefix of another", "[publishers][topic]") {
  CHECK(topic_name(MessageType::event, "parkes", 7) == "frb.event.v1.parkes.b0007.");
  CHECK(topic_name(MessageType::update, "parkes", 7) == "frb.event.v1.parkes.b0007.");
  CHECK(topic_name(MessageType::retraction, "parkes", 7) == "frb.event.v1.parkes.b0007.");
  CHECK(topic_name(MessageType::candidate, "x", 1023) == "frb.candidate.v1.x.b1023.");
  CHECK(topic_name(MessageType::status, "x", std::nullopt) == "frb.status.v1.x.b0000.");
  CHECK(topic_name(MessageType::heartbeat, "x", 1) == "frb.heartbeat.v1.x.b0001.");
  Event alert = test::sample_event(1);
  CHECK(topic_name(alert) == "frb.event.v1.parkes.b0007.");
  alert.search = SearchKind::prompt;
  for (const MessageType type :
       {MessageType::candidate, MessageType::update, MessageType::retraction}) {
    alert.message_type = type;
    CHECK(topic_name(alert) == "frb.candidate.v1.parkes.b0007.");
  }
  CHECK_FALSE(topic_name(MessageType::event, "x", 12345)
                  .starts_with(topic_name(MessageType::event, "x", 1234)));
  CHECK(topic_name(test::sample_event(3)) == "frb.event.v1.parkes.b0007.");
}

TEST_CASE("an endpoint says where it is and where replay is", "[publishers][topic]") {
  struct Row {
    const char* text;
    const char* replay;
    bool loopback;
  };
  const auto row = GENERATE(values<Row>({
      {"tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556", true},
      {"tcp://127.8.9.10:1", "tcp://127.8.9.10:2", true},
      {"tcp://localhost:5555", "tcp://localhost:5556", true},
      {"tcp://lo:5555", "tcp://lo:5556", true},
      {"tcp://[::1]:5555", "tcp://[::1]:5556", true},
      {"tcp://0.0.0.0:5555", "tcp://0.0.0.0:5556", false},
      {"tcp://*:5555", "tcp://*:5556", false},
      {"tcp://[::]:5555", "tcp://[::]:5556", false},
      {"tcp://192.168.1.7:65534", "tcp://192.168.1.7:65535", false},
      {"tcp://127.example.org:5555", "tcp://127.example.org:5556", false},
      {"ipc:///run/frb/events", "ipc:///run/frb/events.replay", true},
  }));
  INFO(row.text);
  const Endpoint endpoint = parse_endpoint(row.text);
  CHECK(endpoint.text() == row.text);
  CHECK(endpoint.replay().text() == row.replay);
  CHECK(endpoint.loopback() == row.loopback);
}

TEST_CASE("any free port is * or 0", "[publishers][topic]") {
  CHECK(parse_endpoint("tcp://127.0.0.1:*").port == 0);
  CHECK(parse_endpoint("tcp://127.0.0.1:0").text() == "tcp://127.0.0.1:*");
}

TEST_CASE("what is no endpoint is refused with what was expected", "[publishers][topic]") {
  struct Row {
    const char* text;
    const char* found;
  };
  const auto row = GENERATE(values<Row>({
      {"", "another scheme"},
      {"127.0.0.1:5555", "another scheme"},
      {"udp://127.0.0.1:5555", "another scheme"},
      {"tcp://", "no HOST:PORT"},
      {"tcp://:5555", "no HOST:PORT"},
      {"tcp://127.0.0.1", "no HOST:PORT"},
      {"tcp://127.0.0.1:", "port ''"},
      {"tcp://127.0.0.1:x", "port 'x'"},
      {"tcp://127.0.0.1:55x", "port '55x'"},
      {"tcp://127.0.0.1:-1", "port '-1'"},
      {"tcp://127.0.0.1:65535", "port '65535'"},
      {"tcp://127.0.0.1:99999999999", "port '99999999999'"},
      {"ipc://", "no path"},
  }));
  INFO(row.text);
  CHECK_THROWS_WITH(parse_endpoint(row.text),
                    ContainsSubstring(row.found) && ContainsSubstring("expected tcp://HOST:PORT"));
}

TEST_CASE("a site that would break topics is refused", "[publishers][topic]") {
  CHECK_NOTHROW(check_topic_word("site", "Effelsberg-100m_L"));
  for (const char* bad : {"", "a.b", "a/b", "a b", "a\n", "\xc3\xa9", "*"}) {
    INFO(bad);
    CHECK_THROWS_AS(check_topic_word("site", bad), ConfigError);
  }
  CHECK_THROWS_AS(check_topic_word("site", std::string(65, 'a')), ConfigError);
}
