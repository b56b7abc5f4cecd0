// What a live source says, logged and kept.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "ingest/live/live_options.hpp"

namespace draftstream {

/// Threads: any.
class LiveNotes {
 public:
  /// Notes of a source end up here; this must outlive it.
  [[nodiscard]] LiveOptions options();

  /// What was warned of since clear(), the first `most_kept` sentences.
  [[nodiscard]] std::vector<std::string> warnings() const;
  void clear();

 private:
  static constexpr std::size_t most_kept = 1000;

  mutable std::mutex mutex_;
  std::vector<std::string> warnings_;  // guarded by mutex_
};

}  // namespace draftstream
