// Private to publishers/: answers libzmq's question who may connect.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <zmq.hpp>

#include "publishers/key_gate.hpp"
#include "publishers/wake_up.hpp"

namespace draftstream {

/// The answer to one request of the ZeroMQ Authentication Protocol: 200 for a listed key of CURVE,
/// 400 for all else.
/// @param request  Its frames, as they came.
/// @source  rfc.zeromq.org/spec/27
[[nodiscard]] std::vector<std::string> answer_zap(const std::vector<std::string>& request,
                                                  KeyGate& gate);

/// Answers for all sockets of a context. Make it before they are bound, and destroy it after them:
/// without one, libzmq lets in any key. Should its thread end, nobody is let in any more.
///
/// Threads: one of its own.
class ZapHandler {
 public:
  /// @param context, gate  Must outlive this.
  ZapHandler(zmq::context_t& context, KeyGate& gate);
  ~ZapHandler();
  ZapHandler(const ZapHandler&) = delete;
  ZapHandler& operator=(const ZapHandler&) = delete;

 private:
  void serve() noexcept;
  void answer_one();

  KeyGate& gate_;
  WakeUp wake_up_;
  zmq::socket_t socket_;
  std::atomic<bool> leaving_ = false;
  std::thread thread_;  // last: it uses all of the above
};

/// Makes a socket a server that lets in whom the handler of its context does. Before it is bound.
/// @param secret_key  The server's, as Z85.
void serve_by_keys(zmq::socket_t& socket, const std::string& secret_key);

}  // namespace draftstream
