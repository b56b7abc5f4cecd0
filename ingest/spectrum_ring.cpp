#include "ingest/spectrum_ring.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/gap_log.hpp"

namespace draftstream {
namespace {

std::size_t ring_bytes(const SpectrumRing::Options& options) {
  check(options.format);
  if (options.channels < 1 || options.samples < 1) {
    throw std::invalid_argument(
        fmt::format("SpectrumRing: shape [{}, {}], expected at least 1 sample of 1 channel",
                    options.samples, options.channels));
  }
  constexpr std::size_t most = std::size_t{1} << 46;  // half of what a process can address
  if (options.channels > most ||
      options.samples > most / options.format.spectrum_bytes(options.channels)) {
    throw std::invalid_argument(fmt::format("SpectrumRing: shape [{}, {}] of {} is too large",
                                            options.samples, options.channels,
                                            describe(options.format)));
  }
  return static_cast<std::size_t>(options.samples) *
         options.format.spectrum_bytes(options.channels);
}

void check_gap(const Gap& gap) {
  if (gap.fate == Fate::searched) throw std::logic_error("SpectrumRing: a gap cannot be searched");
}

}  // namespace

// Counters only grow. Whenever the mutex is free:
//     overwritten() <= cursor of each guaranteed reader <= published <= touched
struct SpectrumRing::State {
  explicit State(const Options& options)
      : channels{options.channels},
        format{options.format},
        spectrum_bytes{options.format.spectrum_bytes(options.channels)},
        memory{ring_bytes(options), {.huge_pages = options.huge_pages, .lock = options.lock}},
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
  std::uint64_t claimed = 0;  // samples of the claim that was not published yet
  std::uint64_t touched = 0;  // end of all claims ever: what may have been written
  std::vector<Gap> marked;    // in that claim
  GapLog gaps;                // published, not yet overwritten
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
  [[nodiscard]] std::uint64_t room() const;
  [[nodiscard]] bool wait_for_room(std::unique_lock<std::mutex>& lock, std::uint64_t samples);
  void begin_claim(std::uint64_t samples);
  void check_never_stuck(const Reader::State& reader) const;
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

std::uint64_t SpectrumRing::State::room() const {
  std::uint64_t held = 0;
  for (const Reader::State* reader : readers) {
    if (reader->kind == ReaderKind::guaranteed) held = std::max(held, published - reader->cursor);
  }
  return capacity - held;
}

// Throws if `reader` and the writer wait for each other: neither can then ever move.
void SpectrumRing::State::check_never_stuck(const Reader::State& reader) const {
  if (stopped || reader.kind != ReaderKind::guaranteed || reader.wanted <= published) return;
  if (room_wanted == 0 || published + room_wanted - reader.cursor <= capacity) return;
  throw std::logic_error(
      fmt::format("SpectrumRing: a claim of {} spectra and a read of {} wait for each other in a "
                  "ring of {}; expected claim + read - 1 <= capacity",
                  room_wanted, reader.wanted - reader.cursor, capacity));
}

bool SpectrumRing::State::wait_for_room(std::unique_lock<std::mutex>& lock, std::uint64_t samples) {
  if (finished) throw std::logic_error("SpectrumRing: nothing can be written after finish");
  claimed = 0;
  marked.clear();
  room_wanted = samples;
  try {
    for (const Reader::State* reader : readers) check_never_stuck(*reader);
  } catch (...) {
    room_wanted = 0;
    throw;
  }
  room_made.wait(lock, [&] { return stopped || room() >= samples; });
  room_wanted = 0;
  return !stopped;
}

void SpectrumRing::State::begin_claim(std::uint64_t samples) {
  claimed = samples;
  touched = std::max(touched, published + samples);
}

void SpectrumRing::State::wake_writer() {
  if (room_wanted != 0 && (stopped || room() >= room_wanted)) room_made.notify_one();
}

void SpectrumRing::State::wake_readers() {
  for (Reader::State* reader : readers) {
    if (reader->wanted != 0 && reader->has_enough()) reader->data_came.notify_one();
  }
}

void SpectrumRing::State::end(std::exception_ptr with) noexcept {
  const std::lock_guard lock{mutex};
  if (!error) error = std::move(with);
  stopped = true;
  wake_writer();
  wake_readers();
}

SpectrumRing::SpectrumRing(const Options& options) : state_{std::make_unique<State>(options)} {}

SpectrumRing::~SpectrumRing() = default;

std::uint64_t SpectrumRing::capacity() const noexcept {
  return state_->capacity;
}

const RingMemory& SpectrumRing::memory() const noexcept {
  return state_->memory.memory();
}

std::span<std::byte> SpectrumRing::claim(std::uint64_t samples) {
  State& state = *state_;
  if (samples < 1 || samples > state.capacity) {
    throw std::invalid_argument(fmt::format("SpectrumRing: claim of {} spectra, expected 1 to {}",
                                            samples, state.capacity));
  }
  std::unique_lock lock{state.mutex};
  if (!state.wait_for_room(lock, samples)) return {};
  state.begin_claim(samples);
  return state.spectra(state.published, samples);
}

void SpectrumRing::publish(std::uint64_t samples) {
  State& state = *state_;
  const std::lock_guard lock{state.mutex};
  if (samples > state.claimed) {
    throw std::logic_error(fmt::format("SpectrumRing: {} spectra published, only {} were claimed",
                                       samples, state.claimed));
  }
  const std::uint64_t end = state.published + samples;
  for (const Gap& gap : state.marked) {
    if (gap.first >= end) break;
    state.gaps.add({gap.first, std::min(gap.end(), end) - gap.first, gap.fate});
  }
  state.gaps.forget_before(state.overwritten());
  state.published = end;
  state.claimed = 0;
  state.marked.clear();
  state.wake_readers();
}

bool SpectrumRing::publish_gap(std::uint64_t samples, Fate fate) {
  State& state = *state_;
  check_gap({0, samples, fate});
  // In pieces, so that a gap longer than the ring fits, readers take the first piece while the next
  // one is filled, and opportunistic ones do not lose the whole ring at once.
  const std::uint64_t piece = std::max<std::uint64_t>(1, state.capacity / 4);
  while (samples > 0) {
    std::span<std::byte> bytes;
    std::uint64_t now = 0;
    {
      std::unique_lock lock{state.mutex};
      if (!state.wait_for_room(lock, 1)) return false;
      now = std::min({samples, piece, state.room()});
      state.begin_claim(now);
      bytes = state.spectra(state.published, now);
      state.marked.push_back({state.published, now, fate});
    }
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
    publish(now);
    samples -= now;
  }
  return !stopped();
}

void SpectrumRing::mark_gap(const Gap& gap) {
  State& state = *state_;
  check_gap(gap);
  std::span<std::byte> bytes;
  {
    const std::lock_guard lock{state.mutex};
    const std::uint64_t from = state.marked.empty() ? state.published : state.marked.back().end();
    const std::uint64_t end = state.published + state.claimed;
    if (gap.samples < 1 || gap.first < from || gap.first >= end || gap.samples > end - gap.first) {
      throw std::logic_error(
          fmt::format("SpectrumRing: gap of {} spectra from {} on, expected it inside [{}, {})",
                      gap.samples, gap.first, from, end));
    }
    bytes = state.spectra(gap.first, gap.samples);
    state.marked.push_back(gap);
  }
  std::fill(bytes.begin(), bytes.end(), std::byte{0});
}

void SpectrumRing::finish() {
  const std::lock_guard lock{state_->mutex};
  state_->finished = true;
  state_->claimed = 0;
  state_->wake_readers();
}

void SpectrumRing::stop() noexcept {
  state_->end(nullptr);
}

void SpectrumRing::fail(std::exception_ptr error) noexcept {
  state_->end(std::move(error));
}

bool SpectrumRing::stopped() const noexcept {
  const std::lock_guard lock{state_->mutex};
  return state_->stopped;
}

void SpectrumRing::rethrow_error() const {
  std::exception_ptr error;
  {
    const std::lock_guard lock{state_->mutex};
    error = state_->error;
  }
  if (error) std::rethrow_exception(error);
}

std::uint64_t SpectrumRing::published() const noexcept {
  const std::lock_guard lock{state_->mutex};
  return state_->published;
}

std::unique_ptr<SpectrumRing::Reader> SpectrumRing::attach(ReaderKind kind, std::uint64_t from) {
  auto state = std::make_unique<Reader::State>(*state_, kind, from);
  std::unique_ptr<Reader> reader{new Reader{std::move(state)}};  // its constructor is private
  const std::lock_guard lock{state_->mutex};
  const std::uint64_t oldest = kind == ReaderKind::guaranteed ? state_->overwritten() : 0;
  if (from < oldest || from > state_->published) {
    throw std::invalid_argument(
        fmt::format("SpectrumRing: reader from sample {} on, expected {} to {}", from, oldest,
                    state_->published));
  }
  state_->readers.push_back(reader->state_.get());
  return reader;
}

SpectrumRing::Reader::Reader(std::unique_ptr<State> state) : state_{std::move(state)} {}

SpectrumRing::Reader::~Reader() {
  SpectrumRing::State& ring = state_->ring;
  const std::lock_guard lock{ring.mutex};
  std::erase(ring.readers, state_.get());
  ring.wake_writer();
}

SpectrumRing::Reader::View SpectrumRing::Reader::read(std::uint64_t samples) {
  View view;
  read(samples, view);
  return view;
}

void SpectrumRing::Reader::read(std::uint64_t samples, View& view) {
  State& state = *state_;
  SpectrumRing::State& ring = state.ring;
  if (samples < 1 || samples > ring.capacity) {
    throw std::invalid_argument(
        fmt::format("SpectrumRing: read of {} spectra, expected 1 to {}", samples, ring.capacity));
  }
  view.gaps.clear();
  view.samples = 0;
  view.bytes = {};
  view.channels = ring.channels;
  view.format = ring.format;

  std::unique_lock lock{ring.mutex};
  view.first = state.cursor;
  state.wanted = state.cursor + samples;
  try {
    ring.check_never_stuck(state);
  } catch (...) {
    state.wanted = 0;
    throw;
  }
  state.data_came.wait(lock, [&] { return state.has_enough(); });
  state.wanted = 0;
  if (ring.stopped) return;

  const std::uint64_t end = std::min(state.cursor + samples, ring.published);
  std::uint64_t intact = state.cursor;  // first one that was not overwritten
  if (state.kind == ReaderKind::guaranteed) {
    view.bytes = ring.spectra(state.cursor, end - state.cursor);
  } else {
    intact = state.copy_what_is_left(lock, end);
    view.bytes = state.copy;
    if (intact > state.cursor) {
      view.gaps.push_back({state.cursor, intact - state.cursor, Fate::overrun});
    }
    state.overrun += std::max(intact, state.reached) - state.reached;
  }
  view.samples = end - state.cursor;
  ring.gaps.append_to(view.gaps, intact, end);
  state.reached = std::max(state.reached, end);
}

// Copies [cursor, end) and returns the first sample of it that is as it was published; zeros stand
// for those before. `lock` is held on entry and exit, and not while copying.
//
// Why the rest is whole: a claim raises overwritten() under the mutex before its first byte is
// written. If the claim that reaches sample n again comes before our second look, we see it there
// and zero n. If it comes after, the mutex orders our copy before its writes. And what was written
// before publish() is ordered before our copy by the mutex, too.
std::uint64_t SpectrumRing::Reader::State::copy_what_is_left(std::unique_lock<std::mutex>& lock,
                                                             std::uint64_t end) {
  const auto bytes_to = [&](std::uint64_t sample) {
    return static_cast<std::size_t>(sample - cursor) * ring.spectrum_bytes;
  };
  const auto lost_before = [&] { return std::clamp(ring.overwritten(), cursor, end); };

  const std::uint64_t tried = lost_before();
  lock.unlock();
  copy.resize(bytes_to(end));
  ring.memory.copy_out(ring.offset(tried), std::span{copy}.subspan(bytes_to(tried)));
  lock.lock();
  const std::uint64_t intact = lost_before();
  std::fill_n(copy.begin(), bytes_to(intact), std::byte{0});
  return intact;
}

void SpectrumRing::Reader::release(std::uint64_t up_to) {
  SpectrumRing::State& ring = state_->ring;
  const std::lock_guard lock{ring.mutex};
  if (up_to < state_->cursor || up_to > ring.published) {
    throw std::logic_error(fmt::format("SpectrumRing: release up to sample {}, expected {} to {}",
                                       up_to, state_->cursor, ring.published));
  }
  state_->cursor = up_to;
  state_->reached = std::max(state_->reached, up_to);
  if (state_->kind == ReaderKind::guaranteed) ring.wake_writer();
}

std::uint64_t SpectrumRing::Reader::cursor() const noexcept {
  const std::lock_guard lock{state_->ring.mutex};
  return state_->cursor;
}

std::uint64_t SpectrumRing::Reader::overrun_samples() const noexcept {
  const std::lock_guard lock{state_->ring.mutex};
  return state_->overrun;
}

}  // namespace draftstream
