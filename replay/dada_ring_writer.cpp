#include "replay/dada_ring_writer.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

using Outcome = SemaphoreSet::Outcome;

// A wait is cut into pieces of this, between which it can be ended.
constexpr std::chrono::milliseconds longest_wait{50};
constexpr std::int32_t writer_between = 0;

sembuf undone(unsigned short semaphore, short by) {
  return {semaphore, by, SEM_UNDO};
}
sembuf kept(unsigned short semaphore, short by) {
  return {semaphore, by, 0};
}

}  // namespace

DadaRingWriter::DadaRingWriter(key_t key)
    : key_{key},
      memory_{key, SharedSegment::Access::read_write},
      sync_{key, SharedSegment::Access::read_write},
      buffer_bytes_{load(sync_->buffer_bytes)},
      connect_{sync_->connect_key, 2} {
  for (std::uint64_t b = 0; b < load(sync_->buffers); ++b) {
    buffers_.emplace_back(sync_.buffer_key(b), SharedSegment::Access::read_write);
    if (buffers_.back().bytes().size() < buffer_bytes_) {
      throw InputError(fmt::format("ring {}", describe_key(key)),
                       fmt::format("buffer {} of {} bytes", b, buffers_.back().bytes().size()),
                       fmt::format("{}, as the ring says", buffer_bytes_));
    }
  }
  for (unsigned r = 0; r < load(sync_->readers); ++r) readers_.emplace_back(sync_->data_keys[r], 5);
  sembuf lock = undone(dada_write, -1);
  if (connect_.operate({&lock, 1}) != Outcome::done) {
    throw TryAgain(
        fmt::format("ring {}: found that somebody writes it, expected none", describe_key(key)));
  }
}

DadaRingWriter::~DadaRingWriter() {
  for (std::size_t s = 0; s < taken_.size(); ++s) {
    for (unsigned r = 0; r < taken_[s]; ++r) {
      sembuf back = undone(static_cast<unsigned short>(s), 1);
      readers_[r].operate({&back, 1});
    }
  }
  sembuf unlock = undone(dada_write, 1);
  connect_.operate({&unlock, 1});
}

bool DadaRingWriter::in_transfer() const noexcept {
  return load(sync_->writer_state) == dada_writer_writing;
}

std::byte& DadaRingWriter::uses(std::uint64_t buffer) const noexcept {
  return memory_.bytes()[sizeof(DadaSync) + buffer % buffers_.size()];
}

bool DadaRingWriter::operate(const SemaphoreSet& set, std::span<sembuf> operations,
                             const StopEvent& stop) {
  for (;;) {
    const Outcome outcome = set.operate(operations, longest_wait);
    if (outcome == Outcome::done) return true;
    if (outcome == Outcome::destroyed) destroyed();
    if (stop.stopped()) return false;
  }
}

// Of each reader, until the kernel, publish() or the destructor says otherwise.
bool DadaRingWriter::take_one(DadaData semaphore, const StopEvent& stop) {
  for (unsigned& r = taken_[semaphore]; r < readers_.size(); ++r) {
    sembuf take = undone(semaphore, -1);
    if (!operate(readers_[r], {&take, 1}, stop)) return false;
  }
  return true;
}

bool DadaRingWriter::take(const StopEvent& stop) {
  if (held_) return true;
  reused_ = uses(load(sync_->written)) != std::byte{0};
  if (reused_ && !take_one(dada_clear, stop)) return false;
  store(sync_->begun, load(sync_->written) + 1);
  held_ = true;
  return true;
}

std::span<std::byte> DadaRingWriter::block() const noexcept {
  return buffers_[load(sync_->written) % buffers_.size()].bytes().first(buffer_bytes_);
}

bool DadaRingWriter::publish(std::size_t bytes, bool last, const StopEvent& stop) {
  if (!held_) throw std::logic_error("DadaRingWriter: publish() without a block");
  const bool first = !in_transfer();
  if (first && !take_one(dada_start_acknowledged, stop)) return false;
  if (last && !take_one(dada_end_acknowledged, stop)) return false;

  DadaSync& sync = *sync_;
  const std::uint64_t number = load(sync.written);
  const std::uint64_t transfer = load(sync.ended_transfers);
  const std::size_t index = transfer % dada_transfers;
  if (first) {
    store(sync.first_buffer[index], number);
    store(sync.first_byte[index], std::uint64_t{0});
    if (number == 0) store(sync.ended[index], char{0});
    store(sync.writer_state, dada_writer_writing);
  }
  if (last) {
    store(sync.last_buffer[index], number);
    store(sync.last_bytes[index], std::uint64_t{bytes});
    store(sync.ended[index], char{1});
    store(sync.ended_transfers, transfer + 1);
    store(sync.writer_state, writer_between);
  }
  uses(number) = std::byte{1};
  store(sync.written, number + 1);
  // What was taken is first given back as the kernel would, and taken for good.
  std::array<sembuf, 7> operations{};
  std::size_t count = 0;
  for (const DadaData one : {dada_start_acknowledged, dada_end_acknowledged, dada_clear}) {
    if (taken_[one] == 0) continue;
    operations[count++] = undone(one, 1);
    operations[count++] = kept(one, -1);
  }
  operations[count++] = kept(dada_full, 1);
  for (const SemaphoreSet& reader : readers_) {
    const Outcome outcome = reader.operate(std::span{operations}.first(count));
    if (outcome == Outcome::destroyed) destroyed();
    if (outcome != Outcome::done) throw std::logic_error("DadaRingWriter: publishing would wait");
  }
  taken_.fill(0);
  held_ = false;
  return true;
}

bool DadaRingWriter::wait_for_readers(const StopEvent& stop) {
  constexpr short all = dada_transfers;
  for (const SemaphoreSet& reader : readers_) {
    std::array<sembuf, 2> operations{kept(dada_end_acknowledged, -all),
                                     kept(dada_end_acknowledged, all)};
    if (!operate(reader, operations, stop)) return false;
  }
  return true;
}

void DadaRingWriter::destroyed() const {
  throw std::runtime_error(
      fmt::format("ring {}: it was destroyed while it was written", describe_key(key_)));
}

}  // namespace draftstream
