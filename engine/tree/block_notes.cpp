#include "engine/tree/block_notes.hpp"

#include <algorithm>

namespace draftstream {

BlockNotes::BlockNotes(std::size_t channels, std::size_t block, std::size_t samples)
    : channels_{channels}, block_{block}, slots_((samples + block - 1) / block + 1) {
  for (Slot& slot : slots_) {
    slot.notes.flagged.assign(channels, true);
    slot.good_before.assign(block + 1, 0);
  }
}

std::size_t BlockNotes::bytes_of(std::size_t channels, std::size_t block,
                                 std::size_t samples) noexcept {
  constexpr std::size_t a_sample =
      sizeof(Fate) + sizeof(Weight) + sizeof(float) + sizeof(std::uint32_t);
  const std::size_t slots = (samples + block - 1) / block + 1;
  return slots * (block * a_sample + channels * sizeof(ChannelScaling) + channels / 8);
}

void BlockNotes::add(std::size_t skipped) {
  Slot& added = slot(end_ / block_);
  added.skipped = skipped;
  if (added.notes.good_samples != 0) last_with_data_ = end_;
  describe(added);
}

void BlockNotes::add_unused(const FilterbankChunk& block, Fate arrived) {
  Slot& added = slot(end_ / block_);
  QuantisedBlock& notes = added.notes;
  added.skipped = 0;
  notes.channels = channels_;
  notes.samples = block_;
  notes.good_samples = 0;
  notes.fates.assign(block_, arrived);
  for (const Gap& gap : block.gaps()) {
    std::fill_n(notes.fates.begin() + static_cast<std::ptrdiff_t>(gap.first - block.first()),
                gap.samples, gap.fate);
  }
  notes.spectra.assign(block_, Weight::missing);
  notes.flagged.assign(channels_, false);
  notes.scaling.assign(channels_, ChannelScaling{});
  notes.zero_dm.assign(block_, 0.0F);
  describe(added);
}

void BlockNotes::add_nothing() {
  Slot& added = slot(end_ / block_);
  added.skipped = 0;
  added.notes.channels = channels_;
  added.notes.samples = 0;
  added.notes.good_samples = 0;
  added.notes.flagged.assign(channels_, true);
  describe(added);
}

void BlockNotes::describe(Slot& added) {
  QuantisedBlock& notes = added.notes;
  const std::uint64_t index = end_ / block_;
  // What never came is searched without, as a channel is that was flagged: the rest is a band.
  for (std::size_t c = 0; c < channels_ && notes.good_samples != 0; ++c) {
    if (notes.scaling[c].factor == 0.0F) notes.flagged[c] = true;
  }
  for (std::size_t t = 0; t < block_; ++t) {
    const std::size_t row = t + added.skipped;
    const bool good = row < notes.samples && notes.spectra[row] == Weight::good;
    added.good_before[t + 1] = added.good_before[t] + (good ? 1U : 0U);
  }
  added.all_good = added.good_before[block_] == block_;
  added.good_channels =
      static_cast<std::size_t>(std::count(notes.flagged.begin(), notes.flagged.end(), false));
  added.as_before = end_ != 0 && slot(index - 1).notes.flagged == notes.flagged;
  end_ += block_;
}

Weight BlockNotes::weight(std::size_t channel, std::uint64_t n) const noexcept {
  if (n >= end_) return Weight::missing;
  const Slot& here = slot(n / block_);
  const std::size_t at = row(n);
  if (at >= here.notes.samples) return Weight::missing;
  const Weight spectrum = here.notes.spectra[at];
  return spectrum == Weight::good && here.notes.flagged[channel] ? Weight::masked : spectrum;
}

bool BlockNotes::uniform(std::int64_t first, std::uint64_t end) const noexcept {
  if (first < 0 || end > end_) return false;
  const std::uint64_t first_block = static_cast<std::uint64_t>(first) / block_;
  for (std::uint64_t b = first_block; b * block_ < end; ++b) {
    if (!slot(b).all_good || (b != first_block && !slot(b).as_before)) return false;
  }
  return true;
}

bool BlockNotes::any_overrun(std::uint64_t first, std::uint64_t end) const noexcept {
  for (std::uint64_t n = first; n < std::min(end, end_); ++n) {
    const QuantisedBlock& notes = at(n);
    if (row(n) < notes.samples && notes.fates[row(n)] == Fate::overrun) return true;
  }
  return false;
}

std::size_t BlockNotes::good_channels(std::uint64_t n, std::size_t every) const {
  const std::vector<bool>& flagged = slot(n / block_).notes.flagged;
  std::size_t good = 0;
  for (std::size_t c = 0; c < channels_; c += every) good += flagged[c] ? 0 : 1;
  return good;
}

std::uint64_t BlockNotes::good_in_box(std::uint64_t first, std::uint64_t width,
                                      std::span<const std::int32_t> delays,
                                      std::size_t every) const {
  std::uint64_t good = 0;
  // Channels beside each other lie in the same block, as a rule: no division for each.
  std::uint64_t index = first / block_;
  const Slot* here = &slot(index);
  for (std::size_t c = 0; c < channels_; c += every) {
    std::uint64_t begin = first + static_cast<std::uint64_t>(delays[c]);
    const std::uint64_t end = std::min(begin + width, end_);
    while (begin < end) {                      // a box lies in one block or two
      if (begin - index * block_ >= block_) {  // before it, too
        index = begin / block_;
        here = &slot(index);
      }
      const std::uint64_t block_first = index * block_;
      const std::uint64_t part_end = std::min(end, block_first + block_);
      if (!here->notes.flagged[c]) {
        good += here->good_before[part_end - block_first] - here->good_before[begin - block_first];
      }
      begin = part_end;
    }
  }
  return good;
}

}  // namespace draftstream
