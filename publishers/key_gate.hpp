// Whose keys open a connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "publishers/key_files.hpp"

namespace draftstream {

/// The allow-list: lets in, and counts and tells whom it did not.
///
/// Threads: any.
class KeyGate {
 public:
  using Clock = std::chrono::steady_clock;
  /// Takes a sentence for the log.
  using Tell = std::function<void(const std::string&)>;

  /// What became of a list that took the place of another.
  struct Change {
    std::size_t allowed = 0;  ///< Keys, now.
    std::size_t added = 0;
    std::size_t removed = 0;
    bool of_admitted = false;  ///< One that is removed has been let in before.
  };

  /// @param tell  Called on the thread of whoever asks, at most once in ten seconds.
  KeyGate(PublicKeys allowed, Tell tell);

  /// @param key      As Z85.
  /// @param address  Where it comes from; "" = not known.
  [[nodiscard]] bool admits(const std::string& key, const std::string& address,
                            Clock::time_point now = Clock::now());
  /// Turns away whoever shows no key.
  void refuse(const std::string& what, const std::string& address,
              Clock::time_point now = Clock::now());

  Change replace(PublicKeys allowed);

  [[nodiscard]] std::uint64_t refused() const;

 private:
  const Tell tell_;
  mutable std::mutex mutex_;  // guards what follows
  PublicKeys allowed_;
  PublicKeys admitted_;  // of those that are allowed
  std::uint64_t refused_ = 0;
  std::uint64_t told_ = 0;  // of refused_
  std::optional<Clock::time_point> told_at_;
};

}  // namespace draftstream
