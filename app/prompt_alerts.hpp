// Alerts of the prompt search, until the full search has confirmed them or has not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/injections.hpp"
#include "engine/beam_coincidence.hpp"
#include "engine/prompt_alert.hpp"
#include "publishers/event_maker.hpp"
#include "publishers/summary.hpp"

namespace draftstream {

/// Tells of what the prompt search sees, and takes back what the full search does not find.
///
/// A candidate of the full search is the pulse of an alert of the same beam if their arrivals, at
/// the highest channel and at the lowest, are no farther apart than the sum of their widths and
/// 10 ms. It confirms the alert unless it is labelled "interference". An alert is retracted once
/// no candidate that could confirm it is still to come; so each that was told is either confirmed
/// or retracted at the end.
///
/// Threads: any; confirm() one at a time, before settled() passes its candidate.
class PromptAlerts {
 public:
  struct Beam {
    EventContext context;   ///< Of its events.
    SearchedBeam searched;  ///< As BeamCoincidence has it.
  };
  /// Numbers, keeps and publishes a message.
  using Tell = std::function<void(Event&)>;

  /// Most that wait for the full search; while there are so many, no more are told.
  static constexpr std::size_t most_open = 1000;

  /// @param beams       At least one.
  /// @param injections  That alerts may be of; null = there are none.
  PromptAlerts(std::vector<Beam> beams, const Injections* injections, Tell tell);

  /// Tells of a pulse, or of it once more.
  void take(std::size_t beam, const PromptAlert& alert);

  /// @return The event_id of each alert that it confirms, as it or one of its sightings in other
  ///         beams is its pulse; in the order they were told.
  [[nodiscard]] std::vector<std::string> confirm(const JudgedCandidate& judged);

  /// Says that all candidates before this have been through confirm(); as
  /// BeamCoincidence::settled().
  void settled(Seconds time);

  /// Says that a beam has ended, and all candidates have been through confirm().
  /// @param searched  Its full search came to its end.
  void ended(std::size_t beam, bool searched);

  /// Why telling failed; null if it did not. After that nothing more is told.
  [[nodiscard]] std::exception_ptr error() const;
  [[nodiscard]] PromptAlertSummary summary() const;

 private:
  struct Track {
    Seconds high;  // arrival at the beam's highest channel, since its first sample
    Seconds low;   // the same at its lowest channel
    Seconds width;
  };
  struct Open {
    std::size_t beam = 0;
    std::uint64_t number = 0;
    Event told;  // last
    Track track;
    Seconds last;  // on the common clock: no candidate after that can confirm it
    bool confirmed = false;
    bool is_interference = false;  // says the full search
  };

  [[nodiscard]] Track track_of(std::size_t beam, const Candidate& candidate) const;
  [[nodiscard]] Seconds last_of(std::size_t beam, const Candidate& candidate) const;
  [[nodiscard]] Event make(std::size_t beam, const Candidate& candidate);
  [[nodiscard]] bool tell(Event& event);
  void conclude(Open& open, const char* unfound);

  std::vector<Beam> beams_;
  Megahertz top_;  // the lowest of their highest channels
  const Injections* injections_;
  Tell tell_;
  mutable std::mutex mutex_;        // guards what follows; messages go out in this order, under it
  std::vector<EventMaker> makers_;  // [beam]
  std::deque<Open> open_;           // in the order they were told
  PromptAlertSummary counts_;
  std::exception_ptr error_;
};

}  // namespace draftstream
