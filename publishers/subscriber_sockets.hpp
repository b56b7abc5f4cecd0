// Private to publishers/: the two sockets of a subscriber.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <zmq.hpp>

#include "publishers/handshake_watch.hpp"
#include "publishers/subscriber.hpp"
#include "publishers/topic.hpp"

namespace draftstream {

/// SUB for the topic, DEALER for what was missed. Nothing here waits, but for wait().
///
/// Threads: one at a time per object.
class SubscriberSockets {
 public:
  using Clock = std::chrono::steady_clock;

  /// Connects, whether someone is there or not.
  /// @param keys  Empty = without.
  /// @throws ConfigError if the endpoint cannot be connected to.
  SubscriberSockets(const Endpoint& endpoint, const std::vector<std::string>& topics,
                    int receive_hwm, const std::optional<SubscriberKeys>& keys);

  /// Until something arrives, a signal does, or `until`.
  void wait(Clock::time_point until);

  std::optional<std::vector<std::string>> take_topic_message();  ///< Its frames.
  std::optional<std::vector<std::string>> take_answer();         ///< Its frames.

  /// Of either socket.
  Refusal refusal();

  /// @return Whether there is a connection that it could be sent on.
  bool ask(const std::string& request);

 private:
  zmq::context_t context_{1};  // first, so that it goes after its sockets
  zmq::socket_t topic_socket_;
  zmq::socket_t replay_socket_;
  HandshakeWatch topic_watch_{topic_socket_, "topic"};
  HandshakeWatch replay_watch_{replay_socket_, "replay"};
};

}  // namespace draftstream
