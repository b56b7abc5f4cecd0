#include "replay/feeder.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "ingest/errors.hpp"

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

// Reads what can be read, spectrum by spectrum if need be; keeps what cannot.
class PatientReader {
 public:
  PatientReader(Recording& recording, const UnreadSink& sink)
      : recording_{recording}, sink_{sink}, spectrum_{recording.observation().spectrum_bytes()} {}

  /// @return Stretches that could not be read and are zeros in `out`; until the next call.
  std::span<const Gap> read(std::uint64_t first, std::span<std::byte> out) {
    unread_.clear();
    read_parts(first, out);
    for (const Gap& stretch : unread_) {
      if (sink_) sink_(stretch, reason_);
    }
    return unread_;
  }

  /// Why the first of all could not; null if all could be read.
  [[nodiscard]] std::exception_ptr error() const { return error_; }

 private:
  void read_parts(std::uint64_t first, std::span<std::byte> out) {
    const std::uint64_t count = out.size() / spectrum_;
    try {
      return recording_.read(first, out);
    } catch (const InputError& error) {
      if (error_ == nullptr) error_ = std::current_exception();
      if (count == 1) {
        reason_ = error.what();
        return leave_out(first, out);
      }
    }
    const std::uint64_t half = count / 2;
    read_parts(first, out.first(half * spectrum_));
    read_parts(first + half, out.subspan(half * spectrum_));
  }

  void leave_out(std::uint64_t sample, std::span<std::byte> out) {
    std::ranges::fill(out, std::byte{0});
    if (!unread_.empty() && unread_.back().end() == sample) {
      ++unread_.back().samples;
    } else {
      unread_.push_back({sample, 1, Fate::invalid});
    }
  }

  Recording& recording_;
  const UnreadSink& sink_;
  std::size_t spectrum_;
  std::vector<Gap> unread_;
  std::string reason_;  // of the last
  std::exception_ptr error_;
};

// Of chunk [first, first + count): gaps that were known, and what could not be read. No spectrum is
// of both, as those of known gaps are not read.
std::vector<Gap> all_gaps(std::span<const Gap> known, std::span<const Gap> unread,
                          std::uint64_t first, std::uint64_t count) {
  std::vector<Gap> all(unread.begin(), unread.end());
  for (const Gap& gap : known) {
    const std::uint64_t from = std::max(gap.first, first);
    all.push_back({from, std::min(gap.end(), first + count) - from, gap.fate});
  }
  std::ranges::sort(all, {}, &Gap::first);
  return all;
}

void publish_all(Recording& recording, SpectrumRing& ring, const FeedOptions& options,
                 PatientReader& reader) {
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
      const std::span<const Gap> unread = reader.read(first, memory);
      for (Gap inside : all_gaps(gaps.before(first + count), unread, first, count)) {
        inside.first += base;
        ring.mark_gap(inside);
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
  PatientReader reader{recording, options.unread};
  try {
    publish_all(recording, ring, options, reader);
  } catch (...) {
    ring.finish();
    throw;
  }
  ring.finish();
  if (reader.error() != nullptr) std::rethrow_exception(reader.error());
}

}  // namespace draftstream
