// VOEvents, sent to a broker.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "ingest/live/stop_event.hpp"
#include "ingest/live/stream_url.hpp"
#include "publishers/gateways/gateway.hpp"
#include "publishers/gateways/voevent_document.hpp"

namespace draftstream {

struct VtpAuthorOptions {
  std::string broker;  ///< "HOST:PORT"; brokers take submissions at 8098.
  VoeventAuthor author;
  std::chrono::milliseconds timeout{20'000};  ///< For the broker's answer, connecting included.
};

/// Connects for each message, and waits for the broker's receipt: ack is a delivery, nak a refusal.
class VtpAuthor : public Gateway {
 public:
  /// @throws ConfigError if the broker's address is none.
  explicit VtpAuthor(VtpAuthorOptions options);

  [[nodiscard]] Delivery deliver(const OutgoingEvent& outgoing) override;
  void stop() noexcept override { stop_.stop(); }

 private:
  [[nodiscard]] bool send_all(int socket, std::string_view bytes,
                              std::chrono::steady_clock::time_point deadline) const;
  [[nodiscard]] Delivery receipt(int socket, std::chrono::steady_clock::time_point deadline) const;

  const VtpAuthorOptions options_;
  const StreamUrl broker_;
  StopEvent stop_;
};

}  // namespace draftstream
