// Heaps of SPEAD, put together from their packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "ingest/packets/refusal.hpp"
#include "ingest/packets/spead_packet.hpp"

namespace draftstream {

/// A heap: items, and the payload that those with addresses point into.
class SpeadHeap {
 public:
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::span<const std::byte> payload() const noexcept { return payload_; }

  /// Value of an immediate item; empty if it has none of this id.
  [[nodiscard]] std::optional<std::uint64_t> immediate(std::uint16_t id) const noexcept;
  /// Bytes of an item with an address: up to the next larger address, or the end of the heap.
  [[nodiscard]] std::optional<std::span<const std::byte>> addressed(
      std::uint16_t id) const noexcept;
  [[nodiscard]] bool has(std::uint16_t id) const noexcept;
  [[nodiscard]] std::size_t items() const noexcept { return items_.size(); }

 private:
  friend class SpeadHeaps;
  using Range = std::pair<std::uint64_t, std::uint64_t>;  // [first, end) bytes

  std::uint64_t add_bytes(std::uint64_t offset, std::span<const std::byte> bytes);

  std::uint64_t count_ = 0;
  std::uint64_t received_ = 0;  // bytes
  std::uint64_t order_ = 0;     // of its first packet; 0: free
  std::vector<std::byte> payload_;
  std::vector<SpeadItem> items_;
  std::vector<Range> ranges_;  // received; in order, disjoint, not touching
};

/// Packets in any order, with repetitions and overlaps; the first copy of a byte counts. At most
/// `partial_heaps` are incomplete at a time: a further one takes the place of the oldest.
///
/// A steady state allocates nothing. Threads: one at a time per object.
class SpeadHeaps {
 public:
  struct Options {
    std::size_t partial_heaps = 8;              ///< > 0.
    std::uint64_t longest_heap = 64ULL << 20U;  ///< [bytes]
  };
  enum class Added { piece, duplicate, complete };

  /// @throws std::invalid_argument on no heaps.
  explicit SpeadHeaps(const Options& options);

  /// @return What the packet was to its heap; or why it, or the heap, cannot be.
  std::variant<Added, Refused> add(const SpeadPacket& packet);

  /// The heap that add() completed; valid until the next add().
  [[nodiscard]] const SpeadHeap& completed() const noexcept { return *completed_; }
  /// Forgets heaps that are not complete, and which ones were.
  void clear();
  /// Heaps given up so far, for a newer one or by clear().
  [[nodiscard]] std::uint64_t incomplete() const noexcept { return incomplete_; }

 private:
  SpeadHeap& find_or_begin(const SpeadPacket& packet);

  Options options_;
  std::vector<SpeadHeap> heaps_;
  std::vector<std::uint64_t> recent_;  // counts of completed heaps, used in turn
  std::size_t next_recent_ = 0;
  const SpeadHeap* completed_ = nullptr;
  std::uint64_t order_ = 0;
  std::uint64_t incomplete_ = 0;
};

}  // namespace draftstream
