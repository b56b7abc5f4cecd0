#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ingest/spectrum_ring.hpp"
#include "ingest/spectrum_ring_state.hpp"

namespace draftstream {

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
  view.holes.clear();
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
  ring.holes.append_to(view.holes, intact, end);
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
