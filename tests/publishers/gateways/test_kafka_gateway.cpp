// Kafka, by the cluster that librdkafka plays for tests.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "publishers/gateways/kafka_gateway.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sanitized.hpp"

using namespace draftstream;

namespace {

bool skipped() {
  if (!test::knows_c11_threads)
    WARN("skipped: librdkafka has threads that ThreadSanitizer does not know");
  return !test::knows_c11_threads;
}

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_mock_cluster_t* cluster) const {
    rd_kafka_mock_cluster_destroy(cluster);
  }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy>;

Client make_client(rd_kafka_type_t type, const std::string& brokers) {
  char fault[256] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  if (!brokers.empty()) {
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), fault, sizeof fault);
    rd_kafka_conf_set(conf, "group.id", "test", fault, sizeof fault);
  }
  rd_kafka_conf_set_log_cb(conf, nullptr);
  Client client{rd_kafka_new(type, conf, fault, sizeof fault)};
  REQUIRE(client);
  return client;
}

// One broker; topics have one partition.
struct Cluster {
  Client owner = make_client(RD_KAFKA_PRODUCER, "");
  std::unique_ptr<rd_kafka_mock_cluster_t, Destroy> cluster{
      rd_kafka_mock_cluster_new(owner.get(), 1)};

  Cluster() { rd_kafka_mock_topic_create(cluster.get(), "frb", 1, 1); }
  [[nodiscard]] std::string brokers() const {
    return rd_kafka_mock_cluster_bootstraps(cluster.get());
  }

  // Messages on the topic, once there are so many.
  [[nodiscard]] std::vector<nlohmann::json> messages(std::size_t count) const {
    const Client consumer = make_client(RD_KAFKA_CONSUMER, brokers());
    rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(all, "frb", 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer.get(), all);
    rd_kafka_topic_partition_list_destroy(all);
    std::vector<nlohmann::json> found;
    for (int tries = 0; found.size() < count && tries < 3000; ++tries) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer.get(), 100);
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const auto* text = static_cast<const char*>(message->payload);
        found.push_back(nlohmann::json::parse(text, text + message->len));
        CHECK(std::string(static_cast<const char*>(message->key), message->key_len) ==
              found.back()["id"]);
      }
      rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(consumer.get());
    return found;
  }
};

KafkaOptions options_for(const Cluster& cluster) {
  KafkaOptions options;
  options.brokers = cluster.brokers();
  options.topic = "frb";
  options.timeout = std::chrono::milliseconds{60'000};
  return options;
}

OutgoingEvent outgoing(std::uint64_t seq) {
  return {test::current_event(seq), "", {}, ""};
}

}  // namespace

TEST_CASE("Kafka receives alerts, also after its broker was down", "[publishers][gateways]") {
  if (skipped()) return;
  const Cluster cluster;
  KafkaOptions options = options_for(cluster);
  KafkaGateway gateway{options};
  REQUIRE(gateway.deliver(outgoing(1)).outcome == Delivery::Outcome::delivered);
  rd_kafka_mock_broker_set_down(cluster.cluster.get(), 1);
  options.timeout = std::chrono::milliseconds{1'500};
  KafkaGateway impatient{options};
  const Delivery failed = impatient.deliver(outgoing(2));
  CHECK(failed.outcome == Delivery::Outcome::later);
  CHECK_FALSE(failed.reason.empty());
  rd_kafka_mock_broker_set_up(cluster.cluster.get(), 1);
  REQUIRE(gateway.deliver(outgoing(2)).outcome == Delivery::Outcome::delivered);
  const auto messages = cluster.messages(2);
  REQUIRE(messages.size() == 2);
  CHECK(messages[0]["id"] == test::current_event(1).event_id);
  CHECK(messages[1]["id"] == test::current_event(2).event_id);
}

TEST_CASE("what Kafka never takes is refused", "[publishers][gateways]") {
  if (skipped()) return;
  const Cluster cluster;
  KafkaOptions options = options_for(cluster);
  options.settings["message.max.bytes"] = "1000";
  KafkaGateway gateway{options};
  OutgoingEvent large = outgoing(1);
  large.known_source = std::string(2000, 'x');
  CHECK(gateway.deliver(large).outcome == Delivery::Outcome::refused);
}

TEST_CASE("settings that librdkafka does not take are refused, and not repeated",
          "[publishers][gateways]") {
  KafkaOptions options;
  options.brokers = "127.0.0.1:1";
  options.topic = "frb";
  options.settings = {{"sasl.pasword", "swordfish"}};
  CHECK_THROWS_WITH(KafkaGateway{options},
                    ContainsSubstring("'sasl.pasword'") && !ContainsSubstring("swordfish"));
  for (const char* name : {"message.timeout.ms", "delivery.report.only.error"}) {
    options.settings = {{name, "1"}};  // it would wait for ever, or never
    CHECK_THROWS_WITH(KafkaGateway{options}, ContainsSubstring(name));
  }
  options.settings = {{"security.protocol", "swordfish"}};
  CHECK_THROWS_WITH(KafkaGateway{options},
                    ContainsSubstring("'security.protocol'") && !ContainsSubstring("swordfish"));
}

TEST_CASE("a stopped Kafka gateway does not wait", "[publishers][gateways]") {
  if (skipped()) return;
  KafkaOptions options;
  options.brokers = "127.0.0.1:1";
  options.topic = "frb";
  options.timeout = std::chrono::hours{1};
  KafkaGateway gateway{options};
  gateway.stop();
  CHECK(gateway.deliver(outgoing(1)).outcome == Delivery::Outcome::later);
}
