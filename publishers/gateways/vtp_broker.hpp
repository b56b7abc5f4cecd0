// VOEvents, served to subscribers.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "publishers/gateways/gateway.hpp"
#include "publishers/gateways/voevent_document.hpp"

namespace draftstream {

struct VtpBrokerOptions {
  std::string serve_at = "127.0.0.1:8099";  ///< "ADDRESS:PORT"; port 0 = any that is free.
  VoeventAuthor author;
  std::size_t most_subscribers = 32;
  std::size_t most_unanswered = 10;                  ///< VOEvents; then a subscriber is dropped.
  std::chrono::milliseconds alive_interval{60'000};  ///< Between two questions whether it lives.
  std::chrono::milliseconds patience{120'000};       ///< For a sign of life; then it is dropped.
  std::chrono::milliseconds answer_time{20'000};     ///< That deliver() waits for the first answer.
};

/// Sends each message to all that are connected. It is delivered once one of them has answered:
/// while nobody is there, it waits. VTP has no way to ask for what was missed, so a subscriber that
/// was away while another was there has missed it.
///
/// Subscribers are asked to say who they are (authenticate); filters that they send with their
/// answer are passed over: they get everything.
class VtpBroker : public Gateway {
 public:
  /// @throws ConfigError if the address cannot be listened at.
  VtpBroker(VtpBrokerOptions options, GatewayNews news);
  ~VtpBroker() override;

  [[nodiscard]] Delivery deliver(const OutgoingEvent& outgoing) override;
  void stop() noexcept override;

  /// "127.0.0.1:8099": with the port that was taken.
  [[nodiscard]] const std::string& address() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
