#include "ingest/ledger.hpp"

#include <array>
#include <numeric>

namespace draftstream {

std::string_view name(Fate fate) {
  constexpr std::array<std::string_view, fates> names{"searched", "masked",  "missing",
                                                      "late",     "invalid", "overrun"};
  return names[static_cast<std::size_t>(fate)];
}

Ledger& Ledger::operator+=(const Ledger& other) noexcept {
  expected_ += other.expected_;
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  return *this;
}

std::uint64_t Ledger::accounted() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace draftstream
