#include "app/plot_rule.hpp"

namespace draftstream {

std::string_view name(PlotChoice choice) {
  constexpr std::string_view names[] = {"none", "candidates", "all"};
  return names[static_cast<std::size_t>(choice)];
}

}  // namespace draftstream
