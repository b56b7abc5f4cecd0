// What a piece of work costs: the least of several runs that take turns with other work.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace draftstream {

/// For one second of data [s].
struct Cost {
  double wall = std::numeric_limits<double>::infinity();
  double computed = std::numeric_limits<double>::infinity();  ///< By all threads together.
};

/// Something that is done again and again.
struct Work {
  std::string name;
  double data_s = 0.0;  ///< Seconds of data that a run works off.
  std::function<void()> run;
  Cost least;
};

/// Runs each once for itself, then all in turn, `rounds` times: what disturbs the machine for a
/// while disturbs all of them.
inline void measure(std::vector<Work>& works, std::size_t rounds) {
  const auto computed_so_far = [] {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  for (Work& work : works) work.run();
  for (std::size_t round = 0; round < rounds; ++round) {
    for (Work& work : works) {
      const auto begin = std::chrono::steady_clock::now();
      const double computed = computed_so_far();
      work.run();
      const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
      work.least.wall = std::min(work.least.wall, wall.count() / work.data_s);
      work.least.computed =
          std::min(work.least.computed, (computed_so_far() - computed) / work.data_s);
    }
  }
}

}  // namespace draftstream
