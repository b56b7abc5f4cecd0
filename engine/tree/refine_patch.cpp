#include "engine/tree/refine_patch.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace draftstream {

RefinePatch::RefinePatch(const RawHistory& raw, const BlockNotes& notes, const DmPlan& plan,
                         const NearTracks& near)
    : rows_(plan.channels()) {
  std::vector<std::int32_t> earliest(plan.channels());
  std::vector<std::int32_t> latest(plan.channels());
  plan.delays(near.low, earliest);
  plan.delays(near.high, latest);
  std::size_t size = 0;
  for (std::size_t c = 0; c < rows_.size(); ++c) {
    rows_[c] = {near.samples.first + static_cast<std::uint64_t>(earliest[c]), size};
    size += static_cast<std::size_t>(near.samples.end - near.samples.first) +
            static_cast<std::size_t>(latest[c] - earliest[c]);
  }
  values_.assign(size, 0.0F);
  weights_.assign(size, Weight::missing);
  for (std::size_t c = 0; c < rows_.size(); ++c) {
    const std::size_t next = c + 1 < rows_.size() ? rows_[c + 1].place : size;
    fill(raw, notes, c, rows_[c].first, next - rows_[c].place, rows_[c].place);
  }
}

void RefinePatch::fill(const RawHistory& raw, const BlockNotes& notes, std::size_t channel,
                       std::uint64_t first, std::size_t samples, std::size_t place) {
  const std::uint64_t end = std::min(first + samples, raw.taken());
  for (std::uint64_t n = first; n < end;) {  // block by block
    const std::uint64_t block_end = (n / notes.block() + 1) * notes.block();
    const auto count = static_cast<std::size_t>(std::min(end, block_end) - n);
    const std::span<float> values{values_.data() + place, count};
    raw.unpack(channel, n, values);
    for (std::size_t i = 0; i < count; ++i) {
      const Weight weight = notes.weight(channel, n + i);
      weights_[place + i] = std::isnan(values[i]) ? Weight::missing : weight;
    }
    condition_again(notes.at(n), channel, notes.row(n), values, values);
    n += count;
    place += count;
  }
}

}  // namespace draftstream
