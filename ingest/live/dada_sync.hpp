// What a PSRDADA ring keeps in shared memory about itself.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "ingest/live/system_v.hpp"

namespace draftstream {

inline constexpr std::size_t most_dada_readers = 8;
inline constexpr std::size_t dada_transfers = 8;  ///< Transfer x lies at index x % 8.

/// The sync segment as it lies there. Buffers are counted from the ring's beginning, 64 bits;
/// buffer n lies in segment n % buffers. A transfer is what lies between a start and an end of
/// data: in the data ring, an observation.
/// @source PSRDADA 1.1.0, ipcsync_t, as compiled for 64-bit Linux.
struct DadaSync {
  std::int32_t connect_key;                   ///< Of the semaphores in DadaConnect.
  std::int32_t data_keys[most_dada_readers];  ///< Of each reader's semaphores in DadaData.
  std::uint64_t buffers;
  std::uint64_t buffer_bytes;
  std::uint64_t begun;    ///< Buffers that the writer has taken to fill.
  std::uint64_t written;  ///< Buffers that it has filled.
  std::int32_t writer_state;
  std::uint64_t ended_transfers;                    ///< By the writer.
  std::uint64_t next_buffer[most_dada_readers];     ///< Of each reader, within its transfer.
  std::int32_t reader_state[most_dada_readers];     ///< 0: between transfers.
  std::uint64_t read_transfers[most_dada_readers];  ///< Those whose end a reader has seen.
  std::uint32_t readers;
  std::uint64_t first_buffer[dada_transfers];
  std::uint64_t first_byte[dada_transfers];  ///< In its first buffer.
  char ended[dada_transfers];
  std::uint64_t last_buffer[dada_transfers];
  std::uint64_t last_bytes[dada_transfers];  ///< That are valid in its last buffer.
  std::int32_t device;                       ///< Of the GPU that the buffers are on; -1: none.
};
static_assert(sizeof(DadaSync) == 528);
static_assert(offsetof(DadaSync, buffers) == 40 && offsetof(DadaSync, begun) == 56);
static_assert(offsetof(DadaSync, writer_state) == 72 && offsetof(DadaSync, ended_transfers) == 80);
static_assert(offsetof(DadaSync, next_buffer) == 88 && offsetof(DadaSync, reader_state) == 152);
static_assert(offsetof(DadaSync, read_transfers) == 184 && offsetof(DadaSync, readers) == 248);
static_assert(offsetof(DadaSync, first_buffer) == 256 && offsetof(DadaSync, first_byte) == 320);
static_assert(offsetof(DadaSync, ended) == 384 && offsetof(DadaSync, last_buffer) == 392);
static_assert(offsetof(DadaSync, last_bytes) == 456 && offsetof(DadaSync, device) == 520);

inline constexpr std::int32_t dada_writer_writing = 3;
inline constexpr std::int32_t dada_reader_between = 0;
inline constexpr std::int32_t dada_reader_reading = 6;

/// Semaphores of who may connect.
enum DadaConnect : unsigned short { dada_write, dada_read };
/// Semaphores of one reader. `dada_full` counts filled buffers that it has not taken, `dada_clear`
/// those that it has cleared and the writer has not taken back.
enum DadaData : unsigned short {
  dada_start_acknowledged,
  dada_end_acknowledged,
  dada_full,
  dada_clear,
  dada_reader_free
};

/// A field that another process may be changing.
template <class Field>
Field load(const Field& field) noexcept {
  return std::atomic_ref<const Field>{field}.load();
}
template <class Field>
void store(Field& field, Field value) noexcept {
  std::atomic_ref<Field>{field}.store(value);
}

/// The sync segment of a ring, attached and found to be one.
class DadaSyncSegment {
 public:
  /// @throws TryAgain    if there is no such ring (yet).
  /// @throws MissingInput if it may not be used.
  /// @throws InputError  if what is there is no ring, or one of another layout.
  DadaSyncSegment(key_t key, SharedSegment::Access access);

  [[nodiscard]] DadaSync& operator*() const noexcept;
  [[nodiscard]] DadaSync* operator->() const noexcept { return &**this; }
  /// The segment of buffer number `buffer`, any count.
  [[nodiscard]] key_t buffer_key(std::uint64_t buffer) const noexcept;

 private:
  SharedSegment segment_;
};

}  // namespace draftstream
