// Messages as HTTP POST.
#pragma once

#include <memory>
#include <string>

#include "publishers/gateways/gateway.hpp"
#include "publishers/gateways/webhook_message.hpp"

namespace draftstream {

struct WebhookOptions {
  std::string url;     ///< http:// or https://; may be a secret itself, and is never told.
  std::string secret;  ///< That bodies are signed by; "" = they are not.
  WebhookBody body = WebhookBody::event;
  std::chrono::milliseconds timeout{20'000};  ///< Of one try.
};

/// Whether it begins with http:// or https://, and can be parsed.
[[nodiscard]] bool is_url_of_http(const std::string& url);

/// POSTs each message. A status of 2xx is a delivery; 408, 425, 429 and 5xx are tried again, after
/// the Retry-After of the answer at least; all else is a refusal. Redirects are not followed.
class WebhookGateway : public Gateway {
 public:
  /// @throws ConfigError if the URL is none of HTTP.
  explicit WebhookGateway(WebhookOptions options);
  ~WebhookGateway() override;

  [[nodiscard]] Delivery deliver(const OutgoingEvent& outgoing) override;
  void stop() noexcept override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
