// A store and a topic to publish on, as the program has them.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "publishers/event_store.hpp"
#include "publishers/topic_publisher.hpp"
#include "tests/publishers/sample_events.hpp"

namespace draftstream::test {

/// Events in memory; knows which of them were synced.
class MemoryStore : public EventStore {
 public:
  std::string append(const Event& event) override {
    const std::lock_guard lock{mutex_};
    events_.push_back(to_json(event));
    return events_.back();
  }
  void sync() override {
    const std::lock_guard lock{mutex_};
    synced_ = events_.size();
  }
  std::vector<std::string> read(std::uint64_t from, std::uint64_t to,
                                std::size_t limit) const override {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> found;
    for (std::uint64_t seq = std::max(from, first_);
         seq <= to && seq <= events_.size() && found.size() < limit; ++seq) {
      found.push_back(events_[seq - 1]);
    }
    return found;
  }
  std::uint64_t first_seq() const override {
    const std::lock_guard lock{mutex_};
    return first_;
  }
  std::uint64_t last_seq() const override {
    const std::lock_guard lock{mutex_};
    return events_.size();
  }
  /// Keeps those from this number on.
  void forget_before(std::uint64_t first) {
    const std::lock_guard lock{mutex_};
    first_ = first;
  }
  std::uint64_t synced() const {
    const std::lock_guard lock{mutex_};
    return synced_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> events_;
  std::uint64_t synced_ = 0;
  std::uint64_t first_ = 1;
};

/// In a journal: its sessions go on in the numbers of those before.
inline constexpr const char* journal_a = "11111111-2222-4333-8444-555555555555";
inline constexpr const char* journal_b = "66666666-7777-4888-8999-aaaaaaaaaaaa";

inline TopicPublisherOptions topic_options(const std::string& endpoint = "tcp://127.0.0.1:*") {
  TopicPublisherOptions options;
  options.endpoints = {endpoint};
  options.publisher = publisher_name(sample_context());
  options.session = session_a;
  options.beam = 7;
  options.linger = std::chrono::milliseconds{30'000};  // never waited for: all subscribers leave
  return options;
}

/// One session of a publisher.
class Publishing {
 public:
  /// @param numbered  Events of earlier sessions of the same journal.
  explicit Publishing(const TopicPublisherOptions& options = topic_options(),
                      std::uint64_t numbered = 0)
      : journal_{options.journal},
        maker_{context(options)},
        store_{std::make_unique<MemoryStore>()} {
    for (std::uint64_t i = 0; i < numbered; ++i) store_->append(next());
    topic_ = std::make_unique<TopicPublisher>(options, *store_);
  }

  /// Publishes the next event; `beam` is that of the sample observation unless given.
  void publish(std::optional<int> beam = std::nullopt) {
    Event event = next();
    if (beam) event.beam.index = beam;
    topic_->publish(event, store_->append(event));
  }
  void publish_many(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) publish();
  }
  bool wait_for(std::size_t subscribers) {
    return topic_->wait_for_subscribers(subscribers, std::chrono::seconds{30});
  }
  void end() { topic_->end({}); }

  [[nodiscard]] std::string endpoint() const { return topic_->endpoints().front(); }
  TopicPublisher& topic() noexcept { return *topic_; }
  MemoryStore& store() noexcept { return *store_; }

 private:
  static EventContext context(const TopicPublisherOptions& options) {
    EventContext context = sample_context();
    context.session = options.session;
    return context;
  }

  Event next() {
    Event event = maker_.make(sample_candidate(maker_.last_seq()));
    event.journal = journal_;
    return event;
  }

  std::string journal_;
  EventMaker maker_;
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<TopicPublisher> topic_;  // last: it reads the store
};

}  // namespace draftstream::test
