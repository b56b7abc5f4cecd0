#include "app/beam_queue.hpp"

#include <algorithm>

namespace draftstream {

BeamQueue::BeamQueue(const std::vector<Seconds>& positions, Seconds lead) : lead_{lead} {
  for (const Seconds position : positions) beams_.push_back({position, false, false});
}

const BeamQueue::Beam* BeamQueue::last() const {
  const Beam* last = nullptr;
  for (const Beam& beam : beams_) {
    if (!beam.done && (last == nullptr || beam.position < last->position)) last = &beam;
  }
  return last;
}

std::optional<std::size_t> BeamQueue::first_free() const {
  const Beam* behind = last();
  if (behind == nullptr) return std::nullopt;
  std::optional<std::size_t> free;
  for (std::size_t i = 0; i < beams_.size(); ++i) {
    const Beam& beam = beams_[i];
    if (beam.done || beam.taken || beam.position > behind->position + lead_) continue;
    if (!free || beam.position < beams_[*free].position) free = i;
  }
  return free;
}

std::optional<std::size_t> BeamQueue::next() {
  std::unique_lock lock{mutex_};
  std::optional<std::size_t> free;
  changed_.wait(lock, [&] {
    free = first_free();
    return free || last() == nullptr;
  });
  if (free) beams_[*free].taken = true;
  return free;
}

void BeamQueue::give_back(std::size_t beam, Seconds position) {
  const std::lock_guard lock{mutex_};
  beams_.at(beam).position = position;
  beams_[beam].taken = false;
  changed_.notify_all();
}

void BeamQueue::done(std::size_t beam) {
  const std::lock_guard lock{mutex_};
  beams_.at(beam).done = true;
  changed_.notify_all();
}

bool BeamQueue::wait_for_all(std::chrono::milliseconds time) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, time, [this] { return last() == nullptr; });
}

Seconds BeamQueue::position() const {
  const std::lock_guard lock{mutex_};
  if (const Beam* behind = last()) return behind->position;
  return std::max_element(beams_.begin(), beams_.end(),
                          [](const Beam& a, const Beam& b) { return a.position < b.position; })
      ->position;
}

}  // namespace draftstream
