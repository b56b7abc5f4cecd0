// Runs a check by each instruction set of this machine.
#pragma once

#include <hwy/targets.h>

#include <cstddef>
#include <cstdint>

#include "tests/support/catch.hpp"

namespace draftstream::test {

/// Calls `check` once for each instruction set; code that chooses by Highway takes that one.
template <class Check>
void on_every_target(Check check) {
  std::size_t targets = 0;
  for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
    const std::int64_t target = left & -left;
    hwy::GetChosenTarget().Update(target);
    INFO("instruction set " << hwy::TargetName(target));
    check();
    ++targets;
  }
  hwy::GetChosenTarget().DeInit();  // chosen anew at the next call
  CHECK(targets >= 1);
}

}  // namespace draftstream::test
