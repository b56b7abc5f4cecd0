// Which beam is searched next.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "ingest/units.hpp"

namespace draftstream {

/// Keeps beams together in observing time while threads search them: the next one is always the one
/// that is farthest behind, and none gets more than a lead ahead of the last, so that what waits
/// for the last one stays bounded.
///
/// Threads: any.
class BeamQueue {
 public:
  /// @param positions  Shape [beam]: where each begins, on a clock that all share.
  /// @param lead       At least the longest step that is made at once.
  BeamQueue(const std::vector<Seconds>& positions, Seconds lead);

  /// Waits for a beam that may be searched, and hands it to the caller alone.
  /// @return Empty once all are done.
  [[nodiscard]] std::optional<std::size_t> next();
  /// Takes it back, searched up to `position`.
  void give_back(std::size_t beam, Seconds position);
  /// Says that it has ended.
  void done(std::size_t beam);

  /// Waits until all are done, or for a time. @return Whether they are.
  [[nodiscard]] bool wait_for_all(std::chrono::milliseconds time);
  /// Of the beam that is farthest behind; of the one that ended last once all are done.
  [[nodiscard]] Seconds position() const;

 private:
  struct Beam {
    Seconds position;
    bool taken = false;
    bool done = false;
  };

  // The beam that is farthest behind among those that are not done; null if all are.
  [[nodiscard]] const Beam* last() const;
  [[nodiscard]] std::optional<std::size_t> first_free() const;

  Seconds lead_;
  mutable std::mutex mutex_;
  std::vector<Beam> beams_;          // guarded by mutex_
  std::condition_variable changed_;  // signalled by: give_back(), done()
};

}  // namespace draftstream
