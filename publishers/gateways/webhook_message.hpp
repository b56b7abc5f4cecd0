// What a webhook is sent.
#pragma once

#include <string>

#include "publishers/gateways/gateway.hpp"

namespace draftstream {

enum class WebhookBody {
  event,  ///< {"text": ..., "event": {...}}: in words, and as it was published.
  slack,  ///< {"text": ...}, which is all that Slack's incoming webhooks take.
};

/// One JSON object.
[[nodiscard]] std::string webhook_body(const OutgoingEvent& outgoing, WebhookBody kind);

/// "sha256=" and 64 hexadecimal digits: HMAC-SHA256 of the body.
/// @source RFC 2104, FIPS 180-4.
[[nodiscard]] std::string webhook_signature(const std::string& body, const std::string& secret);

}  // namespace draftstream
