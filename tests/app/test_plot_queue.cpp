// The queue of what is to be drawn, with drawers that are as slow as the test wants them.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "app/plot_queue.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

// Holds up whoever comes until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock{mutex_};
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_until_reached() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return reached_; });
  }
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
};

const auto never = [] { return false; };

// Which were drawn, in order.
struct Drawn {
  std::mutex mutex;
  std::vector<int> numbers;

  PlotTask task(int number, std::size_t bytes = 1) {
    PlotTask one;
    one.name = std::to_string(number);
    one.bytes = bytes;
    one.draw = [this, number]() -> std::uint64_t {
      const std::lock_guard lock{mutex};
      numbers.push_back(number);
      return 2;
    };
    return one;
  }
};

PlotTask held_up_by(Gate& gate) {
  PlotTask task;
  task.draw = [&gate]() -> std::uint64_t {
    gate.pass();
    return 1;
  };
  return task;
}

}  // namespace

TEST_CASE("plots are drawn in the order they came, and the end waits for all", "[app][plots]") {
  Drawn drawn;
  Gate gate;
  PlotQueue queue{1000, 10'000};
  CHECK(queue.offer(held_up_by(gate)));
  gate.wait_until_reached();
  for (int i = 0; i < 20; ++i) CHECK(queue.offer(drawn.task(i)));
  CHECK(queue.waiting() == 20);
  gate.open();
  queue.finish(never);
  REQUIRE(drawn.numbers.size() == 20);
  for (int i = 0; i < 20; ++i) CHECK(drawn.numbers[static_cast<std::size_t>(i)] == i);
  const PlotSummary summary = queue.summary();
  CHECK(summary.made == 21);
  CHECK(summary.pictures == 41);
  CHECK(summary.skipped + summary.failed == 0);
  CHECK_FALSE(queue.offer(drawn.task(99)));  // nothing is drawn after the end
  CHECK(queue.summary().skipped == 1);
  queue.draw_now(drawn.task(100));
  CHECK(drawn.numbers.back() == 100);
}

TEST_CASE("who draws at a pace rests until the end, or until half of the room is taken",
          "[app][plots]") {
  constexpr std::chrono::hours long_time{24};
  constexpr std::chrono::milliseconds time_to_draw{200};  // for one that does not rest
  const auto drawn_by = [](std::vector<std::thread::id>& threads) {
    PlotTask task;
    task.bytes = 10;
    task.draw = [&threads]() -> std::uint64_t {
      threads.push_back(std::this_thread::get_id());
      return 1;
    };
    return task;
  };
  SECTION("before the first one") {
    std::vector<std::thread::id> threads;
    PlotQueue queue{1000, 10'000, {0.0, long_time}};
    Gate fetching;
    PlotTask first = drawn_by(threads);
    first.fetch = [&fetching] {
      fetching.pass();
      return true;
    };
    CHECK(queue.offer(std::move(first)));
    fetching.wait_until_reached();  // samples do not wait
    for (int i = 0; i < 4; ++i) CHECK(queue.offer(drawn_by(threads)));
    fetching.open();
    std::this_thread::sleep_for(time_to_draw);
    queue.finish(never);
    CHECK(threads == std::vector(5, std::this_thread::get_id()));
  }
  SECTION("after each") {
    std::vector<std::thread::id> threads;
    Gate gate;
    PlotQueue queue{1000, 10'000, {1e6, {}}};  // an hour after 4 ms, and it takes longer
    CHECK(queue.offer(held_up_by(gate)));
    gate.wait_until_reached();
    std::this_thread::sleep_for(std::chrono::milliseconds{4});
    for (int i = 0; i < 5; ++i) CHECK(queue.offer(drawn_by(threads)));
    gate.open();
    std::this_thread::sleep_for(time_to_draw);
    queue.finish(never);
    CHECK(threads == std::vector(5, std::this_thread::get_id()));
    CHECK(queue.summary().made == 6);
  }
  SECTION("not in a queue that is half full") {
    std::vector<std::thread::id> threads;
    Gate gate;
    PlotQueue queue{100, 10'000, {0.0, long_time}};
    PlotTask first = held_up_by(gate);
    first.bytes = 50;
    CHECK(queue.offer(std::move(first)));
    gate.wait_until_reached();  // it began although it was to rest
    gate.open();
    queue.finish(never);
    CHECK(queue.summary().made == 1);
  }
}

TEST_CASE("a full queue skips and counts, and nobody waits", "[app][plots]") {
  struct Row {
    const char* bound;
    std::size_t most_bytes;
    std::size_t most_tasks;
    std::size_t bytes;
    std::uint64_t fit;
  };
  for (const Row& row : {Row{"bytes", 100, 1000, 30, 3}, Row{"number", 1'000'000, 5, 30, 5},
                         Row{"one always fits", 10, 1000, 30, 1}}) {
    CAPTURE(row.bound);
    Drawn drawn;
    Gate gate;
    PlotQueue queue{row.most_bytes, row.most_tasks};
    queue.offer(held_up_by(gate));
    gate.wait_until_reached();
    std::uint64_t taken = 0;
    for (int i = 0; i < 12; ++i) taken += queue.offer(drawn.task(i, row.bytes)) ? 1 : 0;
    CHECK(taken == row.fit);
    CHECK(queue.summary().skipped == 12 - row.fit);
    gate.open();
    queue.finish(never);
    CHECK(drawn.numbers.size() == row.fit);
    CHECK(queue.summary().made == row.fit + 1);
  }
}

TEST_CASE("what was drawn makes room", "[app][plots]") {
  Drawn drawn;
  PlotQueue queue{100, 10'000};
  for (int round = 0; round < 5; ++round) {
    Gate gate;
    CHECK(queue.offer(held_up_by(gate)));
    gate.wait_until_reached();
    CHECK(queue.offer(drawn.task(2 * round, 60)));
    CHECK(queue.offer(drawn.task(2 * round + 1, 30)));
    CHECK_FALSE(queue.offer(drawn.task(99, 30)));
    gate.open();
    const auto all = static_cast<std::uint64_t>(3 * (round + 1));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    while (queue.summary().made < all) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::yield();
    }
  }
  queue.finish(never);
  CHECK(drawn.numbers.size() == 10);
}

TEST_CASE("what may be gone soon is fetched before anything else is drawn", "[app][plots]") {
  Drawn drawn;
  Gate gate;
  std::vector<std::string> order;  // of the queue's thread, then of this one
  PlotQueue queue{1000, 10'000};
  queue.offer(held_up_by(gate));
  gate.wait_until_reached();
  for (const char* name : {"a", "b", "gone", "c"}) {
    PlotTask task;
    task.name = name;
    task.fetch = [&order, name] {
      order.push_back(std::string{"fetch "} + name);
      return name != std::string{"gone"};
    };
    task.draw = [&order, name]() -> std::uint64_t {
      order.push_back(std::string{"draw "} + name);
      return 1;
    };
    queue.offer(std::move(task));
  }
  gate.open();
  queue.finish(never);
  CHECK(order == std::vector<std::string>{"fetch a", "fetch b", "fetch gone", "fetch c", "draw a",
                                          "draw b", "draw c"});
  CHECK(queue.summary().skipped == 1);
  CHECK(queue.summary().made == 4);
}

TEST_CASE("a plot that fails is counted, and the others are drawn", "[app][plots]") {
  Drawn drawn;
  PlotQueue queue{1000, 10'000};
  PlotTask bad;
  bad.name = "bad";
  bad.draw = []() -> std::uint64_t { throw std::runtime_error("no room on the disk"); };
  PlotTask unread = drawn.task(7);
  unread.fetch = []() -> bool { throw std::runtime_error("the file has become shorter"); };
  queue.offer(drawn.task(0));
  queue.offer(bad);
  queue.offer(unread);
  PlotTask empty;
  empty.name = "empty";
  empty.draw = [] { return std::uint64_t{0}; };
  queue.offer(empty);
  queue.offer(drawn.task(1));
  queue.finish(never);
  CHECK(drawn.numbers == std::vector<int>{0, 1});
  CHECK(queue.summary().failed == 2);
  CHECK(queue.summary().made == 2);
  CHECK(queue.summary().skipped == 1);
}

TEST_CASE("who gives up skips what waits", "[app][plots]") {
  Drawn drawn;
  Gate gate;
  PlotQueue queue{1000, 10'000};
  queue.offer(held_up_by(gate));
  gate.wait_until_reached();
  for (int i = 0; i < 10; ++i) queue.offer(drawn.task(i));
  gate.open();
  queue.finish([&drawn] {
    const std::lock_guard lock{drawn.mutex};
    return drawn.numbers.size() >= 4;
  });
  CHECK(queue.summary().made + queue.summary().skipped == 11);
  CHECK(queue.summary().skipped <= 6);
}

TEST_CASE("each plot that is offered is made, skipped or failed", "[app][plots][property]") {
  constexpr int offering = 4;
  constexpr int each = 200;
  PlotQueue queue{40, 10'000};
  std::atomic<std::uint64_t> drawn = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < offering; ++i) {
    threads.emplace_back([&queue, &drawn] {
      for (int k = 0; k < each; ++k) {
        PlotTask task;
        task.bytes = static_cast<std::size_t>(k % 7);
        if (k % 3 == 0) task.fetch = [k] { return k % 2 == 0; };
        task.draw = [&drawn, k]() -> std::uint64_t {
          if (k % 5 == 0) throw std::runtime_error("as planned");
          ++drawn;
          return 1;
        };
        queue.offer(std::move(task));
        queue.leave_out(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  queue.finish(never);
  const PlotSummary summary = queue.summary();
  CHECK(summary.made + summary.skipped + summary.failed == offering * each);
  CHECK(summary.made == drawn);
  CHECK(summary.left_out == offering * each);
  CHECK(queue.waiting() == 0);
}
