#include "engine/infer/conditioned_window.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace draftstream {
namespace {

// Neighbouring channels share the cache lines that their samples come in.
constexpr std::size_t channels_a_group = 64;

std::int64_t end_of(const Stretch& stretch) {
  return stretch.first + static_cast<std::int64_t>(stretch.samples);
}

// Samples of a channel from `first` on, block by block.
void condition(const BlockNotes& notes, std::size_t channel, std::uint64_t first,
               std::span<const float> raw, std::span<float> values, std::span<std::uint8_t> good) {
  for (std::size_t done = 0; done < raw.size();) {
    const std::uint64_t n = first + done;
    const std::size_t left = notes.block() - static_cast<std::size_t>(n % notes.block());
    const std::size_t count = std::min(raw.size() - done, left);
    const QuantisedBlock& block = notes.at(n);
    const std::size_t row = notes.row(n);
    const float* const from = raw.data() + done;
    std::uint8_t* const to = good.data() + done;
    condition_again(block, channel, row, raw.subspan(done, count), values.subspan(done, count));
    if (block.flagged[channel]) {
      std::fill_n(to, count, std::uint8_t{0});
    } else {
      const Weight* const spectra = block.spectra.data() + row;
      for (std::size_t i = 0; i < count; ++i) {  // without a branch; NaN is unlike itself
        to[i] = static_cast<std::uint8_t>(static_cast<unsigned>(spectra[i] == Weight::good) &
                                          static_cast<unsigned>(from[i] == from[i]));
      }
    }
    done += count;
  }
}

}  // namespace

WindowMaker::WindowMaker(const BandDelays& delays) : ranks_(delays.channels()) {
  for (std::size_t rank = 0; rank < ranks_.size(); ++rank) ranks_[delays.order()[rank]] = rank;
}

const SampleWindow& WindowMaker::make(const RawHistory& raw, const BlockNotes& notes,
                                      std::span<const Stretch> stretches, unsigned level) {
  window_.reset(stretches, level);
  for (std::size_t c = 0; c < ranks_.size(); c += channels_a_group) {
    fill_group(raw, notes, c, std::min(channels_a_group, ranks_.size() - c));
  }
  return window_;
}

void WindowMaker::fill_group(const RawHistory& raw, const BlockNotes& notes,
                             std::size_t first_channel, std::size_t channels) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  std::int64_t end = std::numeric_limits<std::int64_t>::min();
  for (std::size_t c = first_channel; c < first_channel + channels; ++c) {
    first = std::min(first, window_.stretch(ranks_[c]).first);
    end = std::max(end, end_of(window_.stretch(ranks_[c])));
  }
  const std::int64_t scale = std::int64_t{1} << window_.level();
  first_ =
      std::max(static_cast<std::int64_t>(std::max(raw.oldest(), notes.oldest())), first * scale);
  end_ = std::min(static_cast<std::int64_t>(std::min(raw.taken(), notes.end())), end * scale);
  end_ = std::max(first_, end_);
  const auto samples = static_cast<std::size_t>(end_ - first_);
  values_.resize(std::max(values_.size(), channels * samples));
  const std::span<float> unpacked = std::span{values_}.first(channels * samples);
  if (samples != 0) {
    raw.unpack(first_channel, channels, static_cast<std::uint64_t>(first_), samples, unpacked);
  }
  for (std::size_t i = 0; i < channels; ++i) {
    fill_row(notes, first_channel + i, unpacked.subspan(i * samples, samples));
  }
}

// @param unpacked  Samples [first_, end_).
void WindowMaker::fill_row(const BlockNotes& notes, std::size_t channel,
                           std::span<const float> unpacked) {
  const std::size_t rank = ranks_[channel];
  const Stretch& stretch = window_.stretch(rank);
  const std::int64_t scale = std::int64_t{1} << window_.level();
  const std::int64_t wanted = stretch.first * scale;
  const std::int64_t begin = std::max(first_, wanted);
  const std::int64_t end = std::min(end_, end_of(stretch) * scale);
  if (begin >= end) {
    clear(rank, 0, stretch.samples);
    return;
  }
  const auto at = static_cast<std::size_t>(begin - wanted);
  const auto count = static_cast<std::size_t>(end - begin);
  const std::span<const float> raw =
      unpacked.subspan(static_cast<std::size_t>(begin - first_), count);
  if (scale == 1) {
    condition(notes, channel, static_cast<std::uint64_t>(begin), raw,
              window_.values(rank).subspan(at, count), window_.good(rank).subspan(at, count));
    clear(rank, 0, at);
    clear(rank, at + count, stretch.samples);
    return;
  }
  conditioned_.resize(count);
  good_.resize(count);
  condition(notes, channel, static_cast<std::uint64_t>(begin), raw, conditioned_, good_);
  clear(rank, 0, stretch.samples);
  add_up(conditioned_, good_, at, rank);
}

// Window samples [first, end) hold nothing.
void WindowMaker::clear(std::size_t rank, std::size_t first, std::size_t end) {
  std::fill_n(window_.values(rank).begin() + static_cast<std::ptrdiff_t>(first), end - first, 0.0F);
  std::fill_n(window_.good(rank).begin() + static_cast<std::ptrdiff_t>(first), end - first,
              std::uint8_t{0});
}

// @param at  Place of values[0] in the stretch [samples of the recording].
void WindowMaker::add_up(std::span<const float> values, std::span<const std::uint8_t> good,
                         std::size_t at, std::size_t rank) {
  const std::size_t scale = std::size_t{1} << window_.level();
  const std::span<float> sums = window_.values(rank);
  for (std::size_t i = 0; i < values.size();) {
    const std::size_t cell = (at + i) / scale;
    const std::size_t end = std::min(values.size(), (cell + 1) * scale - at);
    float sum = 0.0F;
    std::size_t count = 0;
    for (; i < end; ++i) {
      sum += values[i];
      count += good[i];
    }
    if (2 * count < scale) continue;
    sums[cell] = sum / std::sqrt(static_cast<float>(count));
    window_.good(rank)[cell] = 1;
  }
}

}  // namespace draftstream
