// Reads one PSRDADA ring, in a way that survives being killed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/live/dada_sync.hpp"
#include "ingest/live/system_v.hpp"

namespace draftstream {

/// One of a ring's places for readers, taken; given back at the end, whatever the end is.
class DadaPlace {
 public:
  /// Takes place `wanted` if it is free, else the free one that has read least.
  /// @throws TryAgain if none is free; else as SemaphoreSet.
  DadaPlace(const DadaSync& sync, std::optional<unsigned> wanted);
  ~DadaPlace();
  DadaPlace(const DadaPlace&) = delete;
  DadaPlace& operator=(const DadaPlace&) = delete;

  [[nodiscard]] unsigned reader() const noexcept { return reader_; }
  [[nodiscard]] const SemaphoreSet& semaphores() const noexcept { return data_; }

 private:
  static SemaphoreSet take(const DadaSync& sync, const SemaphoreSet& connect,
                           std::optional<unsigned> wanted, unsigned& reader);

  SemaphoreSet connect_;
  unsigned reader_ = 0;
  SemaphoreSet data_;
};

/// A reader of a ring that some other program made and writes: next() ... clear(), block by block.
/// Its place is where the last reader of that place stopped.
///
/// Nothing is lost or counted wrongly if the process is killed, wherever it is: a block that was
/// taken but not cleared comes to the next reader once more. Until its first block is cleared, a
/// transfer is not begun. docs/design/dada.md says how.
///
/// Threads: one.
class DadaRing {
 public:
  /// What lies between two ends of data, in pieces.
  struct Block {
    std::span<const std::byte> bytes;  ///< Valid until clear(); may be empty if it is the last.
    bool last = false;                 ///< The transfer ends with it.
  };

  /// @param wanted  The place for a reader to take, if it is free.
  /// @throws TryAgain      if there is no such ring yet, or no free place for a reader.
  /// @throws MissingInput  if it may not be used.
  /// @throws InputError    if it is not what a PSRDADA ring is, or lies on a GPU.
  explicit DadaRing(key_t key, std::optional<unsigned> wanted = std::nullopt);
  ~DadaRing();
  DadaRing(const DadaRing&) = delete;
  DadaRing& operator=(const DadaRing&) = delete;

  /// Waits for the next block; takes it.
  /// @return Nothing once `stopped` is true, which is looked at every twentieth of a second.
  /// @throws std::runtime_error if the ring is destroyed.
  /// @throws InputError         if the ring contradicts itself.
  std::optional<Block> next(const std::atomic<bool>& stopped);
  /// Gives the block to the writer: note_cleared() and post_cleared().
  void clear();
  /// The first half of clear(): where to go on is noted in the ring. A process that is killed
  /// between the halves has cleared the block; whoever takes its place makes it known. For who
  /// clears blocks of two rings, and wants them cleared both or neither.
  void note_cleared() noexcept;
  /// The second half: the writer may have the block.
  void post_cleared();

  /// A transfer is begun, perhaps by someone before us, and not at its end.
  [[nodiscard]] bool in_transfer() const noexcept;
  /// Bytes of the transfer before the block that is held, or else the next one.
  [[nodiscard]] std::uint64_t transfer_byte() const noexcept;
  /// The block before the next one, where the writer has not yet written over it; else empty.
  [[nodiscard]] std::span<const std::byte> previous() const noexcept;

  [[nodiscard]] unsigned reader() const noexcept { return place_.reader(); }
  [[nodiscard]] std::size_t buffer_bytes() const noexcept { return buffer_bytes_; }

 private:
  struct Held {
    std::uint64_t number;
    bool first;
    bool last;
  };

  void attach_buffers();
  void finish_clearing();
  [[nodiscard]] std::optional<std::uint64_t> waiting_buffers() const noexcept;
  Block describe_next();
  void post(const Held& block, bool was_taken);
  [[noreturn]] void refuse(const std::string& found, const std::string& expected) const;
  [[noreturn]] void destroyed() const;

  const key_t key_;
  DadaSyncSegment sync_;
  std::size_t buffer_bytes_;
  std::vector<SharedSegment> buffers_;
  DadaPlace place_;
  std::optional<Held> held_;
};

}  // namespace draftstream
