// What is drawn of a run.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/units.hpp"

namespace draftstream {

enum class PlotChoice {
  none,
  candidates,  ///< Of blocks with candidates.
  all,         ///< Of blocks without, too.
};

std::string_view name(PlotChoice choice);  ///< "none", ...: as in the configuration.

struct PlotRule {
  PlotChoice choice = PlotChoice::none;
  std::string format = "png";            ///< "png", "pdf", "svg": extension of the files.
  std::size_t most_per_block = 4;        ///< Slices; those with the best candidates are drawn.
  std::size_t most_bytes = 256'000'000;  ///< That wait to be drawn; beyond it slices are skipped.
  std::optional<Seconds> longest_end;    ///< Drawn so long after the search; empty = a recording's
                                         ///< all, a stream's for two seconds.
};

}  // namespace draftstream
