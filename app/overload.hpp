// How far a search may fall behind a stream that does not wait for it, and what it leaves out then.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/shedding.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// What can be left out.
enum class ShedStep {
  networks,  ///< Candidates stay unjudged.
  octave,    ///< The highest octave of DM that is still searched.
  blocks,    ///< Whole blocks.
};

std::string_view name(ShedStep step);  ///< "networks", "octave", "blocks": as in the configuration.

/// When what is left out.
struct OverloadRule {
  /// Each beside those before it. Empty = nothing is ever left out.
  std::vector<ShedStep> steps{ShedStep::networks, ShedStep::octave, ShedStep::blocks};
  double begin = 0.25;                 ///< Lag of the first step, of the longest lag.
  double recover = 0.4;                ///< Below this part of `begin` nothing is left out any more.
  std::optional<Seconds> longest_lag;  ///< Empty = as long as there is room, which is the most.
};

/// Levels of overload, from 0, at real time, on: at level i, the first i steps are left out. Level
/// 1 begins at the lag `begin`, and the others follow in equal distances up to the longest lag. A
/// level ends where the one below it begins, and level 1 where nothing is left out any more: so a
/// search whose lag stays about the same stays at a level.
class OverloadLadder {
 public:
  /// @param ring  How far behind the search can be before it overwrites samples.
  OverloadLadder(OverloadRule rule, Seconds ring);

  /// The level of the next block.
  /// @param level  Of the block before.
  /// @param lag    Of the newest data behind the block's end.
  [[nodiscard]] std::size_t next(std::size_t level, Seconds lag) const;

  /// @param lag  Alerts are left out before level 1 begins: from the lag on at which it ends.
  [[nodiscard]] Shed shed(std::size_t level, Seconds lag) const;
  /// Names of the steps; an octave for each that is left out.
  [[nodiscard]] std::vector<std::string> left_out(std::size_t level) const;
  [[nodiscard]] std::size_t levels() const;  ///< The highest; 1 where nothing is ever left out.

 private:
  [[nodiscard]] Seconds rises_to(std::size_t level) const;
  [[nodiscard]] Seconds falls_from(std::size_t level) const;

  OverloadRule rule_;
  Seconds longest_;
};

/// How a search that cannot make its stream wait keeps up.
struct OverloadState {
  std::size_t level = 0;              ///< Of the newest block; 0 = at real time.
  std::vector<std::string> left_out;  ///< As OverloadLadder has it.
  Seconds lag;                        ///< Of the newest data behind it.
};

}  // namespace draftstream
