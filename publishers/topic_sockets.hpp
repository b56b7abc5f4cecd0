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

#include "publishers/key_gate.hpp"
#include "publishers/replay_protocol.hpp"
#include "publishers/topic.hpp"
#include "publishers/wake_up.hpp"
#include "publishers/zap_handler.hpp"

namespace draftstream {

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

  /// Who may connect, and by which key they know that it is us.
  struct Locks {
    std::string secret_key;   ///< As Z85; "" = anyone may connect.
    KeyGate* gate = nullptr;  ///< Null without a key; else it outlives this.
  };

  TopicSockets(const Limits& limits, const Locks& locks);

  /// @return The topic's endpoint as bound.
  /// @throws ConfigError saying which of the two endpoints cannot be bound, and why.
  std::string bind(const Endpoint& endpoint);

  /// Ends all connections, and lets nobody in until bind_again() is done.
  void cut();
  /// @return What could not be bound again so far, and why: another try may do. "" = all is bound.
  std::string bind_again();

  /// Until something arrives, `wake_up` is signalled, or `until`.
  void wait(Clock::time_point until, WakeUp& wake_up);

  /// @return Whether every subscriber had room for it.
  bool send(const std::string& topic, const std::string& json,
            std::span<const std::vector<std::byte>> frames = {});

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
  struct Bound {
    zmq::socket_t* socket = nullptr;
    std::string endpoint;
    bool is_cut = false;
  };

  zmq::context_t context_{1};              // first, so that it goes after its sockets
  std::optional<ZapHandler> zap_handler_;  // the same
  zmq::socket_t topic_socket_;
  zmq::socket_t replay_socket_;
  std::vector<Bound> bound_;
};

}  // namespace draftstream
