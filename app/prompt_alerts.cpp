#include "app/prompt_alerts.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "engine/dispersion.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/uuid.hpp"

namespace draftstream {
namespace {

constexpr Seconds slack{0.01};  // for what two searches make of one pulse

// Names are made by the rule of events, and no event has such an end.
constexpr const char* id_end = "-p";

constexpr const char* not_found = "the full search found no such pulse";
constexpr const char* not_searched = "the full search ended before it had come to it";
constexpr const char* is_no_burst = "the full search takes it for interference";

bool near(Seconds a, Seconds b, Seconds most) {
  return std::max(a, b) - std::min(a, b) <= most;
}

}  // namespace

PromptAlerts::PromptAlerts(std::vector<Beam> beams, const Injections* injections, Tell tell)
    : beams_{std::move(beams)}, injections_{injections}, tell_{std::move(tell)} {
  if (beams_.empty()) throw std::invalid_argument("PromptAlerts: no beams");
  top_ = beams_.front().searched.highest;
  for (const Beam& beam : beams_) {
    top_ = std::min(top_, beam.searched.highest);
    makers_.emplace_back(beam.context);
  }
}

PromptAlerts::Track PromptAlerts::track_of(std::size_t beam, const Candidate& candidate) const {
  const SearchedBeam& searched = beams_.at(beam).searched;
  const Seconds sweep = dispersion_delay(candidate.dm, searched.lowest, searched.highest);
  const Seconds width = static_cast<double>(candidate.boxcar_samples) * searched.sample_time;
  return {candidate.toa, candidate.toa + sweep, width};
}

// The track of a pulse that is as near as it may be is as near at the common highest frequency.
Seconds PromptAlerts::last_of(std::size_t beam, const Candidate& candidate) const {
  const SearchedBeam& searched = beams_.at(beam).searched;
  const Seconds width = static_cast<double>(candidate.boxcar_samples) * searched.sample_time;
  return searched.start + candidate.toa + dispersion_delay(candidate.dm, top_, searched.highest) +
         width + searched.widest_box + slack;
}

Event PromptAlerts::make(std::size_t beam, const Candidate& candidate) {
  Event event = makers_.at(beam).make(candidate);
  event.message_type = MessageType::candidate;
  event.search = SearchKind::prompt;
  event.event_id += id_end;
  if (injections_ != nullptr) {
    event.injection.injection_id = injections_->injection_of(beam, candidate);
    event.injection.is_injection = event.injection.injection_id.has_value();
    if (event.injection.is_injection) event.alert_tense = AlertTense::injection;
  }
  return event;
}

// False once it has failed.
bool PromptAlerts::tell(Event& event) {
  if (error_ != nullptr) return false;
  try {
    tell_(event);
  } catch (...) {
    error_ = std::current_exception();
  }
  return error_ == nullptr;
}

void PromptAlerts::take(std::size_t beam, const PromptAlert& alert) {
  const std::lock_guard lock{mutex_};
  const auto open = std::find_if(open_.begin(), open_.end(), [&](const Open& one) {
    return one.beam == beam && one.number == alert.number;
  });
  const bool is_known = open != open_.end();
  if (!is_known && alert.revision > 1) return;  // its first one was left out
  if (!is_known && open_.size() >= most_open) {
    ++counts_.left_out;
    return;
  }
  Event event = make(beam, alert.candidate);
  event.revision = static_cast<int>(alert.revision);
  if (is_known) {
    event.event_id = open->told.event_id;
    event.message_type = MessageType::update;
    event.alert_type = AlertType::update;
  }
  if (!tell(event)) return;
  Open now{beam, alert.number, std::move(event), track_of(beam, alert.candidate),
           last_of(beam, alert.candidate)};
  if (is_known) {
    now.confirmed = open->confirmed;
    now.is_interference = open->is_interference;
    *open = std::move(now);
    ++counts_.revised;
  } else {
    open_.push_back(std::move(now));
    ++counts_.told;
  }
}

std::vector<std::string> PromptAlerts::confirm(const JudgedCandidate& judged) {
  const bool is_interference = judged.candidate.label == "interference";
  std::vector<std::pair<std::size_t, Track>> seen{
      {judged.beam, track_of(judged.beam, judged.candidate)}};
  for (const BeamSighting& other : judged.others) {
    seen.emplace_back(other.beam, track_of(other.beam, other.candidate));
  }
  std::vector<std::string> ids;
  const std::lock_guard lock{mutex_};
  for (Open& open : open_) {
    const bool is_its = std::any_of(seen.begin(), seen.end(), [&open](const auto& one) {
      const Track& track = one.second;
      const Seconds most = track.width + open.track.width + slack;
      return one.first == open.beam && near(track.high, open.track.high, most) &&
             near(track.low, open.track.low, most);
    });
    if (!is_its) continue;
    if (is_interference) {
      open.is_interference = true;
      continue;
    }
    ids.push_back(open.told.event_id);
    if (!std::exchange(open.confirmed, true)) ++counts_.confirmed;
  }
  return ids;
}

// Called with the mutex held.
void PromptAlerts::conclude(Open& open, const char* unfound) {
  if (open.confirmed) return;
  Event event = std::move(open.told);
  event.message_type = MessageType::retraction;
  event.alert_type = AlertType::retraction;
  event.retraction_reason = open.is_interference ? is_no_burst : unfound;
  ++event.revision;
  event.uuid = make_uuid();
  event.created = utc_now();
  if (tell(event)) ++counts_.retracted;
}

void PromptAlerts::settled(Seconds time) {
  const std::lock_guard lock{mutex_};
  std::erase_if(open_, [&](Open& open) {
    if (!(open.last < time)) return false;
    conclude(open, not_found);
    return true;
  });
}

void PromptAlerts::ended(std::size_t beam, bool searched) {
  const std::lock_guard lock{mutex_};
  std::erase_if(open_, [&](Open& open) {
    if (open.beam != beam) return false;
    conclude(open, searched ? not_found : not_searched);
    return true;
  });
}

std::exception_ptr PromptAlerts::error() const {
  const std::lock_guard lock{mutex_};
  return error_;
}

PromptAlertSummary PromptAlerts::summary() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

}  // namespace draftstream
