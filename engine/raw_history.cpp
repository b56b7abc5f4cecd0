#include "engine/raw_history.hpp"

#include <algorithm>

#include "ingest/samples.hpp"

namespace draftstream {

RawHistory::RawHistory(const Observation& observation, std::size_t block, std::size_t samples)
    : channels_{observation.frequency.channels()},
      format_{observation.format},
      stride_{observation.spectrum_bytes()},
      block_{block},
      length_{length_of(block, samples)},
      bytes_(length_ * stride_) {}

std::size_t RawHistory::take(const FilterbankChunk& chunk, std::size_t row) {
  const std::uint64_t first = taken_;
  const std::size_t count = std::min(chunk.samples() - row, block_ - first % block_);
  std::copy_n(chunk.spectrum(row).data(), count * stride_, data() + first % length_ * stride_);
  taken_ += count;
  std::erase_if(gaps_, [&](const Gap& gap) { return gap.end() + 2 * block_ <= first; });
  for (const Gap& gap : chunk.gaps()) {
    const std::uint64_t begin = std::max(gap.first, first);
    const std::uint64_t end = std::min(gap.end(), taken_);
    if (begin < end) gaps_.push_back({begin, end - begin, gap.fate});
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
  return {first, samples, channels_, format_, bytes, newest_gaps_};
}

void RawHistory::unpack(std::size_t channel, std::uint64_t first, std::span<float> out) const {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = unpack_sample({spectrum(first + i), stride_}, format_, channel);
  }
}

}  // namespace draftstream
