// Pictures of candidates, drawn by a process of its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <list>
#include <mutex>
#include <string>

namespace draftstream {

/// Has `draftstream cutouts show` draw them, at low priority: what is drawn, and what may go wrong
/// with it, is kept from the search. One at a time; the last ones are remembered.
///
/// Threads: any.
class CandidateDrawer {
 public:
  /// @param kind  "png" or "svg".
  /// @return The picture.
  /// @throws TryAgain           if others are waited for too long, or it takes too long.
  /// @throws std::runtime_error if it cannot be drawn, or the store holds another event there.
  [[nodiscard]] std::string draw(const std::filesystem::path& store, std::size_t row,
                                 const std::string& event_id, const std::string& kind);

  /// What is being drawn is given up, and nothing is drawn any more.
  void stop() noexcept { leaving_ = true; }

 private:
  struct Drawn {
    std::string name;  // store, row and kind
    std::string event_id;
    std::string picture;
  };

  std::atomic<bool> leaving_ = false;
  std::timed_mutex mutex_;  // guards what follows
  std::list<Drawn> drawn_;  // the newest first
};

}  // namespace draftstream
