// Numbered events put in order, and which of them are missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>

#include "publishers/received_message.hpp"

namespace draftstream {

/// The events of one session, whatever the order they arrive in: each comes out once, in order, and
/// none before all earlier ones came or are known not to come. Knows neither sockets nor clocks.
///
/// Threads: one at a time per object.
class EventSequence {
 public:
  struct Range {
    std::uint64_t from = 0;
    std::uint64_t to = 0;  ///< Included.
  };

  /// @param next    Number of the first event to come out.
  /// @param buffer  Events kept while earlier ones are missing; >= 1. Those beyond are forgotten
  ///                and become missing themselves.
  EventSequence(std::uint64_t next, std::size_t buffer);

  /// @return Whether it is new.
  bool add(std::uint64_t seq, ReceivedMessage message);

  /// Events up to `seq` exist.
  void announce(std::uint64_t seq);

  /// Events up to `seq` that have not been added will not come.
  void settle(std::uint64_t seq);

  /// The next event in order, if it is here.
  std::optional<ReceivedMessage> pop();

  /// The first run of events that exist and are not here; none while pop() has one to give.
  [[nodiscard]] std::optional<Range> missing() const;

  /// Number of the next event to come out; all before it have.
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }

 private:
  void skip_settled();

  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

  std::map<std::uint64_t, ReceivedMessage> here_;  // all >= next_
  std::size_t buffer_;
  std::uint64_t next_;
  std::uint64_t announced_;         // events up to this exist
  std::uint64_t settled_ = 0;       // events up to this are here or will not come
  std::uint64_t forgotten_ = none;  // the first one forgotten since the last settle()
};

}  // namespace draftstream
