// Runs of a gateway in tests: quick plans, and waiting for what their threads do.
#pragma once

#include <chrono>
#include <cstdint>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "publishers/gateways/gateway_runner.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream::test {

inline constexpr std::chrono::minutes long_enough{10};

inline GatewayPlan quick_plan() {
  GatewayPlan plan;
  plan.name = "fake";
  plan.patience = {std::chrono::milliseconds{1}, std::chrono::milliseconds{4},
                   std::chrono::milliseconds{20}};
  return plan;
}

inline std::chrono::steady_clock::time_point far_away() {
  return std::chrono::steady_clock::now() + long_enough;
}

inline void settle(GatewayRunner& runner) {
  REQUIRE(runner.settled(runner.hurry(), far_away()));
}

// Waits for what other threads bring about, minutes if need be.
template <class Predicate>
bool comes(const Predicate& predicate) {
  const auto deadline = far_away();
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

inline std::vector<std::uint64_t> one_to(std::uint64_t last) {
  std::vector<std::uint64_t> numbers(last);
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

struct Files {
  TemporaryFolder folder;
  std::string journal = folder.file("journal.sqlite");
  std::string record = folder.file("fake.sqlite");
};

// Ends it once it has tried something in vain.
inline void end_after_a_try(GatewayRunner& runner) {
  REQUIRE(comes([&] { return !runner.counts().fault.empty(); }));
  runner.stop();
}

}  // namespace draftstream::test
