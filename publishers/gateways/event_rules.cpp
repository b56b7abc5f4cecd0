#include "publishers/gateways/event_rules.hpp"

#include <algorithm>

#include "publishers/gateways/sky.hpp"

namespace draftstream {
namespace {

bool is_below(const std::optional<double>& value, const std::optional<double>& lowest) {
  return lowest && !(value && *value >= *lowest);
}

bool is_within(double value, const std::pair<double, double>& range) {
  return value >= range.first && value <= range.second;
}

bool agrees(const Event& event, const KnownSource& source) {
  if (source.dm_range && !is_within(event.dm.value_pc_cm3, *source.dm_range)) return false;
  if (!source.circle) return true;
  const auto& [ra_deg, dec_deg, position_source] = event.position;
  return ra_deg && dec_deg &&
         separation_deg(*ra_deg, *dec_deg, source.circle->ra_deg, source.circle->dec_deg) <=
             source.circle->radius_deg;
}

bool is_in(const QuietHours& hours, double minute) {
  const bool after = minute >= hours.begin_minute;
  const bool before = minute < hours.end_minute;
  return hours.begin_minute <= hours.end_minute ? after && before : after || before;
}

bool is_quiet(const EventRules& rules, const UtcInstant& now) {
  return std::any_of(rules.quiet_hours.begin(), rules.quiet_hours.end(),
                     [&](const QuietHours& hours) { return is_in(hours, now.second_of_day / 60); });
}

bool is_prompt(const Event& event) {
  return event.search == SearchKind::prompt;
}

// The rule on what sort of message it is that it does not pass; "" if it does.
std::string kept_by_kind(const Event& event, const EventRules& rules) {
  // No configuration changes these two: who is alerted acts on it.
  if (event.alert_tense == AlertTense::test) return "test";
  if (event.alert_tense == AlertTense::injection || event.injection.is_injection) {
    return "injection";
  }
  if (event.alert_tense == AlertTense::archival && !rules.archival) return "archival";
  if (is_prompt(event) && !rules.alerts) return "alerts";
  // Of the full search, that is what was found to be interference.
  if (event.message_type == MessageType::candidate && !is_prompt(event)) return "candidate";
  return "";
}

// The rule on what was measured that it does not pass; "" if it does.
std::string kept_by_value(const Event& event, const EventRules& rules) {
  const EventClassifier& scores = event.classifier;
  if (is_below(event.signal.snr, rules.min_snr)) return "min_snr";
  if (!rules.labels.empty() && rules.labels.count(scores.label) == 0) return "labels";
  if (is_below(scores.probability, rules.min_probability)) return "min_probability";
  if (is_below(scores.detector_score, rules.min_detector_score)) return "min_detector_score";
  if (is_below(scores.classifier_score, rules.min_classifier_score)) return "min_classifier_score";
  if (rules.dm_range && !is_within(event.dm.value_pc_cm3, *rules.dm_range)) return "dm_pc_cm3";
  if (!rules.beams.empty() && rules.beams.count(event.beam.index.value_or(-1)) == 0) return "beams";
  if (rules.known == KnownSources::any) return "";
  const bool is_known = !known_source_of(event, rules).empty();
  return is_known == (rules.known == KnownSources::only) ? "" : "known";
}

}  // namespace

std::string known_source_of(const Event& event, const EventRules& rules) {
  const auto found = std::find_if(rules.known_sources.begin(), rules.known_sources.end(),
                                  [&](const KnownSource& source) { return agrees(event, source); });
  return found == rules.known_sources.end() ? "" : found->name;
}

Verdict judge(const Event& event, const EventRules& rules, const GatewayHistory& history,
              const UtcInstant& now) {
  if (std::string rule = kept_by_kind(event, rules); !rule.empty()) return {Ruling::keep, rule};
  if (history.was_sent) return {Ruling::keep, "sent_before"};
  if (event.alert_type == AlertType::update && !rules.updates) return {Ruling::keep, "updates"};
  if (!history.follows) {
    // An alert that was too faint at first may pass once it is seen brighter.
    const bool may_be_first = event.alert_type == AlertType::initial ||
                              (event.alert_type == AlertType::update && is_prompt(event));
    if (!may_be_first) return {Ruling::keep, "not_sent_before"};
    if (std::string rule = kept_by_value(event, rules); !rule.empty()) return {Ruling::keep, rule};
    if (rules.max_age && now - event.created > *rules.max_age) return {Ruling::keep, "max_age_s"};
  }
  if (is_quiet(rules, now)) return {Ruling::wait, "quiet_hours"};
  if (!history.follows && rules.max_per_hour && history.sent_last_hour >= *rules.max_per_hour) {
    return {Ruling::keep, "max_per_hour"};
  }
  return {};
}

}  // namespace draftstream
