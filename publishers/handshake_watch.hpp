// Private to publishers/: how a client socket's connections begin.
#pragma once

#include <string>

#include <zmq.hpp>

#include "publishers/refusal.hpp"

namespace draftstream {

/// Follows the handshakes of one client socket.
///
/// Threads: that of the socket.
class HandshakeWatch : private zmq::monitor_t {
 public:
  /// @param socket  Not connected yet; outlives this.
  /// @param name    A word that no other watch of its context has.
  HandshakeWatch(zmq::socket_t& socket, const std::string& name);
  ~HandshakeWatch() override;
  HandshakeWatch(const HandshakeWatch&) = delete;
  HandshakeWatch& operator=(const HandshakeWatch&) = delete;

  /// Of what has come about since the last call.
  Refusal look();

 private:
  void on_event_handshake_succeeded(const zmq_event_t& event, const char* address) override;
  void on_event_handshake_failed_auth(const zmq_event_t& event, const char* address) override;
  void on_event_handshake_failed_protocol(const zmq_event_t& event, const char* address) override;
  void on_event_handshake_failed_no_detail(const zmq_event_t& event, const char* address) override;

  Refusal refusal_ = Refusal::none;
  int broken_off_ = 0;  // in a row
};

}  // namespace draftstream
