// Messages for gateways, and a receiver that does as it is told.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "publishers/gateways/gateway.hpp"
#include "publishers/journal/journal.hpp"
#include "publishers/uuid.hpp"
#include "tests/publishers/sample_events.hpp"

namespace draftstream::test {

/// A burst in the sky, found just now.
inline Event current_event(std::uint64_t seq) {
  Event event = sample_event(seq);
  event.alert_tense = AlertTense::current;
  event.classifier.label = "burst";
  return event;
}

/// The next revision of a message.
inline Event update_of(Event event, AlertType type = AlertType::update) {
  event.message_type = type == AlertType::update ? MessageType::update : MessageType::retraction;
  event.alert_type = type;
  ++event.revision;
  return event;
}

inline Event alert_of(Event event) {
  event.message_type = MessageType::candidate;
  event.search = SearchKind::prompt;
  event.event_id += "-p";
  return event;
}

/// A journal that a test writes.
class TestJournal {
 public:
  explicit TestJournal(const std::string& path, Existing existing = Existing::replace)
      : journal_{path, existing, {make_uuid(), "parkes/bpsr/1", {}}} {}

  void append(Event event) {
    event.seq = journal_.last_seq() + 1;
    event.journal = journal_.id();
    journal_.append(event);
  }
  [[nodiscard]] Journal& journal() noexcept { return journal_; }

 private:
  Journal journal_;
};

/// What a receiver got, whatever it answered.
///
/// Threads: any.
class Received {
 public:
  void add(const OutgoingEvent& outgoing) {
    const std::lock_guard lock{mutex_};
    all_.push_back(outgoing);
  }
  [[nodiscard]] std::vector<OutgoingEvent> all() const {
    const std::lock_guard lock{mutex_};
    return all_;
  }
  [[nodiscard]] std::vector<std::uint64_t> numbers() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::uint64_t> numbers;
    for (const auto& one : all_) numbers.push_back(one.event.seq);
    return numbers;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<OutgoingEvent> all_;
};

/// Answers by a function; what is delivered is kept in `received`.
class FakeGateway : public Gateway {
 public:
  using Answer = std::function<Delivery(const OutgoingEvent& outgoing)>;
  FakeGateway(Received& received, Answer answer)
      : received_{received}, answer_{std::move(answer)} {}
  explicit FakeGateway(Received& received)
      : FakeGateway{received, [](const OutgoingEvent&) { return Delivery::delivered(); }} {}

  Delivery deliver(const OutgoingEvent& outgoing) override {
    Delivery delivery = answer_(outgoing);
    if (delivery.outcome == Delivery::Outcome::delivered) received_.add(outgoing);
    return delivery;
  }
  void stop() noexcept override {}

 private:
  Received& received_;
  Answer answer_;
};

}  // namespace draftstream::test
