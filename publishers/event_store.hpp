// Where events are kept before they are published, so that none that was announced is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "publishers/event.hpp"

namespace draftstream {

/// The events of a publisher, by number.
///
/// Threads: append() belongs to one thread; the rest may be called from any.
class EventStore {
 public:
  EventStore() = default;
  EventStore(const EventStore&) = delete;
  EventStore& operator=(const EventStore&) = delete;
  virtual ~EventStore() = default;

  /// Adds the next event. It survives the end of this process from here on, and the end of the
  /// machine after the next sync().
  /// @return Its JSON, as stored and as to be published.
  /// @throws std::logic_error   unless event.seq is last_seq() + 1.
  /// @throws std::runtime_error if it cannot be written; then nothing was added.
  virtual std::string append(const Event& event) = 0;

  /// Brings everything appended so far to the disk.
  /// @throws std::runtime_error if the disk refuses it.
  virtual void sync() = 0;

  /// JSON of the stored events [from, to] in order, at most `limit` of them.
  /// @throws std::runtime_error if they cannot be read.
  [[nodiscard]] virtual std::vector<std::string> read(std::uint64_t from, std::uint64_t to,
                                                      std::size_t limit) const = 0;

  /// The oldest event that is kept; last_seq() + 1 where none is.
  [[nodiscard]] virtual std::uint64_t first_seq() const = 0;
  [[nodiscard]] virtual std::uint64_t last_seq() const = 0;  ///< 0 before the first.
};

}  // namespace draftstream
