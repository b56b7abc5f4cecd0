// Values of options, as texts and back.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/overload.hpp"
#include "app/plot_rule.hpp"
#include "engine/search_config.hpp"
#include "ingest/units.hpp"
#include "publishers/formats/candidate_format.hpp"

namespace draftstream {

std::string text(double value);  ///< The shortest that reads back as the same.
std::string text(bool value);    ///< "true" or "false".
/// The shortest number of milliseconds that reads back as exactly these seconds.
std::string text_in_ms(Seconds value);

// All of these throw BadValue, with what was expected.

ZeroDm parse_zero_dm(const std::string& value);
PlotChoice parse_plots(const std::string& value);
ShedStep parse_shed_step(const std::string& value);
/// A part of topics: 1 to 32 letters, digits, '-' and '_'.
std::string parse_name(const std::string& value);
/// Whole milliseconds, from `low` to a day.
std::chrono::milliseconds parse_ms(const std::string& value, std::uint64_t low);
/// One of `known`; a version that has only some choices refuses the others by name.
/// @param expected  What a refusal says.
std::string parse_choice(const std::string& value, std::span<const std::string_view> known,
                         const std::string& expected);
/// Each value is a name, or several with commas between them; those given twice count once.
std::vector<CandidateFormat> parse_formats(std::span<const std::string> values);
/// "MIN:MAX", both in [low, high], the smaller one first.
std::pair<double, double> parse_range(const std::string& value, double low, double high);

}  // namespace draftstream
