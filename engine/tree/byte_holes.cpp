#include "engine/tree/byte_holes.hpp"

#include <algorithm>
#include <cmath>

namespace draftstream {

ByteHoles::ByteHoles(SampleFormat format, const ConditionConfig& config, std::size_t threads) {
  channels_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    channels_.push_back({{}, ByteChannels{format, config, 1}});
  }
}

void ByteHoles::begin(const FilterbankChunk& chunk, std::span<const std::uint32_t> rank_of,
                      std::span<const std::uint8_t> valid) {
  runs_.find(chunk, rank_of);
  if (!any()) return;
  // All buffers get their size at once: which worker is given a channel with holes is chance.
  for (Channel& channel : channels_) {
    if (channel.valid.size() >= valid.size()) continue;
    channel.valid.assign(valid.begin(), valid.end());
    channel.measures.begin(channel.valid, chunk.samples(), BlockLevel::steady);
  }
  samples_ = chunk.samples();
  channels_lost_.assign(samples_, 0);
  for (std::size_t rank = 0; rank < chunk.channels(); ++rank) {
    for (const BlockHoles::Run& run : of(rank)) {
      for (std::size_t t = run.first; t < run.end; ++t) ++channels_lost_[t];
    }
  }
}

ByteHoles::Channel& ByteHoles::measures(std::size_t rank, std::size_t worker,
                                        std::span<const std::uint8_t> valid, BlockLevel level) {
  Channel& channel = channels_[worker];
  channel.valid.assign(valid.begin(), valid.end());
  for (const BlockHoles::Run& run : of(rank)) {
    std::fill(channel.valid.begin() + run.first, channel.valid.begin() + run.end, std::uint8_t{0});
  }
  channel.measures.begin(channel.valid, samples_, level);
  return channel;
}

void ByteHoles::begin_losses(std::size_t sub_bands) {
  if (!any()) return;
  sub_bands_ = sub_bands;
  lost_.assign((sub_bands + 1) * samples_, 0);
  goods_lost_.assign(samples_, 0);
}

void ByteHoles::lose(std::size_t rank, std::size_t sub_band, double mean) {
  if (!any()) return;
  const auto units = static_cast<std::int64_t>(std::llround(mean / loss_unit));
  std::int64_t* const own = lost_.data() + sub_band * samples_;
  std::int64_t* const all = lost_.data() + sub_bands_ * samples_;
  for (const BlockHoles::Run& run : of(rank)) {
    for (std::size_t t = run.first; t < run.end; ++t) {
      own[t] += units;
      all[t] += units;
      ++goods_lost_[t];
    }
  }
}

}  // namespace draftstream
