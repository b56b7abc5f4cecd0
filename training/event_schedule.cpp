#include "training/event_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace draftstream {
namespace {

std::uint64_t whole_samples(double seconds, double sample_time) {
  return static_cast<std::uint64_t>(std::max(1.0, std::ceil(seconds / sample_time)));
}

}  // namespace

EventSchedule::EventSchedule(const TimeAxis& time, double rate_hz, Seconds shortest,
                             Seconds longest, std::uint64_t seed, RandomStream stream)
    : sample_time_{time.sample_time.value()},
      cell_samples_{whole_samples(std::max(1.0, 1.0 / rate_hz), sample_time_)},
      events_a_cell_{rate_hz * static_cast<double>(cell_samples_) * sample_time_},
      shortest_{shortest},
      longest_{longest},
      longest_samples_{whole_samples(longest.value(), sample_time_)},
      seed_{seed},
      stream_{stream} {}

std::vector<SkyEvent> EventSchedule::beginning_in(std::uint64_t first, std::uint64_t end) const {
  std::vector<SkyEvent> events;
  for (std::uint64_t cell = first / cell_samples_; cell * cell_samples_ < end; ++cell) {
    RandomEngine engine = random_engine(seed_, stream_, cell);
    const double whole = std::floor(events_a_cell_);
    const auto count =
        static_cast<std::uint64_t>(whole) + (uniform(engine) < events_a_cell_ - whole ? 1U : 0U);
    for (std::uint64_t i = 0; i < count; ++i) {
      SkyEvent event;
      event.first =
          cell * cell_samples_ +
          static_cast<std::uint64_t>(uniform(engine) * static_cast<double>(cell_samples_));
      event.samples =
          whole_samples(log_uniform(engine, shortest_.value(), longest_.value()), sample_time_);
      event.size = uniform(engine);
      event.shape = uniform(engine);
      if (event.first >= first && event.first < end) events.push_back(event);
    }
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const SkyEvent& a, const SkyEvent& b) { return a.first < b.first; });
  return events;
}

std::vector<SkyEvent> EventSchedule::covering(std::uint64_t first, std::uint64_t end) const {
  auto events = beginning_in(first > longest_samples_ ? first - longest_samples_ : 0, end);
  std::erase_if(events, [&](const SkyEvent& event) { return event.end() <= first; });
  return events;
}

RandomEngine EventSchedule::engine_of(const SkyEvent& event) const {
  // The 53 bits of its shape are its own; the uppermost bit keeps them from numbers of cells.
  constexpr std::uint64_t no_cell = std::uint64_t{1} << 63U;
  return random_engine(seed_, stream_,
                       no_cell | static_cast<std::uint64_t>(event.shape * 0x1.0p53));
}

EventSchedule::Count EventSchedule::count(std::uint64_t samples) const {
  Count count;
  std::uint64_t covered = 0;  // samples before it are counted: events may overlap
  for (std::uint64_t cell = 0; cell < samples; cell += cell_samples_) {
    for (const SkyEvent& event : beginning_in(cell, std::min(cell + cell_samples_, samples))) {
      const std::uint64_t stop = std::min(event.end(), samples);
      ++count.events;
      count.samples += stop - std::min(stop, std::max(event.first, covered));
      covered = std::max(covered, stop);
    }
  }
  return count;
}

}  // namespace draftstream
