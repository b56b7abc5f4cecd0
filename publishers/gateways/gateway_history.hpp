// Private to publishers/gateways/: what a gateway's record says of a message.
#pragma once

#include <string>

#include "publishers/gateways/event_rules.hpp"
#include "publishers/gateways/gateway.hpp"
#include "publishers/gateways/gateway_record.hpp"

namespace draftstream {

/// What rules ask of the past. Throws as GatewayRecord does, as the next one.
[[nodiscard]] GatewayHistory history_of(const Event& event, const EventRules& rules,
                                        const GatewayRecord& record, const UtcInstant& now);

/// The message, with what went out and is replaced or taken back by it.
[[nodiscard]] OutgoingEvent outgoing_of(const Event& event, const std::string& json,
                                        const EventRules& rules, const GatewayRecord& record);

}  // namespace draftstream
