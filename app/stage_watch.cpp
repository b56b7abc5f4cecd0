#include "app/stage_watch.hpp"

namespace draftstream {

StageWatch::Watched StageWatch::watch(std::string name, Ask ask) {
  const std::lock_guard lock{mutex_};
  stages_.push_back({++last_id_, std::move(name), std::move(ask), false, 0, {}});
  return {*this, last_id_};
}

std::vector<StageHealth> StageWatch::health(Clock::time_point now) {
  std::vector<StageHealth> all;
  const std::lock_guard lock{mutex_};
  for (Stage& stage : stages_) {
    const StageState state = stage.ask();
    if (!stage.held_work || !state.holds_work || state.steps != stage.steps) stage.since = now;
    stage.held_work = state.holds_work;
    stage.steps = state.steps;
    const auto idle = stage.held_work ? now - stage.since : Clock::duration{};
    all.push_back({stage.name, stage.held_work, stage.steps, idle});
  }
  return all;
}

std::vector<std::string> StageWatch::look(Clock::time_point now, Clock::duration bound) {
  std::vector<std::string> stuck;
  for (StageHealth& stage : health(now)) {
    if (stage.holds_work && stage.without_step >= bound) stuck.push_back(std::move(stage.name));
  }
  return stuck;
}

void StageWatch::forget(std::uint64_t id) {
  const std::lock_guard lock{mutex_};
  stages_.remove_if([id](const Stage& stage) { return stage.id == id; });
}

}  // namespace draftstream
