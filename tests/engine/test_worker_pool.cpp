// Loops shared by threads: every iteration once, errors passed on, again and again.
#include <atomic>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <vector>

#include "engine/worker_pool.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {

TEST_CASE("every iteration runs once, on a worker that exists", "[engine][worker_pool]") {
  for (const unsigned threads : {1U, 2U, 5U}) {
    WorkerPool pool{threads};
    REQUIRE(pool.threads() == threads);
    for (const std::size_t count : {0UL, 1UL, 2UL, 3UL, 1000UL}) {
      std::vector<int> runs(count, 0);
      std::atomic<bool> strange{false};
      pool.for_each(count, [&](std::size_t i, std::size_t worker) {
        ++runs[i];
        if (worker >= threads) strange = true;
      });
      CHECK(runs == std::vector<int>(count, 1));
      CHECK(!strange);
    }
  }
  CHECK(WorkerPool{0}.threads() >= 1);
}

TEST_CASE("the first error comes out, and the pool goes on", "[engine][worker_pool]") {
  WorkerPool pool{3};
  for (int round = 0; round < 20; ++round) {
    // Only an error ends so long a loop, however late the thread that meets it is run.
    CHECK_THROWS_AS(pool.for_each(std::numeric_limits<std::size_t>::max(),
                                  [&](std::size_t i, std::size_t) {
                                    if (i == 5) throw std::runtime_error("five");
                                  }),
                    std::runtime_error);
    std::atomic<std::size_t> sum{0};
    pool.for_each(100, [&](std::size_t i, std::size_t) { sum += i; });
    CHECK(sum == 4950);
  }
}

}  // namespace draftstream
