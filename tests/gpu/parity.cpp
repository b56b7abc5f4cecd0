// Whether a CUDA device gives the bits of the tree's definition. Needs no test library.
// Usage: gpu_parity [--few]. Exit status: 0 if it does, 1 if not, 77 if there is no device.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "engine/cuda/tree_device.hpp"
#include "tests/engine/tree_cases.hpp"
#include "tests/engine/tree_device_run.hpp"
#include "tests/engine/tree_reference.hpp"

namespace draftstream {
namespace {

constexpr int skipped = 77;
constexpr std::size_t samples = 3840;

struct Tally {
  int checks = 0;
  int faults = 0;

  void check(bool holds, const std::string& what) {
    ++checks;
    if (holds) return;
    ++faults;
    std::printf("differs: %s\n", what.c_str());
  }
};

/// Sums of the first beam by the definition, without any of the code that kernels run.
bool equal_definition(const TreePlan& plan, const test::DeviceSky& sky,
                      const test::DeviceFinds& finds) {
  const test::IntRows trials = test::rounded_trials(plan, sky.beams[0]);
  for (std::size_t k = 0; k < trials.size(); ++k) {
    if (!std::equal(trials[k].begin(), trials[k].end(), finds.series[k].begin(),
                    finds.series[k].end())) {
      return false;
    }
  }
  return true;
}

void check_case(const test::TreeCase& shape, std::size_t beams, Tally& tally) {
  const test::DeviceSky sky{shape.plan, beams, samples};
  const auto thresholds = test::device_thresholds(shape.plan, beams);
  const auto twin = make_tree_twin(shape.plan, {beams, 1280, 0});
  const test::DeviceFinds expected = test::run_device(*twin, shape.plan, sky, thresholds, 1280);
  for (const std::size_t chunk : {256U, 768U, 1280U, 3840U}) {
    // Room for all cells, and for so few that they take many rounds.
    for (const std::size_t most_cells : {65536U, 1U}) {
      const std::string what = shape.name + ", " + std::to_string(beams) + " beams, chunks of " +
                               std::to_string(chunk) + ", room for " + std::to_string(most_cells) +
                               " cells: ";
      const auto device = make_tree_cuda(shape.plan, {beams, chunk, 2 * chunk, most_cells});
      const test::DeviceFinds found = test::run_device(*device, shape.plan, sky, thresholds, chunk);
      tally.check(equal_definition(shape.plan, sky, found), what + "sums, from the definition");
      tally.check(found.series == expected.series, what + "sums");
      tally.check(found.seen == expected.seen, what + "first look");
      tally.check(found.same_cells(expected), what + "cells");
    }
    const auto fresh = make_tree_cuda(shape.plan, {beams, chunk, 2 * chunk});
    const auto restarted = make_tree_cuda(shape.plan, {beams, chunk, 2 * chunk});
    if (2 * chunk <= samples) {
      tally.check(test::forgets_all(*fresh, *restarted, shape.plan, sky, thresholds, chunk),
                  shape.name + ", chunks of " + std::to_string(chunk) + ": restarted");
    }
  }
}

int run(bool few) {
  const CudaPresence presence = cuda_presence();
  if (!presence.usable) {
    std::printf("skipped: %s\n", presence.words.c_str());
    return skipped;
  }
  std::printf("on %s\n", presence.words.c_str());
  Tally tally;
  const std::vector<test::TreeCase> cases = test::tree_cases();
  for (std::size_t i = 0; i < cases.size(); i += few ? 5 : 1) {
    check_case(cases[i], 1, tally);
    check_case(cases[i], 3, tally);
  }
  std::printf("%d of %d comparisons hold\n", tally.checks - tally.faults, tally.checks);
  return tally.faults == 0 ? 0 : 1;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  try {
    return draftstream::run(argc > 1 && std::string{argv[1]} == "--few");
  } catch (const std::exception& error) {
    std::printf("failed: %s\n", error.what());
    return 1;
  }
}
