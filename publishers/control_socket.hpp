// Questions to a running process, and its answers, over ZeroMQ.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace draftstream {

/// A REP socket with a thread of its own: one frame in, one frame out.
class ControlSocket {
 public:
  /// @param request  The frame as it came, from anyone; "" if it did not come in one.
  using Answer = std::function<std::string(std::string_view request)>;

  /// Binds and starts. Whatever `answer` throws is answered as {"ok":false,"error":...}.
  /// @param endpoint  As parse_endpoint().
  /// @param insecure_bind  Allows more than loopback and ipc.
  /// @throws ConfigError on an endpoint that is not understood, is not loopback while insecure_bind
  ///         is off, or cannot be bound.
  ControlSocket(const std::string& endpoint, bool insecure_bind, Answer answer);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  /// As bound, with its real port.
  [[nodiscard]] const std::string& endpoint() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Asks, and waits for the answer.
/// @return Empty if none comes in time.
/// @throws ConfigError on an endpoint that is not understood.
[[nodiscard]] std::optional<std::string> ask_control(const std::string& endpoint,
                                                     const std::string& request,
                                                     std::chrono::milliseconds timeout);

}  // namespace draftstream
