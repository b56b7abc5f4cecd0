// Pulses that are told of before everything about them is known.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/candidate.hpp"

namespace draftstream {

/// What the prompt search tells of a pulse.
struct PromptAlert {
  std::uint64_t number = 0;    ///< Of the pulse, in this observation and beam: 1, 2, ...
  std::uint32_t revision = 1;  ///< 2, 3, ...: the same pulse, seen brighter.
  Candidate candidate;
};

/// What became of it all.
struct PromptCounts {
  std::uint64_t told = 0;           ///< Pulses.
  std::uint64_t peaks_dropped = 0;  ///< Not looked at, being fainter than others of their step.
  std::uint64_t steps_passed = 0;   ///< Not searched, being behind.
};

using PromptSink = std::function<void(const PromptAlert&)>;

}  // namespace draftstream
