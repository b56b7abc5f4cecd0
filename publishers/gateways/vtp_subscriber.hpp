// Private to publishers/gateways/: a subscriber of our VOEvents, as the broker sees it.
#pragma once

#include <chrono>
#include <set>
#include <string>

#include "ingest/live/tcp_socket.hpp"
#include "publishers/gateways/vtp_message.hpp"

namespace draftstream {

/// One connection. It never blocks.
///
/// Threads: one at a time.
class VtpSubscriber {
 public:
  using Clock = std::chrono::steady_clock;

  /// Asks it to say who it is.
  /// @param origin  IVORN of ours.
  VtpSubscriber(TcpConnection connection, std::string origin);

  [[nodiscard]] int socket() const noexcept { return connection_.socket.get(); }
  [[nodiscard]] const std::string& peer() const noexcept { return connection_.peer; }
  [[nodiscard]] bool has_output() const noexcept { return !output_.empty(); }
  [[nodiscard]] std::size_t unanswered() const noexcept { return unanswered_.size(); }
  [[nodiscard]] Clock::time_point last_heard() const noexcept { return last_heard_; }

  /// Sends a VOEvent, unless it is the last one that was sent.
  void offer(const std::string& ivorn, const std::string& document);
  /// Asks whether it is alive, if it was not asked for `interval`.
  void ask_if_alive(std::chrono::milliseconds interval);

  /// What poll() says: reads what is there, and writes what goes.
  /// @param answered  Gets the IVORNs of VOEvents that it answered, ack or nak.
  /// @return Why it is no longer there; "" while it is.
  std::string serve(std::set<std::string>& answered);

 private:
  void queue(const std::string& message) { output_ += vtp_frame(message); }
  std::string write();
  void take(const std::string& message, std::set<std::string>& answered);

  TcpConnection connection_;
  const std::string origin_;
  VtpReader reader_;
  std::string output_;  // bytes not yet written
  std::string last_offered_;
  std::set<std::string> unanswered_;
  Clock::time_point last_heard_ = Clock::now();
  Clock::time_point last_asked_ = Clock::now();
};

}  // namespace draftstream
