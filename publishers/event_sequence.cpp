#include "publishers/event_sequence.hpp"

#include <algorithm>

namespace draftstream {

EventSequence::EventSequence(std::uint64_t next, std::size_t buffer)
    : buffer_{std::max<std::size_t>(buffer, 1)}, next_{next}, announced_{next - 1} {}

bool EventSequence::add(std::uint64_t seq, ReceivedMessage message) {
  announce(seq);
  if (seq < next_ || here_.contains(seq)) return false;
  here_.emplace(seq, std::move(message));
  if (here_.size() > buffer_) {  // the last one can be asked for again
    const auto last = std::prev(here_.end());
    forgotten_ = std::min(forgotten_, last->first);
    settled_ = std::min(settled_, last->first - 1);
    here_.erase(last);
  }
  skip_settled();
  return true;
}

void EventSequence::announce(std::uint64_t seq) {
  announced_ = std::max(announced_, seq);
}

void EventSequence::settle(std::uint64_t seq) {
  settled_ = std::max(settled_, std::min(seq, forgotten_ - 1));
  forgotten_ = none;
  skip_settled();
}

void EventSequence::skip_settled() {
  if (next_ > settled_) return;
  next_ = settled_ + 1;
  if (!here_.empty()) next_ = std::min(next_, here_.begin()->first);
}

std::optional<ReceivedMessage> EventSequence::pop() {
  const auto first = here_.begin();
  if (first == here_.end() || first->first != next_) return std::nullopt;
  ReceivedMessage message = std::move(first->second);
  here_.erase(first);
  ++next_;
  skip_settled();
  return message;
}

std::optional<EventSequence::Range> EventSequence::missing() const {
  const std::uint64_t to = here_.empty() ? announced_ : here_.begin()->first - 1;
  if (next_ > to) return std::nullopt;
  return Range{next_, to};
}

}  // namespace draftstream
