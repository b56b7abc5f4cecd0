#include "ingest/live/dada_ring.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

using Outcome = SemaphoreSet::Outcome;

// A wait is cut into pieces of this, between which it can be ended.
constexpr std::chrono::milliseconds longest_wait{50};

// What the kernel takes back when the process ends, however it ends.
sembuf undone(unsigned short semaphore, short by) {
  return {semaphore, by, SEM_UNDO};
}
sembuf kept(unsigned short semaphore, short by) {
  return {semaphore, by, 0};
}

Outcome do_one(const SemaphoreSet& semaphores, sembuf operation) {
  return semaphores.operate({&operation, 1});
}

}  // namespace

DadaPlace::DadaPlace(const DadaSync& sync, std::optional<unsigned> wanted)
    : connect_{sync.connect_key, 2}, data_{take(sync, connect_, wanted, reader_)} {}

SemaphoreSet DadaPlace::take(const DadaSync& sync, const SemaphoreSet& connect,
                             std::optional<unsigned> wanted, unsigned& reader) {
  const unsigned readers = load(sync.readers);
  std::vector<unsigned> order(readers);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
    if ((a == wanted) != (b == wanted)) return a == wanted;
    return load(sync.next_buffer[a]) < load(sync.next_buffer[b]);
  });
  std::vector<SemaphoreSet> data;
  for (unsigned r = 0; r < readers; ++r) data.emplace_back(sync.data_keys[r], 5);

  if (do_one(connect, undone(dada_read, -1)) == Outcome::done) {
    for (const unsigned r : order) {
      if (do_one(data[r], undone(dada_reader_free, -1)) != Outcome::done) continue;
      reader = r;
      return data[r];
    }
    do_one(connect, undone(dada_read, 1));
  }
  throw TryAgain(
      fmt::format("found no free place for a reader, expected one of {} (dada_db -r)", readers));
}

DadaPlace::~DadaPlace() {
  do_one(data_, undone(dada_reader_free, 1));
  do_one(connect_, undone(dada_read, 1));
}

DadaRing::DadaRing(key_t key, std::optional<unsigned> wanted)
    : key_{key},
      sync_{key, SharedSegment::Access::read_write},
      buffer_bytes_{load(sync_->buffer_bytes)},
      place_{(attach_buffers(), *sync_), wanted} {
  finish_clearing();
}

DadaRing::~DadaRing() {
  if (held_) do_one(place_.semaphores(), undone(dada_full, 1));
}

void DadaRing::attach_buffers() {
  const std::uint64_t buffers = load(sync_->buffers);
  for (std::uint64_t b = 0; b < buffers; ++b) {
    const key_t key = sync_.buffer_key(b);
    buffers_.emplace_back(key, SharedSegment::Access::read_only);
    if (buffers_.back().bytes().size() < buffer_bytes_) {
      refuse(fmt::format("buffer {} of {} bytes (key {})", b, buffers_.back().bytes().size(),
                         describe_key(key)),
             fmt::format("{}, as the ring says", buffer_bytes_));
    }
  }
}

// Filled buffers that are not cleared, by what readers and writer have written down. Never fewer
// than the semaphore `dada_full` said before the call, as writers write first; nothing where it
// cannot be told.
std::optional<std::uint64_t> DadaRing::waiting_buffers() const noexcept {
  const DadaSync& sync = *sync_;
  const unsigned reader = place_.reader();
  const std::uint64_t read = load(sync.read_transfers[reader]);
  const std::uint64_t ended = load(sync.ended_transfers);
  const std::uint64_t written = load(sync.written);
  if (ended < read || ended > read + dada_transfers) return std::nullopt;

  std::uint64_t waiting = 0;
  bool reading = in_transfer();
  const auto add = [&](std::uint64_t transfer, std::uint64_t end) {
    const std::uint64_t begin = std::exchange(reading, false)
                                    ? load(sync.next_buffer[reader])
                                    : load(sync.first_buffer[transfer % dada_transfers]);
    if (end < begin) return false;
    waiting += end - begin;
    return true;
  };
  for (std::uint64_t transfer = read; transfer < ended; ++transfer) {
    if (!add(transfer, load(sync.last_buffer[transfer % dada_transfers]) + 1)) {
      return std::nullopt;
    }
  }
  const bool open = reading || load(sync.writer_state) == dada_writer_writing;
  if (open && !add(ended, written)) return std::nullopt;
  // A writer between transfers fills buffers without a word; then nothing adds up.
  const std::uint64_t end =
      ended == 0 ? 0 : load(sync.last_buffer[(ended - 1) % dada_transfers]) + 1;
  if (!open && written != end) return std::nullopt;
  return waiting;
}

// If the reader before us was killed between note_cleared() and post_cleared(), the kernel has
// given back a block that the ring notes as cleared: one more than there should be.
void DadaRing::finish_clearing() {
  const DadaSync& sync = *sync_;
  const unsigned reader = place_.reader();
  const int full = place_.semaphores().value(dada_full);
  const auto expected = waiting_buffers();
  if (full < 1 || !expected || *expected + 1 != static_cast<std::uint64_t>(full)) return;

  const bool last = !in_transfer();
  const std::uint64_t read = load(sync.read_transfers[reader]);
  if (last && read == 0) return;
  const std::uint64_t transfer = (last ? read - 1 : read) % dada_transfers;
  const std::uint64_t number =
      last ? load(sync.last_buffer[transfer]) : load(sync.next_buffer[reader]) - 1;
  post({number, number == load(sync.first_buffer[transfer]), last}, false);
}

std::optional<DadaRing::Block> DadaRing::next(const std::atomic<bool>& stopped) {
  if (held_) throw std::logic_error("DadaRing: next() before the last block was cleared");
  sembuf take = undone(dada_full, -1);
  for (;;) {
    if (stopped) return std::nullopt;
    const Outcome outcome = place_.semaphores().operate({&take, 1}, longest_wait);
    if (outcome == Outcome::destroyed) destroyed();
    if (outcome == Outcome::done) break;
  }
  return describe_next();
}

DadaRing::Block DadaRing::describe_next() {
  const DadaSync& sync = *sync_;
  const unsigned reader = place_.reader();
  const std::uint64_t transfer = load(sync.read_transfers[reader]) % dada_transfers;
  const std::uint64_t begin = load(sync.first_buffer[transfer]);
  const std::uint64_t number = in_transfer() ? load(sync.next_buffer[reader]) : begin;
  const bool last = load(sync.ended[transfer]) != 0 && load(sync.last_buffer[transfer]) == number;
  held_ = Held{number, !in_transfer(), last};

  const std::uint64_t from = number == begin ? load(sync.first_byte[transfer]) : 0;
  const std::uint64_t to = last ? load(sync.last_bytes[transfer]) : buffer_bytes_;
  if (from > to || to > buffer_bytes_) {
    refuse(fmt::format("bytes {} to {} of buffer {}", from, to, number),
           fmt::format("a part of its {} bytes", buffer_bytes_));
  }
  const auto bytes = buffers_[number % buffers_.size()].bytes();
  return {bytes.subspan(from, to - from), last};
}

void DadaRing::clear() {
  note_cleared();
  post_cleared();
}

void DadaRing::note_cleared() noexcept {
  DadaSync& sync = *sync_;
  const unsigned reader = place_.reader();
  if (held_->last) {
    store(sync.reader_state[reader], dada_reader_between);
    store(sync.read_transfers[reader], load(sync.read_transfers[reader]) + 1);
  } else {
    store(sync.next_buffer[reader], held_->number + 1);
    store(sync.reader_state[reader], dada_reader_reading);
  }
}

void DadaRing::post_cleared() {
  const Held block = *std::exchange(held_, std::nullopt);
  post(block, true);
}

// All at once, so that a kill leaves nothing half done. What was taken is first given back as the
// kernel would, and taken for good.
void DadaRing::post(const Held& block, bool was_taken) {
  std::array<sembuf, 5> operations{};
  std::size_t count = 0;
  if (was_taken) operations[count++] = undone(dada_full, 1);
  operations[count++] = kept(dada_full, -1);
  operations[count++] = kept(dada_clear, 1);
  if (block.first) operations[count++] = kept(dada_start_acknowledged, 1);
  if (block.last) operations[count++] = kept(dada_end_acknowledged, 1);
  const Outcome outcome = place_.semaphores().operate(std::span{operations}.first(count));
  if (outcome == Outcome::destroyed) destroyed();
  if (outcome != Outcome::done) throw std::logic_error("DadaRing: clearing a block would wait");
}

bool DadaRing::in_transfer() const noexcept {
  return load(sync_->reader_state[place_.reader()]) != dada_reader_between;
}

std::uint64_t DadaRing::transfer_byte() const noexcept {
  if (!in_transfer()) return 0;
  const DadaSync& sync = *sync_;
  const unsigned reader = place_.reader();
  const std::uint64_t transfer = load(sync.read_transfers[reader]) % dada_transfers;
  const std::uint64_t buffers = load(sync.next_buffer[reader]) - load(sync.first_buffer[transfer]);
  return buffers == 0 ? 0 : buffers * buffer_bytes_ - load(sync.first_byte[transfer]);
}

std::span<const std::byte> DadaRing::previous() const noexcept {
  const DadaSync& sync = *sync_;
  const std::uint64_t next = load(sync.next_buffer[place_.reader()]);
  if (next == 0 || load(sync.begun) >= next + buffers_.size()) return {};
  return buffers_[(next - 1) % buffers_.size()].bytes().first(buffer_bytes_);
}

void DadaRing::refuse(const std::string& found, const std::string& expected) const {
  throw InputError(fmt::format("ring {}", describe_key(key_)), found, expected);
}

void DadaRing::destroyed() const {
  throw std::runtime_error(
      fmt::format("ring {}: it was destroyed while it was read", describe_key(key_)));
}

}  // namespace draftstream
