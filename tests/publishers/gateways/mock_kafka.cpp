// A Kafka cluster of one broker, as librdkafka plays it: prints its address, then takes "down" and
// "up" on standard input, until that ends.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdio>
#include <iostream>
#include <string>

int main() {
  char fault[256] = "";
  rd_kafka_t* owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), fault, sizeof fault);
  rd_kafka_mock_cluster_t* cluster =
      owner == nullptr ? nullptr : rd_kafka_mock_cluster_new(owner, 1);
  if (cluster == nullptr) {
    std::cerr << "mock_kafka: " << fault << "\n";
    return 1;
  }
  rd_kafka_mock_topic_create(cluster, "gcn.notices.test.frb", 1, 1);
  std::cout << rd_kafka_mock_cluster_bootstraps(cluster) << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "down") rd_kafka_mock_broker_set_down(cluster, 1);
    if (line == "up") rd_kafka_mock_broker_set_up(cluster, 1);
    std::cout << "done" << std::endl;
  }
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(owner);
  return 0;
}
