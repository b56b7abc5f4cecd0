#include "publishers/plots/told_numbers.hpp"

#include <fmt/format.h>

namespace draftstream {

std::string told_snr(double snr) {
  return fmt::format("{:.2f}", snr);
}

std::string told_dm(double dm_pc_cm3) {
  return fmt::format("{:.2f}", dm_pc_cm3);
}

std::string told_time(double time_s) {
  return fmt::format("{:.6f}", time_s);
}

std::string told_width(double width_ms) {
  return width_ms < 999.5 ? fmt::format("{:.3g}", width_ms) : fmt::format("{:.0f}", width_ms);
}

std::string told_score(double score) {
  return fmt::format("{:.3f}", score);
}

}  // namespace draftstream
