#include "replay/feeder.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;

// Waits for moments of the recording's own time. The ring has no call that waits for a time or for
// a stop, so it is asked between short naps.
class Pace {
 public:
  Pace(Seconds sample_time, double speed, const SpectrumRing& ring)
      : sample_time_{sample_time}, speed_{speed}, ring_{ring} {}

  [[nodiscard]] bool set() const { return speed_ > 0.0; }

  /// @return false once the ring is stopped.
  bool wait_until_taken(std::uint64_t samples) const {
    if (!set()) return !ring_.stopped();
    const double due_s = static_cast<double>(samples) * sample_time_.value() / speed_;
    while (!ring_.stopped()) {
      const double left_s = due_s - std::chrono::duration<double>(Clock::now() - begin_).count();
      if (left_s <= 0.0) return true;
      std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left_s, longest_nap_s)));
    }
    return false;
  }

 private:
  static constexpr double longest_nap_s = 0.02;

  Seconds sample_time_;
  double speed_;
  const SpectrumRing& ring_;
  Clock::time_point begin_ = Clock::now();
};

// The gaps of a recording, taken in order.
class GapCursor {
 public:
  explicit GapCursor(std::span<const Gap> gaps) : gaps_{gaps} {}

  void move_to(std::uint64_t sample) {
    while (next_ < gaps_.size() && gaps_[next_].end() <= sample) ++next_;
  }
  /// The gap that covers `sample`, to which the cursor was moved; or null.
  [[nodiscard]] const Gap* at(std::uint64_t sample) const {
    return next_ < gaps_.size() && gaps_[next_].first <= sample ? &gaps_[next_] : nullptr;
  }
  /// Those from the cursor on that begin before `end`.
  [[nodiscard]] std::span<const Gap> before(std::uint64_t end) const {
    std::size_t last = next_;
    while (last < gaps_.size() && gaps_[last].first < end) ++last;
    return gaps_.subspan(next_, last - next_);
  }

 private:
  std::span<const Gap> gaps_;
  std::size_t next_ = 0;
};

void publish_all(Recording& recording, SpectrumRing& ring, const FeedOptions& options) {
  const std::uint64_t samples = recording.observation().samples.value_or(0);
  const std::size_t spectrum = recording.observation().spectrum_bytes();
  const std::uint64_t chunk = std::min(options.chunk_samples, ring.capacity());
  const std::uint64_t base = ring.published();  // the ring's index of our sample 0
  const Pace pace{recording.observation().time.sample_time, options.speed, ring};
  GapCursor gaps{recording.gaps()};

  for (std::uint64_t first = 0; first < samples;) {
    std::uint64_t count = std::min(chunk, samples - first);
    gaps.move_to(first);
    const Gap* gap = gaps.at(first);
    if (gap != nullptr && gap->end() >= first + count) {
      if (!pace.set()) count = gap->end() - first;
      if (!pace.wait_until_taken(first + count)) return;
      if (!ring.publish_gap(count, gap->fate)) return;
    } else {
      const std::span<std::byte> memory = ring.claim(count);
      if (memory.empty()) return;
      if (memory.size() != count * spectrum) {
        throw std::invalid_argument(
            fmt::format("feed: a ring of {} bytes a spectrum for a recording of {}",
                        memory.size() / count, spectrum));
      }
      recording.read(first, memory);
      for (const Gap& inside : gaps.before(first + count)) {
        const std::uint64_t from = std::max(inside.first, first);
        const std::uint64_t to = std::min(inside.end(), first + count);
        ring.mark_gap({base + from, to - from, inside.fate});
      }
      if (!pace.wait_until_taken(first + count)) return;
      ring.publish(count);
    }
    first += count;
    recording.forget_before(first);
  }
}

}  // namespace

void feed(Recording& recording, SpectrumRing& ring, const FeedOptions& options) {
  if (options.chunk_samples == 0) throw std::invalid_argument("feed: chunk_samples = 0");
  if (!(options.speed >= 0.0) || !std::isfinite(options.speed)) {
    throw std::invalid_argument(fmt::format("feed: speed = {}", options.speed));
  }
  try {
    publish_all(recording, ring, options);
  } catch (...) {
    ring.finish();
    throw;
  }
  ring.finish();
}

}  // namespace draftstream
