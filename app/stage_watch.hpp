// Which stages of a run have come to a standstill.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace draftstream {

/// How a stage is, at a glance.
struct StageState {
  bool holds_work = false;  ///< It could go on now: it waits neither for data nor for room.
  std::uint64_t steps = 0;  ///< Finished so far.
};

/// How a stage has been.
struct StageHealth {
  std::string name;
  bool holds_work = false;
  std::uint64_t steps = 0;
  /// While it held work at each look, and finished no step; 0 where it does not hold any.
  std::chrono::steady_clock::duration without_step{};
};

/// Counts the steps of a stage.
///
/// Threads: any; steps may overlap.
class StageSteps {
 public:
  /// Work that is held as long as this lives.
  class Step {
   public:
    explicit Step(StageSteps& stage) noexcept : stage_{stage} { ++stage_.held_; }
    ~Step() {
      --stage_.held_;
      ++stage_.finished_;
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    StageSteps& stage_;
  };

  [[nodiscard]] StageState state() const noexcept { return {held_ != 0, finished_}; }

 private:
  std::atomic<int> held_ = 0;
  std::atomic<std::uint64_t> finished_ = 0;
};

/// Looks at stages again and again. The rule: a stage is stuck that held work at every look over
/// the time of the bound, and finished no step in it. One that waits for data, or has nothing to
/// do, is not.
///
/// Threads: any.
class StageWatch {
 public:
  using Clock = std::chrono::steady_clock;
  using Ask = std::function<StageState()>;

  /// Ends the watch when it goes; after that, `ask` is not running.
  class Watched {
   public:
    Watched() = default;
    Watched(StageWatch& watch, std::uint64_t id) noexcept : watch_{&watch}, id_{id} {}
    Watched(Watched&& other) noexcept
        : watch_{std::exchange(other.watch_, nullptr)}, id_{other.id_} {}
    Watched& operator=(Watched&&) = delete;
    ~Watched() {
      if (watch_ != nullptr) watch_->forget(id_);
    }

   private:
    StageWatch* watch_ = nullptr;
    std::uint64_t id_ = 0;
  };

  StageWatch() = default;
  StageWatch(const StageWatch&) = delete;
  StageWatch& operator=(const StageWatch&) = delete;

  /// @param name  For people: "search", "feed of beam 3".
  /// @param ask   Returns at once, on whichever thread looks.
  [[nodiscard]] Watched watch(std::string name, Ask ask);

  /// Looks at all stages, in the order they were added.
  std::vector<StageHealth> health(Clock::time_point now);

  /// The same.
  /// @return Names of those that are stuck, in the order they were added.
  std::vector<std::string> look(Clock::time_point now, Clock::duration bound);

 private:
  struct Stage {
    std::uint64_t id = 0;
    std::string name;
    Ask ask;
    bool held_work = false;  // when it was looked at last
    std::uint64_t steps = 0;
    Clock::time_point since;  // held_work without a step
  };

  void forget(std::uint64_t id);

  std::mutex mutex_;  // guards what follows
  std::list<Stage> stages_;
  std::uint64_t last_id_ = 0;
};

}  // namespace draftstream
