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

}  // namespace draftstream
