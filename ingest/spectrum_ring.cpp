#include "ingest/spectrum_ring.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/spectrum_ring_state.hpp"

namespace draftstream {
namespace {

void check_gap(const Gap& gap) {
  if (gap.fate == Fate::searched) throw std::logic_error("SpectrumRing: a gap cannot be searched");
}

}  // namespace

std::size_t SpectrumRing::State::bytes_of(const Options& options) {
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
  marked_holes.clear();
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

// Of what was published last. Spectra that come soon after others count as having come with them.
void SpectrumRing::State::note_arrival() {
  constexpr std::chrono::milliseconds soon{100};
  const auto now = std::chrono::steady_clock::now();
  Arrival& last = arrivals[(arrivals_noted + arrivals.size() - 1) % arrivals.size()];
  if (arrivals_noted > 0 && now - last.at < soon) {
    last.end = published;
  } else {
    arrivals[arrivals_noted++ % arrivals.size()] = {published, now};
  }
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
  for (const Hole& hole : state.marked_holes) {
    if (hole.first >= end) break;
    state.holes.add(
        {hole.first, std::min(hole.end(), end) - hole.first, hole.first_channel, hole.channels});
  }
  state.gaps.forget_before(state.overwritten());
  state.holes.forget_before(state.overwritten());
  state.published = end;
  state.note_arrival();
  state.claimed = 0;
  state.marked.clear();
  state.marked_holes.clear();
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

void SpectrumRing::mark_hole(const Hole& hole) {
  State& state = *state_;
  const std::lock_guard lock{state.mutex};
  const std::uint64_t end = state.published + state.claimed;
  const Hole* const last = state.marked_holes.empty() ? nullptr : &state.marked_holes.back();
  const std::uint64_t from = last == nullptr ? state.published : last->first;
  const std::size_t lowest = last != nullptr && last->first == hole.first ? last->end_channel() : 0;
  const bool has_time = hole.samples >= 1 && hole.first >= from && hole.first < end &&
                        hole.samples <= end - hole.first;
  const bool has_band = hole.channels >= 1 && hole.first_channel >= lowest &&
                        hole.first_channel < state.channels &&
                        hole.channels <= state.channels - hole.first_channel;
  if (!has_time || !has_band) {
    throw std::logic_error(fmt::format(
        "SpectrumRing: hole of {} spectra from {} on and {} channels from {} on, expected it "
        "inside [{}, {}) and [{}, {})",
        hole.samples, hole.first, hole.channels, hole.first_channel, from, end, lowest,
        state.channels));
  }
  state.marked_holes.push_back(hole);
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

std::optional<std::chrono::steady_clock::time_point> SpectrumRing::arrival(
    std::uint64_t sample) const {
  const State& state = *state_;
  const std::lock_guard lock{state.mutex};
  const std::uint64_t size = state.arrivals.size();
  std::uint64_t low = state.arrivals_noted > size ? state.arrivals_noted - size : 0;
  const bool some_forgotten = low > 0;
  const std::uint64_t oldest = low;
  std::uint64_t high = state.arrivals_noted;
  while (low < high) {  // the first note that ends after the sample
    const std::uint64_t middle = low + (high - low) / 2;
    if (state.arrivals[middle % size].end > sample) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  const bool is_known = low < state.arrivals_noted && (low > oldest || !some_forgotten);
  if (!is_known) return std::nullopt;
  return state.arrivals[low % size].at;
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

}  // namespace draftstream
