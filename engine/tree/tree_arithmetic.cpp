#include "engine/tree/tree_arithmetic.hpp"

#include <algorithm>
#include <cmath>

namespace draftstream {

std::vector<std::int16_t> stage_factors(const std::vector<unsigned>& radices) {
  std::vector<std::int16_t> factors;
  for (std::size_t i = 0; i + 1 < radices.size(); ++i) {
    const double growth = i == 0 ? first_stage_growth : stage_growth;
    const double exact = 32768.0 * growth / std::sqrt(static_cast<double>(radices[i]));
    const int below = static_cast<int>(std::min(32767.0, exact));
    factors.push_back(static_cast<std::int16_t>(below % 2 == 0 ? below - 1 : below));
  }
  return factors;
}

}  // namespace draftstream
