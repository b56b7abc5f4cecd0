#include "ingest/ledger.hpp"

#include <array>
#include <numeric>

namespace draftstream {

std::string_view name(Fate fate) {
  constexpr std::array<std::string_view, fates> names{"searched", "masked",  "missing",
                                                      "late",     "invalid", "overrun"};
  return names[static_cast<std::size_t>(fate)];
}

std::uint64_t Ledger::accounted() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace draftstream
