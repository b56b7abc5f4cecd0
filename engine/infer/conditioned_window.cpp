#include "engine/infer/conditioned_window.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace draftstream {
namespace {

// Neighbouring channels share the cache lines that their samples come in.
constexpr std::size_t channels_a_group = 64;

// Copies channels, group by group.
//
// Threads: one.
class WindowFiller {
 public:
  WindowFiller(const RawHistory& raw, const BlockNotes& notes, const BandDelays& delays,
               SampleWindow& window)
      : raw_{raw}, notes_{notes}, window_{window}, ranks_(delays.channels()) {
    for (std::uint32_t rank = 0; rank < ranks_.size(); ++rank) ranks_[delays.order()[rank]] = rank;
  }

  void fill() {
    for (std::size_t c = 0; c < ranks_.size(); c += channels_a_group) {
      fill_group(c, std::min(channels_a_group, ranks_.size() - c));
    }
  }

 private:
  // Samples of the recording, as far as there are any at hand.
  void fill_group(std::size_t first_channel, std::size_t channels) {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t end = 0;
    for (std::size_t c = first_channel; c < first_channel + channels; ++c) {
      const Stretch& stretch = window_.stretch(ranks_[c]);
      first = std::min(first, stretch.first);
      end = std::max(end, stretch.first + static_cast<std::int64_t>(stretch.samples));
    }
    const std::int64_t scale = std::int64_t{1} << window_.level();
    const auto kept = static_cast<std::int64_t>(std::min(raw_.taken(), notes_.end()));
    const auto oldest = static_cast<std::int64_t>(std::max(raw_.oldest(), notes_.oldest()));
    first_ = std::max(oldest, first * scale);
    end_ = std::min(kept, end * scale);
    if (first_ >= end_) return;
    samples_ = static_cast<std::size_t>(end_ - first_);
    values_.resize(channels * samples_);
    raw_.unpack(first_channel, channels, static_cast<std::uint64_t>(first_), samples_, values_);
    for (std::size_t i = 0; i < channels; ++i) {
      const std::size_t channel = first_channel + i;
      fill_row(channel, ranks_[channel],
               std::span<const float>{values_}.subspan(i * samples_, samples_));
    }
  }

  // @param unpacked  Samples [first_, end_).
  void fill_row(std::size_t channel, std::size_t rank, std::span<const float> unpacked) {
    const Stretch& stretch = window_.stretch(rank);
    const std::int64_t scale = std::int64_t{1} << window_.level();
    const std::int64_t begin = std::max(first_, stretch.first * scale);
    const std::int64_t end =
        std::min(end_, (stretch.first + static_cast<std::int64_t>(stretch.samples)) * scale);
    if (begin >= end) return;
    const auto at = static_cast<std::size_t>(begin - stretch.first * scale);
    const auto count = static_cast<std::size_t>(end - begin);
    const std::span<const float> raw =
        unpacked.subspan(static_cast<std::size_t>(begin - first_), count);
    const auto first = static_cast<std::uint64_t>(begin);
    if (scale == 1) {
      condition(channel, first, raw, window_.values(rank).subspan(at, count),
                window_.good(rank).subspan(at, count));
      return;
    }
    conditioned_.resize(count);
    good_.resize(count);
    condition(channel, first, raw, conditioned_, good_);
    add_up(conditioned_, at, window_.values(rank), window_.good(rank));
  }

  // Block by block.
  void condition(std::size_t channel, std::uint64_t first, std::span<const float> raw,
                 std::span<float> values, std::span<std::uint8_t> good) const {
    for (std::size_t done = 0; done < raw.size();) {
      const std::uint64_t n = first + done;
      const std::size_t left = notes_.block() - static_cast<std::size_t>(n % notes_.block());
      const std::size_t count = std::min(raw.size() - done, left);
      const QuantisedBlock& block = notes_.at(n);
      const std::size_t row = notes_.row(n);
      const float* const from = raw.data() + done;
      std::uint8_t* const to = good.data() + done;
      condition_again(block, channel, row, raw.subspan(done, count), values.subspan(done, count));
      if (block.flagged[channel]) {
        std::fill_n(to, count, std::uint8_t{0});
      } else {
        const Weight* const spectra = block.spectra.data() + row;
        for (std::size_t i = 0; i < count; ++i) {
          to[i] = static_cast<std::uint8_t>(static_cast<unsigned>(spectra[i] == Weight::good) &
                                            static_cast<unsigned>(from[i] == from[i]));
        }
      }
      done += count;
    }
  }

  // @param at  Place of values[0] in the stretch [samples of the recording].
  void add_up(std::span<const float> values, std::size_t at, std::span<float> sums,
              std::span<std::uint8_t> good) {
    const std::size_t scale = std::size_t{1} << window_.level();
    for (std::size_t i = 0; i < values.size();) {
      const std::size_t cell = (at + i) / scale;
      const std::size_t end = std::min(values.size(), (cell + 1) * scale - at);
      float sum = 0.0F;
      std::size_t count = 0;
      for (; i < end; ++i) {
        sum += values[i];
        count += good_[i];
      }
      if (2 * count < scale) continue;
      sums[cell] = sum / std::sqrt(static_cast<float>(count));
      good[cell] = 1;
    }
  }

  const RawHistory& raw_;
  const BlockNotes& notes_;
  SampleWindow& window_;
  std::vector<std::size_t> ranks_;  // [channel]
  std::int64_t first_ = 0;          // of the group's samples at hand
  std::int64_t end_ = 0;
  std::size_t samples_ = 0;
  std::vector<float> values_;       // [channel of the group][sample], as they came
  std::vector<float> conditioned_;  // of one channel
  std::vector<std::uint8_t> good_;
};

}  // namespace

SampleWindow conditioned_window(const RawHistory& raw, const BlockNotes& notes,
                                const BandDelays& delays, std::span<const Stretch> stretches,
                                unsigned level) {
  SampleWindow window{stretches, level};
  WindowFiller{raw, notes, delays, window}.fill();
  return window;
}

}  // namespace draftstream
