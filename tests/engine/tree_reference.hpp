// What a TreePlan's rows are, written as in tree_plan.hpp: whole rows, one stage after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/tree/tree_arithmetic.hpp"
#include "engine/tree/tree_plan.hpp"

namespace draftstream::test {

using IntRows = std::vector<std::vector<int>>;  // [row][time]

/// row_s[r](t) = rounded(s, sum over i of row_{s-1}[source](t - lag)); what came before is 0.
template <class Rounded>
IntRows tree_trials(const TreePlan& plan, IntRows rows, Rounded rounded) {
  for (std::size_t s = 1; s < plan.stages().size(); ++s) {
    const TreeStage& stage = plan.stages()[s];
    IntRows sums(stage.rows, std::vector<int>(rows[0].size(), 0));
    for (const TreeNode& node : stage.nodes) {
      for (std::size_t r = 0; r < node.rows; ++r) {
        std::vector<int>& sum = sums[node.first_row + r];
        for (std::size_t i = 0; i < node.children; ++i) {
          const TreeSource& source = stage.sources[node.first_source + r * node.children + i];
          for (auto t = static_cast<std::size_t>(source.lag); t < sum.size(); ++t) {
            sum[t] += rows[source.row][t - static_cast<std::size_t>(source.lag)];
          }
        }
        for (int& value : sum) value = rounded(s, value);
      }
    }
    rows = std::move(sums);
  }
  return rows;
}

/// The sums themselves.
inline IntRows exact_trials(const TreePlan& plan, const IntRows& channels) {
  return tree_trials(plan, channels, [](std::size_t, int sum) { return sum; });
}

/// With the int8 rows between the stages, and the gain of the last.
inline IntRows rounded_trials(const TreePlan& plan, const IntRows& channels) {
  std::vector<unsigned> radices;
  for (std::size_t s = 1; s < plan.stages().size(); ++s) radices.push_back(plan.stages()[s].radix);
  const auto factors = stage_factors(radices);
  return tree_trials(plan, channels, [&](std::size_t s, int sum) {
    return s == radices.size() ? sum * last_stage_gain
                               : static_cast<int>(scaled_to_int8(sum, factors[s - 1]));
  });
}

}  // namespace draftstream::test
