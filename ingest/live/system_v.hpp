// System-V shared memory and semaphores of other programs: what PSRDADA makes its rings of.
#pragma once

#include <sys/ipc.h>
#include <sys/sem.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace draftstream {

/// A shared memory segment of another program, attached.
class SharedSegment {
 public:
  enum class Access { read_only, read_write };

  /// @throws TryAgain      if there is no segment of that key.
  /// @throws MissingInput  if it may not be attached.
  SharedSegment(key_t key, Access access);
  ~SharedSegment();
  SharedSegment(SharedSegment&& other) noexcept;
  SharedSegment& operator=(SharedSegment&&) = delete;

  /// All of it: as many bytes as it was made with.
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

/// A set of semaphores of another program.
///
/// Threads: any.
class SemaphoreSet {
 public:
  enum class Outcome {
    done,
    would_wait,  ///< It would have to wait (longer than it may), or a signal came.
    destroyed    ///< There is no such set any more.
  };

  /// @throws TryAgain      if there is no set of that key.
  /// @throws MissingInput  if it may not be used.
  /// @throws InputError    if it has fewer than `semaphores`.
  SemaphoreSet(key_t key, int semaphores);

  /// Carries out all of `operations` or none of them; waits for at most `longest`.
  /// @throws std::system_error on what is a fault of ours.
  Outcome operate(std::span<sembuf> operations, std::chrono::milliseconds longest) const;
  /// The same, as one that never waits.
  Outcome operate(std::span<sembuf> operations) const;

  /// The value of one, -1 if the set is destroyed.
  [[nodiscard]] int value(int semaphore) const noexcept;

 private:
  int id_ = -1;
};

/// "0xdada", "0x1dada".
std::string describe_key(key_t key);

}  // namespace draftstream
