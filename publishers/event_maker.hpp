// From what the engine found to what is published.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "engine/candidate.hpp"
#include "ingest/observation.hpp"
#include "publishers/event.hpp"

namespace draftstream {

/// What all events of one observation share.
struct EventContext {
  std::string site = "local";              ///< Letters, digits, '-' and '_'.
  std::string instrument = "draftstream";  ///< The same.
  std::string instance = "0";              ///< The same.
  std::string session;                     ///< make_uuid(), once a process; required.
  AlertTense tense = AlertTense::archival;
  Observation observation;  ///< Its `beam` is the beam of the events.
  std::string beam_id;      ///< "" where unknown.
  /// Where observation.ra_deg and dec_deg come from.
  std::string position_source = "header";
  EventSoftware software;
  EventClassifier classifier;   ///< Name, version, model, threshold and device of the networks.
  std::uint64_t first_seq = 1;  ///< Number of the first event.
};

/// "site/instrument/instance".
std::string publisher_name(const EventContext& context);

/// "<site>-<YYYYMMDDTHHMMSS.ffffff>-b<beam>" of the observation's start.
std::string observation_id(const EventContext& context);

/// Numbers and names candidates and states them in UTC.
///
/// event_id, times and all that describes the pulse are functions of candidate and observation
/// alone; uuid, session, seq and created are of this run.
///
/// Threads: one at a time per object.
class EventMaker {
 public:
  /// @throws ConfigError if site, instrument or instance is empty or holds another character, or
  ///         the session is empty.
  explicit EventMaker(EventContext context);

  /// The next event. Candidates are to come in the engine's order: those with the same microsecond
  /// are told apart by a count in that order.
  /// @throws std::invalid_argument if S/N, DM or arrival time of `candidate` is NaN or infinite.
  Event make(const Candidate& candidate);

  /// What an event of another beam says of this one's `candidate`.
  [[nodiscard]] EventSighting sighting(const Candidate& candidate) const;

  [[nodiscard]] const EventContext& context() const noexcept { return context_; }
  [[nodiscard]] std::uint64_t last_seq() const noexcept { return next_seq_ - 1; }

 private:
  std::uint32_t count_at(const std::string& stamp);

  EventContext context_;
  std::string publisher_;
  std::string obs_id_;
  std::uint64_t next_seq_;
  std::map<std::string, std::uint32_t> counts_;  // candidates at a microsecond
  std::deque<std::string> stamps_;               // keys of counts_, oldest first
};

}  // namespace draftstream
