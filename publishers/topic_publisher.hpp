// Events on a ZeroMQ topic, and the answers to those who missed some.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "publishers/event.hpp"
#include "publishers/event_store.hpp"
#include "publishers/key_gate.hpp"
#include "publishers/status.hpp"

namespace draftstream {

/// What a publisher proves itself by, and whom it lets in.
struct TopicKeys {
  KeyPair own;
  PublicKeys allowed;
  KeyGate::Tell tell{};  ///< Hears of connections that were refused.
};

struct TopicPublisherOptions {
  /// "tcp://127.0.0.1:5555", "ipc:///run/draftstream/events". Port "*" or 0 takes a free pair.
  /// Replay requests are answered one port higher, or at PATH.replay.
  std::vector<std::string> endpoints;
  std::string publisher;                      ///< "site/instrument/instance": publisher_name().
  std::string session;                        ///< As in the events.
  std::string journal{};                      ///< The same.
  std::optional<int> beam;                    ///< Of status and heartbeat topics, at first.
  bool insecure_bind = false;                 ///< Allows more than loopback without keys.
  std::optional<TopicKeys> keys{};            ///< Empty = whoever connects is let in.
  int send_hwm = 10'000;                      ///< Messages queued for each subscriber.
  std::size_t queue = 10'000;                 ///< Events waiting for the publishing thread.
  std::chrono::milliseconds linger{2000};     ///< At the end, for subscribers to take the rest.
  std::chrono::milliseconds heartbeat{1000};  ///< Between heartbeats.
  std::size_t replay_batch = 256;             ///< Events an answer holds at most.
};

/// What became of the messages so far.
struct TopicCounts {
  std::uint64_t published = 0;  ///< Events sent to whoever subscribed.
  /// Times a subscriber was found with a full queue. It gets nothing more until it has taken a part
  /// of it, and has to ask for what it missed; all others get everything.
  std::uint64_t stalls = 0;
  std::uint64_t dropped_queue = 0;  ///< Never sent: the queue was full. Still in the store.
  std::uint64_t heartbeats = 0;
  std::uint64_t replay_requests = 0;
  std::uint64_t replayed = 0;          ///< Events sent in answers.
  std::uint64_t refused_requests = 0;  ///< Not understood, or of another session.
  std::uint64_t refused_keys = 0;      ///< Connections, for their key was not listed.
  std::size_t subscribers = 0;         ///< Now.

  /// What came after `earlier`.
  [[nodiscard]] TopicCounts since(const TopicCounts& earlier) const {
    TopicCounts later = *this;
    later.published -= earlier.published;
    later.stalls -= earlier.stalls;
    later.dropped_queue -= earlier.dropped_queue;
    later.heartbeats -= earlier.heartbeats;
    later.replay_requests -= earlier.replay_requests;
    later.replayed -= earlier.replayed;
    later.refused_requests -= earlier.refused_requests;
    later.refused_keys -= earlier.refused_keys;
    return later;
  }
};

/// Binary frames of a message, after its topic and its JSON; the JSON tells of them under
/// `attachments`. Answers to requests are without.
using AttachedFrames = std::vector<std::vector<std::byte>>;

/// How the publishing thread is, at a glance.
struct TopicProgress {
  bool holds_work = false;   ///< Messages that it could send, or it has failed.
  std::uint64_t rounds = 0;  ///< Of its loop.
};

/// Publishes on its own thread; a slow, dead or malicious subscriber never holds up the search.
///
/// Threads: any thread may call any member; the sockets belong to one of its own.
class TopicPublisher {
 public:
  /// Binds and starts. Answers of replay requests come from `store`, which must outlive this.
  /// @throws ConfigError on an endpoint that is not understood, is not loopback while there are no
  ///         keys and insecure_bind is off, or cannot be bound.
  TopicPublisher(TopicPublisherOptions options, EventStore& store);

  /// As end(), without a word to the subscribers, unless it was called.
  ~TopicPublisher();
  TopicPublisher(const TopicPublisher&) = delete;
  TopicPublisher& operator=(const TopicPublisher&) = delete;

  /// Hands over an event that was appended to the store; returns at once. The store is synced
  /// before it is sent. Where the queue is full it is dropped, counted, and left to replay.
  /// @param json  What EventStore::append() returned.
  void publish(const Event& event, std::string json, AttachedFrames frames = {});

  /// Publishes a status message with the next batch of events.
  /// @param beam  Of its topic, and of the heartbeats that follow; empty = as before.
  void report(const StatusReport& status, std::optional<int> beam = std::nullopt);

  /// Waits until all that was handed over before has been sent.
  /// @throws whatever ended the publishing thread before.
  void flush();

  /// Lets in those with one of these keys from now on. If one who was let in is no longer among
  /// them, all connections end; those who still are come back by themselves, and have to ask for
  /// what they missed.
  /// @throws std::logic_error if the options had no keys.
  KeyGate::Change allow(PublicKeys allowed);

  /// Waits until at least `count` subscribers of events, or of what is none, are there.
  /// @param timeout  Empty = for ever.
  /// @param stopped  Asked about ten times a second; true ends the waiting. May be empty.
  /// @return Whether they are.
  bool wait_for_subscribers(std::size_t count, std::optional<std::chrono::milliseconds> timeout,
                            const std::function<bool()>& stopped = {});

  /// Publishes the last status (state "ended"), answers requests until every subscriber has left,
  /// but not longer than `linger`, and closes. Idempotent.
  /// @throws whatever ended the publishing thread before: std::runtime_error of the store.
  void end(const StatusReport& status);

  /// Endpoints as bound, with real ports; in the order of the options.
  [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept;
  [[nodiscard]] TopicCounts counts() const;
  [[nodiscard]] TopicProgress progress() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
