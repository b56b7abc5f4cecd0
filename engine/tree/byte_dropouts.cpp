#include "engine/tree/byte_dropouts.hpp"

#include <algorithm>

#include "engine/condition_rules.hpp"

namespace draftstream {
namespace {

constexpr std::size_t times_a_task = 1024;

}  // namespace

void ByteDropouts::find(const Rows& rows, std::span<const ByteExtremes> ranges,
                        const ByteHoles& holes, std::span<Fate> spectra) {
  rows_ = rows;
  ranges_ = ranges;
  holes_ = &holes;
  fates_ = spectra;
  std::size_t live = 0;
  for (const ByteExtremes& range : ranges) live += range.lowest < range.highest ? 1 : 0;
  const auto needed = channels_of_a_dropout(format_, ranges.size(), live);
  if (!needed) return;
  needed_ = *needed;
  only_live_ = live != 0;
  rest_values_ = {std::uint8_t{0}, std::nullopt};  // the lowest value, and 0
  if (format_.is_signed) rest_values_[1] = std::uint8_t{128};

  bool possible = false;
  for (const auto& rest : rest_values_) {
    if (!rest) continue;
    const auto holders = std::count_if(
        ranges.begin(), ranges.end(),
        [&](const ByteExtremes& range) { return range.lowest <= *rest && *rest <= range.highest; });
    possible = possible || static_cast<std::uint32_t>(holders) >= needed_;
  }
  if (!possible && !holes.any()) return;
  pool_.for_each((spectra.size() + times_a_task - 1) / times_a_task,
                 [this](std::size_t tile, std::size_t) { find_in_tile(tile); });
}

void ByteDropouts::find_in_tile(std::size_t tile) {
  const std::size_t begin = tile * times_a_task;
  const std::size_t end = std::min(begin + times_a_task, fates_.size());
  for (const auto& rest : rest_values_) {
    if (!rest) continue;
    std::array<std::uint32_t, times_a_task> counts{};
    std::array<std::uint8_t, times_a_task> few{};
    std::size_t together = 0;
    const auto add_few = [&] {
      for (std::size_t i = 0; i < times_a_task; ++i) counts[i] += few[i];
      few.fill(0);
      together = 0;
    };
    for (std::size_t rank = 0; rank < ranges_.size(); ++rank) {
      const ByteExtremes& range = ranges_[rank];
      if (!is_looked_at(range)) continue;
      const bool may_rest = range.lowest <= *rest && *rest <= range.highest;
      if (holes_->any()) count_holes(rank, begin, *rest, may_rest, counts);
      if (!may_rest) continue;
      count_equal({rows_.first + rank * rows_.stride + begin, times_a_task}, *rest, few.data());
      if (++together == 255) add_few();
    }
    add_few();
    for (std::size_t t = begin; t < end; ++t) {
      if (counts[t - begin] >= needed_ && fates_[t] == Fate::searched) fates_[t] = Fate::invalid;
    }
  }
}

// Adds the holes of a row, but not the bytes that are counted with the others.
void ByteDropouts::count_holes(std::size_t rank, std::size_t begin, std::uint8_t rest,
                               bool was_counted, std::span<std::uint32_t> counts) const {
  const std::uint8_t* const row = rows_.first + rank * rows_.stride;
  for (const BlockHoles::Run& run : holes_->of(rank)) {
    const std::size_t end = std::min<std::size_t>(run.end, begin + counts.size());
    for (std::size_t t = std::max<std::size_t>(run.first, begin); t < end; ++t) {
      if (!was_counted || row[t] != rest) ++counts[t - begin];
    }
  }
}

}  // namespace draftstream
