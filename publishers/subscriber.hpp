// The other end of the topic: each event once, in order, those missed asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "publishers/key_files.hpp"
#include "publishers/received_message.hpp"
#include "publishers/refusal.hpp"

namespace draftstream {

/// Whom a subscriber expects, and what it proves itself by.
struct SubscriberKeys {
  std::string server_public_key;  ///< As Z85.
  KeyPair own;
};

struct SubscriberOptions {
  std::string endpoint;                 ///< As the publisher's.
  std::string topic = "frb.event.v1.";  ///< Prefix of the events wanted.
  /// Begins with the event after this number (0 = with the oldest that is kept). Empty: with the
  /// first one published after joining, or with the first of a session that began after joining.
  std::optional<std::uint64_t> since;
  int receive_hwm = 10'000;                        ///< Messages queued here.
  std::chrono::milliseconds answer_timeout{1000};  ///< Before a request is sent again.
  std::chrono::milliseconds give_up_after{5000};   ///< Without an answer; missing events are lost.
  std::size_t buffer = 10'000;           ///< Events kept while earlier ones are asked for.
  std::optional<SubscriberKeys> keys{};  ///< Of a publisher that has an allow-list.
};

struct SubscriberCounts {
  std::uint64_t events = 0;      ///< Given out.
  std::uint64_t recovered = 0;   ///< Of these, had to be asked for.
  std::uint64_t duplicates = 0;  ///< Came again and were passed over.
  std::uint64_t lost = 0;        ///< Could not be had, or of a publisher that died.
  std::uint64_t malformed = 0;   ///< Were not understood.
  std::uint64_t requests = 0;
  std::uint64_t sessions = 0;  ///< Seen.
};

/// A client of one publisher; it may connect before the publisher is there, and stays through its
/// restarts: where that goes on in its journal, nothing is missed.
///
/// Threads: one at a time per object.
class Subscriber {
 public:
  /// @throws ConfigError if the endpoint is not understood.
  explicit Subscriber(SubscriberOptions options);
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// The next event or status, in order of seq, of one journal after another; a status comes after
  /// the events that were published before it. Heartbeats are kept to itself.
  /// @return Nothing if none came within `timeout`, or a signal arrived.
  std::optional<ReceivedMessage> next(std::chrono::milliseconds timeout);

  /// True once the publisher has said that it ended and next() has given out everything before.
  /// A new session makes it false again.
  [[nodiscard]] bool ended() const noexcept;

  /// True once the publisher has been heard.
  [[nodiscard]] bool connected() const noexcept;

  /// As of the last next().
  [[nodiscard]] Refusal refusal() const noexcept;

  [[nodiscard]] SubscriberCounts counts() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
