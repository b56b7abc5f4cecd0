// Which beam is searched next.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "app/beam_queue.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

std::vector<Seconds> at(std::initializer_list<double> seconds) {
  std::vector<Seconds> all;
  for (const double s : seconds) all.push_back(Seconds{s});
  return all;
}

}  // namespace

TEST_CASE("the beam that is farthest behind is next", "[app][beam_queue]") {
  BeamQueue queue{at({3.0, 1.0, 2.0}), Seconds{10.0}};
  CHECK(queue.position() == Seconds{1.0});
  CHECK(queue.next() == 1U);
  CHECK(queue.next() == 2U);  // the first one is taken
  queue.give_back(1, Seconds{2.5});
  CHECK(queue.next() == 1U);
  CHECK(queue.position() == Seconds{2.0});
  queue.done(2);
  CHECK(queue.position() == Seconds{2.5});
  queue.give_back(1, Seconds{9.0});
  CHECK(queue.next() == 0U);
  queue.done(0);
  CHECK(queue.next() == 1U);
  CHECK_FALSE(queue.wait_for_all(std::chrono::milliseconds{0}));
  queue.done(1);
  CHECK(queue.wait_for_all(std::chrono::milliseconds{0}));
  CHECK(queue.next() == std::nullopt);
  CHECK(queue.position() == Seconds{9.0});
}

TEST_CASE("a beam that is too far ahead waits for the last one", "[app][beam_queue]") {
  BeamQueue queue{at({0.0, 0.0}), Seconds{1.0}};
  CHECK(queue.next() == 0U);
  CHECK(queue.next() == 1U);
  queue.give_back(1, Seconds{1.5});
  std::atomic<bool> asking = false;
  std::optional<std::size_t> got;
  std::thread asker{[&] {
    asking = true;
    got = queue.next();
  }};
  while (!asking) std::this_thread::yield();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();  // were it not to wait, it is through
  queue.give_back(0, Seconds{1.0});
  asker.join();
  CHECK(got == 0U);
}

TEST_CASE("no beam gets more than a lead and a step ahead of the last, and all are finished",
          "[app][beam_queue][property]") {
  const auto threads = GENERATE(1U, 2U, 3U, 5U);
  constexpr double lead_s = 2.0;
  constexpr double end_s = 60.0;
  const std::vector<Seconds> starts = at({0.0, 5.0, 0.5, 0.0});
  BeamQueue queue{starts, Seconds{lead_s}};
  std::mutex mutex;  // guards what follows
  std::vector<double> positions{0.0, 5.0, 0.5, 0.0};
  std::vector<bool> taken(4, false);
  std::vector<bool> done(4, false);
  bool alone = true;
  bool together = true;

  const auto work = [&](unsigned seed) {
    std::mt19937 random{seed};
    while (const auto next = queue.next()) {
      const std::size_t beam = *next;
      double to = 0.0;
      {
        const std::lock_guard lock{mutex};
        alone = alone && !taken[beam];
        taken[beam] = true;
        for (std::size_t i = 0; i < 4; ++i) {
          together = together && (done[i] || positions[beam] <= positions[i] + lead_s);
        }
        to = positions[beam] + std::uniform_real_distribution{0.1, lead_s}(random);
      }
      const std::lock_guard lock{mutex};
      taken[beam] = false;
      positions[beam] = to;
      done[beam] = to > end_s;
      to > end_s ? queue.done(beam) : queue.give_back(beam, Seconds{to});
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads; ++i) workers.emplace_back(work, i);
  for (auto& worker : workers) worker.join();
  CHECK(alone);
  CHECK(together);
  CHECK(done == std::vector<bool>(4, true));
}
