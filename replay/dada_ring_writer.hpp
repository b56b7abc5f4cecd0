// Writes one PSRDADA ring, in a way that survives being killed.
#pragma once

#include <sys/sem.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ingest/live/dada_sync.hpp"
#include "ingest/live/stop_event.hpp"
#include "ingest/live/system_v.hpp"

namespace draftstream {

/// The writer of a ring: take(), fill, publish(), block by block. Its place is taken as long as the
/// object lives, and given back by the kernel if the process is killed.
///
/// What a killed writer had taken from the semaphores for a block that was not published is given
/// back, too: takes are undone by the kernel, and publish() makes them final in one operation for
/// each reader. Between what it notes in the ring and that operation lie a few instructions, in
/// which a kill leaves a block that readers do not see.
///
/// Threads: one at a time.
class DadaRingWriter {
 public:
  /// @throws TryAgain      if there is no such ring (yet), or somebody else writes it.
  /// @throws MissingInput  if it may not be used; InputError if it is none.
  explicit DadaRingWriter(key_t key);
  ~DadaRingWriter();
  DadaRingWriter(const DadaRingWriter&) = delete;
  DadaRingWriter& operator=(const DadaRingWriter&) = delete;

  [[nodiscard]] std::size_t buffer_bytes() const noexcept { return buffer_bytes_; }
  /// A transfer was begun, by us or by a writer before us, and has no end.
  [[nodiscard]] bool in_transfer() const noexcept;

  /// Waits until all readers have given the next block back.
  /// @return false once stopped.
  /// @throws std::runtime_error if the ring is destroyed.
  [[nodiscard]] bool take(const StopEvent& stop);
  /// Of the block that is taken.
  [[nodiscard]] std::span<std::byte> block() const noexcept;
  /// Gives it to the readers; it begins a transfer if none is open.
  /// @param bytes  That are filled. buffer_bytes() unless it is the last.
  /// @param last   The transfer ends with it.
  /// @return false once stopped, where it must wait for readers that are eight transfers behind.
  [[nodiscard]] bool publish(std::size_t bytes, bool last, const StopEvent& stop);

  /// Waits until all readers have seen the ends of all transfers.
  /// @return false once stopped.
  [[nodiscard]] bool wait_for_readers(const StopEvent& stop);

 private:
  [[nodiscard]] bool operate(const SemaphoreSet& set, std::span<sembuf> operations,
                             const StopEvent& stop);
  [[nodiscard]] bool take_one(DadaData semaphore, const StopEvent& stop);
  [[noreturn]] void destroyed() const;
  [[nodiscard]] std::byte& uses(std::uint64_t buffer) const noexcept;

  const key_t key_;
  SharedSegment memory_;
  DadaSyncSegment sync_;
  std::size_t buffer_bytes_;
  std::vector<SharedSegment> buffers_;
  SemaphoreSet connect_;
  std::vector<SemaphoreSet> readers_;
  bool held_ = false;                // a block is taken
  bool reused_ = false;              // and readers had it before
  std::array<unsigned, 5> taken_{};  // by DadaData: readers of whom one was taken, undone by a kill
};

}  // namespace draftstream
