// A destination outside: takes one message at a time, and says what became of it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "publishers/event.hpp"

namespace draftstream {

/// Names a message that a gateway let out.
struct SentMessage {
  std::string event_id;
  int revision = 1;

  friend bool operator==(const SentMessage&, const SentMessage&) = default;
};

/// A message that the rules let out.
struct OutgoingEvent {
  Event event;
  std::string json;  ///< As the journal has it.
  /// What went out through this gateway and is replaced, or taken back, by this one: the last
  /// revision of the same event, or the alerts that it confirms.
  std::vector<SentMessage> follows;
  std::string known_source;  ///< Of the rules' list, that it agrees with; "" = none.
};

/// What became of a message.
struct Delivery {
  enum class Outcome {
    delivered,  ///< The receiver has it.
    later,      ///< It may have it, or not: to be tried again.
    refused,    ///< It does not want it, and never will.
  };
  Outcome outcome = Outcome::delivered;
  std::string reason;  ///< One sentence; "" where it was delivered.
  /// At least, before it is tried again, as the receiver wishes.
  std::optional<std::chrono::seconds> wait;

  static Delivery delivered() { return {}; }
  static Delivery later(std::string reason) {
    return {Outcome::later, std::move(reason), std::nullopt};
  }
  static Delivery refused(std::string reason) {
    return {Outcome::refused, std::move(reason), std::nullopt};
  }
};

/// Who hears how it goes; from any thread; may be empty.
struct GatewayNews {
  std::function<void(const std::string&)> info;
  std::function<void(const std::string&)> warn;
};

/// One way out.
///
/// Threads: deliver() is for one; stop() for any.
class Gateway {
 public:
  Gateway() = default;
  virtual ~Gateway() = default;
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Blocks until it is known what became of it, or some tens of seconds are over.
  /// @throws std::exception where the fault is ours, or this machine's: counts as `later`.
  [[nodiscard]] virtual Delivery deliver(const OutgoingEvent& outgoing) = 0;

  /// From now on, deliver() returns within a moment.
  virtual void stop() noexcept = 0;
};

}  // namespace draftstream
