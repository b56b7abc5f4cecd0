// A gateway as an operator describes it.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "publishers/gateways/event_rules.hpp"
#include "publishers/gateways/gateway_runner.hpp"
#include "publishers/gateways/kafka_gateway.hpp"
#include "publishers/gateways/tns_report.hpp"
#include "publishers/gateways/vtp_author.hpp"
#include "publishers/gateways/vtp_broker.hpp"
#include "publishers/gateways/webhook_gateway.hpp"

namespace draftstream {

using GatewayTarget =
    std::variant<WebhookOptions, VtpAuthorOptions, VtpBrokerOptions, KafkaOptions, TnsOptions>;

struct GatewayOptions {
  std::string name;  ///< Of its file, too: letters, digits, '-' and '_'.
  EventRules rules;
  GatewayPatience patience;
  GatewayTarget target;
};

/// "webhook", "voevent", "voevent_server", "kafka", "tns": as in the configuration.
[[nodiscard]] std::string kind_of(const GatewayTarget& target);

/// @throws ConfigError if it cannot be used.
[[nodiscard]] std::unique_ptr<Gateway> make_gateway(const GatewayTarget& target,
                                                    const GatewayNews& news);

}  // namespace draftstream
