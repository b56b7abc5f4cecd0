#include "engine/search_counts.hpp"

#include <algorithm>

namespace draftstream {

void SearchCounts::count_block(std::span<const Fate> of_spectra, const std::vector<bool>& flagged) {
  ledger.expect(of_spectra.size());
  for (const Fate fate : of_spectra) ledger.count(fate, 1);
  const auto taken_out = static_cast<double>(std::count(flagged.begin(), flagged.end(), true));
  const double fraction = taken_out / static_cast<double>(flagged.size());
  const auto before = static_cast<double>(blocks);
  ++blocks;
  frac_channels_flagged = (frac_channels_flagged * before + fraction) / static_cast<double>(blocks);
}

void SearchCounts::count_skipped(std::span<const Fate> of_spectra, std::uint64_t arrived) {
  ledger.expect(of_spectra.size());
  for (const Fate fate : of_spectra) ledger.count(fate, 1);
  ++shed.blocks_skipped;
  shed.samples_skipped += arrived;
}

SearchCounts& SearchCounts::operator+=(const SearchCounts& other) {
  ledger += other.ledger;
  boxes += other.boxes;
  boxes_above += other.boxes_above;
  candidates += other.candidates;
  candidates_dropped += other.candidates_dropped;
  detections_dropped += other.detections_dropped;
  judged += other.judged;
  left_unjudged += other.left_unjudged;
  finds += other.finds;
  finds_dropped += other.finds_dropped;
  if (other.blocks > 0) {
    const double share =
        static_cast<double>(other.blocks) / static_cast<double>(blocks + other.blocks);
    frac_channels_flagged += share * (other.frac_channels_flagged - frac_channels_flagged);
  }
  blocks += other.blocks;
  shed += other.shed;
  seconds.condition += other.seconds.condition;
  seconds.dedisperse += other.seconds.dedisperse;
  seconds.cluster += other.seconds.cluster;
  seconds.look += other.seconds.look;
  seconds.wait_for_networks += other.seconds.wait_for_networks;
  seconds.infer += other.seconds.infer;
  return *this;
}

}  // namespace draftstream
