// Numbers of a candidate as pictures print them: rounded to what their uncertainties carry.
// candidates.csv has all digits. For the files of this folder.
#pragma once

#include <string>

namespace draftstream {

/// "16.58"
[[nodiscard]] std::string told_snr(double snr);
/// @param dm_pc_cm3  "120.25"
[[nodiscard]] std::string told_dm(double dm_pc_cm3);
/// @param time_s  To microseconds: "0.338048"
[[nodiscard]] std::string told_time(double time_s);
/// @param width_ms  Three digits, or all in front of the point: "0.0512", "4", "1024"
[[nodiscard]] std::string told_width(double width_ms);
/// @param score  Of a network: "0.877"
[[nodiscard]] std::string told_score(double score);

}  // namespace draftstream
