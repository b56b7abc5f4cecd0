// What the ring and its readers share, and what guards it; for spectrum_ring*.cpp alone.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <vector>

#include "ingest/gap_log.hpp"
#include "ingest/hole_log.hpp"
#include "ingest/spectrum_ring.hpp"

namespace draftstream {

// Counters only grow. Whenever the mutex is free:
//     overwritten() <= cursor of each guaranteed reader <= published <= touched
struct SpectrumRing::State {
  explicit State(const Options& options)
      : channels{options.channels},
        format{options.format},
        spectrum_bytes{options.format.spectrum_bytes(options.channels)},
        memory{bytes_of(options), {.huge_pages = options.huge_pages, .lock = options.lock}},
        capacity{memory.memory().bytes / spectrum_bytes} {}

  const std::size_t channels;
  const SampleFormat format;
  const std::size_t spectrum_bytes;
  const MirroredMemory memory;
  const std::uint64_t capacity;

  mutable std::mutex mutex;  // guards all that follows

  // Predicate: room() >= room_wanted, or stopped.
  // Signalled by: Reader::release, ~Reader, stop, fail.
  std::condition_variable room_made;
  std::uint64_t room_wanted = 0;  // 0: the writer is not waiting

  std::uint64_t published = 0;
  std::uint64_t claimed = 0;       // samples of the claim that was not published yet
  std::uint64_t touched = 0;       // end of all claims ever: what may have been written
  std::vector<Gap> marked;         // in that claim
  std::vector<Hole> marked_holes;  // in that claim
  GapLog gaps;                     // published, not yet overwritten
  HoleLog holes;                   // the same
  // When they came: the newest `arrivals_noted` of the places, by number of the note.
  struct Arrival {
    std::uint64_t end = 0;  // of the spectra that came from `at` on
    std::chrono::steady_clock::time_point at;
  };
  std::array<Arrival, 4096> arrivals;
  std::uint64_t arrivals_noted = 0;
  bool finished = false;
  bool stopped = false;
  std::exception_ptr error;
  std::vector<Reader::State*> readers;

  // First spectrum that no claim has reached a second time. One lap is `bytes` long, so spectrum n
  // is whole while (touched - n) * spectrum_bytes <= bytes, which is touched - n <= capacity.
  [[nodiscard]] std::uint64_t overwritten() const {
    return touched > capacity ? touched - capacity : 0;
  }
  [[nodiscard]] std::size_t offset(std::uint64_t sample) const {
    return static_cast<std::size_t>(sample * spectrum_bytes % memory.memory().bytes);
  }
  [[nodiscard]] std::span<std::byte> spectra(std::uint64_t first, std::uint64_t samples) const {
    return memory.at(offset(first), static_cast<std::size_t>(samples) * spectrum_bytes);
  }
  /// @throws std::invalid_argument as the ring's constructor.
  [[nodiscard]] static std::size_t bytes_of(const Options& options);
  [[nodiscard]] std::uint64_t room() const;
  [[nodiscard]] bool wait_for_room(std::unique_lock<std::mutex>& lock, std::uint64_t samples);
  void begin_claim(std::uint64_t samples);
  void check_never_stuck(const Reader::State& reader) const;
  void note_arrival();
  void wake_writer();
  void wake_readers();
  void end(std::exception_ptr with) noexcept;
};

struct SpectrumRing::Reader::State {
  State(SpectrumRing::State& its_ring, ReaderKind its_kind, std::uint64_t from)
      : ring{its_ring}, kind{its_kind}, cursor{from}, reached{from} {}

  SpectrumRing::State& ring;
  const ReaderKind kind;

  // The ring's mutex guards these.
  // Predicate: ring.published >= wanted, or the ring is finished or stopped.
  // Signalled by: publish, publish_gap, finish, stop, fail.
  std::condition_variable data_came;
  std::uint64_t wanted = 0;  // end of the span it waits for; 0: it is not waiting
  std::uint64_t cursor;
  std::uint64_t reached;  // end of all views and releases so far
  std::uint64_t overrun = 0;

  // The reader thread's own.
  std::vector<std::byte> copy;  // opportunistic: the last view's bytes

  [[nodiscard]] bool has_enough() const {
    return ring.stopped || ring.finished || ring.published >= wanted;
  }
  [[nodiscard]] std::uint64_t copy_what_is_left(std::unique_lock<std::mutex>& lock,
                                                std::uint64_t end);
};

}  // namespace draftstream
