// Messages on a topic of Kafka.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "publishers/gateways/gateway.hpp"
#include "publishers/gateways/gcn_alert.hpp"

namespace draftstream {

struct KafkaOptions {
  std::string brokers;  ///< "HOST:PORT,HOST:PORT"
  std::string topic;
  GcnFormat format;
  /// Of librdkafka, by its names; they go before ours, but for those of receipts. Passwords are
  /// among them: never told.
  std::map<std::string, std::string> settings;
  std::chrono::milliseconds timeout{20'000};  ///< For the brokers' receipt.
};

/// Produces each message, its event_id as key, and waits for the brokers' receipt. What a broker
/// stored without its receipt coming back is stored again.
class KafkaGateway : public Gateway {
 public:
  /// @throws ConfigError naming a setting that librdkafka does not take.
  explicit KafkaGateway(KafkaOptions options);
  ~KafkaGateway() override;

  [[nodiscard]] Delivery deliver(const OutgoingEvent& outgoing) override;
  void stop() noexcept override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
