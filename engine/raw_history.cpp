#include "engine/raw_history.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/tree/byte_transpose.hpp"
#include "ingest/samples.hpp"

namespace draftstream {

RawHistory::RawHistory(const Observation& observation, std::size_t block, std::size_t samples)
    : channels_{observation.frequency.channels()},
      format_{observation.format},
      stride_{observation.spectrum_bytes()},
      block_{block},
      length_{length_of(block, samples)},
      bytes_(length_ * stride_) {}

std::size_t RawHistory::take(const FilterbankChunk& chunk, std::size_t row, std::size_t most) {
  const std::uint64_t first = taken_;
  const std::size_t count = std::min({chunk.samples() - row, block_ - first % block_, most});
  std::copy_n(chunk.spectrum(row).data(), count * stride_, data() + first % length_ * stride_);
  taken_ += count;
  std::erase_if(gaps_, [&](const Gap& gap) { return gap.end() + 2 * block_ <= first; });
  for (const Gap& gap : chunk.gaps()) {
    const std::uint64_t begin = std::max(gap.first, first);
    const std::uint64_t end = std::min(gap.end(), taken_);
    if (begin < end) gaps_.push_back({begin, end - begin, gap.fate});
  }
  holes_.forget_before(oldest());
  for (const Hole& hole : chunk.holes()) {
    const std::uint64_t begin = std::max(hole.first, first);
    const std::uint64_t end = std::min(hole.end(), taken_);
    if (begin < end) holes_.add({begin, end - begin, hole.first_channel, hole.channels});
  }
  return count;
}

FilterbankChunk RawHistory::newest(std::size_t samples) {
  const std::uint64_t first = taken_ - samples;
  newest_gaps_.clear();
  for (const Gap& gap : gaps_) {
    const std::uint64_t begin = std::max(gap.first, first);
    if (begin < gap.end()) newest_gaps_.push_back({begin, gap.end() - begin, gap.fate});
  }
  newest_holes_.clear();
  holes_.append_to(newest_holes_, first, taken_);
  const std::size_t place = first % length_;
  std::span<const std::byte> bytes{data(), length_ * stride_};
  if (place + samples <= length_) {
    bytes = bytes.subspan(place * stride_, samples * stride_);
  } else {
    unrolled_.resize(samples * stride_);
    const std::size_t before_end = (length_ - place) * stride_;
    std::copy_n(data() + place * stride_, before_end, unrolled_.data());
    std::copy_n(data(), unrolled_.size() - before_end, unrolled_.data() + before_end);
    bytes = unrolled_;
  }
  return {first, samples, channels_, format_, bytes, newest_gaps_, newest_holes_};
}

void RawHistory::unpack(std::size_t channel, std::uint64_t first, std::span<float> out) const {
  unpack_stored(channel, first, out);
  blank_holes(channel, 1, first, out.size(), out);
}

void RawHistory::unpack(std::size_t first_channel, std::size_t channels, std::uint64_t first,
                        std::size_t samples, std::span<float> out) const {
  unpack_stored(first_channel, channels, first, samples, out);
  blank_holes(first_channel, channels, first, samples, out);
}

void RawHistory::blank_holes(std::size_t first_channel, std::size_t channels, std::uint64_t first,
                             std::size_t samples, std::span<float> out) const {
  const std::size_t end_channel = first_channel + channels;
  holes_.for_each(first, first + samples, [&](const Hole& hole) {
    const std::size_t end = std::min(hole.end_channel(), end_channel);
    for (std::size_t c = std::max(hole.first_channel, first_channel); c < end; ++c) {
      std::fill_n(out.data() + (c - first_channel) * samples + (hole.first - first), hole.samples,
                  std::numeric_limits<float>::quiet_NaN());
    }
  });
}

void RawHistory::unpack_stored(std::size_t channel, std::uint64_t first,
                               std::span<float> out) const {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = unpack_sample({spectrum(first + i), stride_}, format_, channel);
  }
}

void RawHistory::unpack_stored(std::size_t first_channel, std::size_t channels, std::uint64_t first,
                               std::size_t samples, std::span<float> out) const {
  if (format_.bits != 8 || channels != tile_channels) {
    for (std::size_t i = 0; i < channels; ++i) {
      unpack_stored(first_channel + i, first, out.subspan(i * samples, samples));
    }
    return;
  }
  const std::size_t stride = samples / tile_times * tile_times + tile_times;
  std::vector<std::uint8_t> bytes(channels * stride);
  std::array<std::uint8_t*, tile_channels> rows{};
  ByteTile last;
  for (std::size_t done = 0; done < samples; done += tile_times) {
    for (std::size_t i = 0; i < channels; ++i) rows[i] = bytes.data() + i * stride + done;
    const std::size_t place = (first + done) % length_;
    const auto* stored =
        reinterpret_cast<const std::uint8_t*>(data() + place * stride_ + first_channel);
    if (done + tile_times <= samples && place + tile_times <= length_) {
      transpose(stored, stride_, 0, rows.data(), channels);
      continue;
    }
    for (std::size_t t = 0; t < std::min(tile_times, samples - done); ++t) {  // at an end
      const std::byte* const from = spectrum(first + done + t) + first_channel;
      std::copy_n(reinterpret_cast<const std::uint8_t*>(from), channels,
                  last.bytes.data() + t * tile_channels);
    }
    transpose(last, rows.data(), channels);
  }
  for (std::size_t i = 0; i < channels; ++i) {
    const std::uint8_t* const row = bytes.data() + i * stride;
    float* const floats = out.data() + i * samples;
    if (format_.is_signed) {
      for (std::size_t t = 0; t < samples; ++t) floats[t] = static_cast<std::int8_t>(row[t]);
    } else {
      for (std::size_t t = 0; t < samples; ++t) floats[t] = row[t];
    }
  }
}

}  // namespace draftstream
