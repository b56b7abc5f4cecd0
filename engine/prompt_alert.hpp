// What the prompt search tells of a pulse, long before its candidate is final.
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

using PromptSink = std::function<void(const PromptAlert&)>;

}  // namespace draftstream
