// How a run is, as JSON: for operators who ask, and for the page.
#pragma once

#include <string>
#include <vector>

#include "app/control_fields.hpp"
#include "app/run_monitor.hpp"

namespace draftstream {

/// Adds which program it is, and whether it searches.
/// @param source  URL of a stream; "" for recordings.
/// @param stuck   Stages that are.
void add_process_state(const std::string& source, const std::vector<std::string>& stuck,
                       bool searching, ControlJson& json);

/// `observation` of docs/interfaces/control.md.
/// @param rate  x real time.
[[nodiscard]] ControlJson observation_json(const RunReport& run, double rate);

}  // namespace draftstream
