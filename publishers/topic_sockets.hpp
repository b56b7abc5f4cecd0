// Private to publishers/: the two sockets of a topic publisher, and how they are waited on.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.hpp>

#include "publishers/replay_protocol.hpp"
#include "publishers/topic.hpp"

namespace draftstream {

/// Wakes a thread that waits on sockets.
///
/// Threads: any may signal.
class WakeUp {
 public:
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  void signal() noexcept;
  void clear() noexcept;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

/// XPUB for the topic, ROUTER for replay requests. Nothing here waits, but for wait().
///
/// Threads: one at a time per object.
class TopicSockets {
 public:
  using Clock = std::chrono::steady_clock;

  struct Limits {
    int send_hwm = 0;              ///< Messages queued for each subscriber.
    std::size_t replay_batch = 0;  ///< Events an answer holds at most.
    std::chrono::milliseconds linger{0};
  };
  struct Request {
    zmq::message_t client;  ///< Its routing identity.
    std::string text;       ///< "" if it did not come in one frame.
  };

  explicit TopicSockets(const Limits& limits);

  /// @return The topic's endpoint as bound.
  /// @throws ConfigError saying which of the two endpoints cannot be bound, and why.
  std::string bind(const Endpoint& endpoint);

  /// Until something arrives, `wake_up` is signalled, or `until`.
  void wait(Clock::time_point until, WakeUp& wake_up);

  /// @return Whether every subscriber had room for it.
  bool send(const std::string& topic, const std::string& json);

  /// What subscribers said since the last call: +1 for each subscription that would receive events
  /// of one of `topic_heads`, -1 for each that ended.
  int take_subscriptions(std::span<const std::string> topic_heads);

  std::optional<Request> take_request();

  /// A client that left, or that does not take its answers, gets no more of this one.
  /// @return Events sent.
  std::size_t send_answer(const zmq::message_t& client, const ReplayAnswer& answer);

  /// Begins to close; what is on its way may take `linger` longer.
  void close();

 private:
  zmq::context_t context_{1};  // first, so that it goes after its sockets
  zmq::socket_t topic_socket_;
  zmq::socket_t replay_socket_;
};

}  // namespace draftstream
