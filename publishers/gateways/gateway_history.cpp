#include "publishers/gateways/gateway_history.hpp"

#include <algorithm>
#include <optional>

namespace draftstream {

GatewayHistory history_of(const Event& event, const EventRules& rules, const GatewayRecord& record,
                          const UtcInstant& now) {
  GatewayHistory history;
  const std::optional<int> sent = record.sent_revision(event.event_id);
  history.was_sent = sent && *sent >= event.revision;
  history.follows =
      sent.has_value() || std::any_of(event.confirms.begin(), event.confirms.end(),
                                      [&record](const std::string& alert) {
                                        return record.sent_revision(alert).has_value();
                                      });
  if (rules.max_per_hour) history.sent_last_hour = record.first_sent_after(now + Seconds{-3600.0});
  return history;
}

OutgoingEvent outgoing_of(const Event& event, const std::string& json, const EventRules& rules,
                          const GatewayRecord& record) {
  OutgoingEvent outgoing{event, json, {}, known_source_of(event, rules)};
  if (const auto revision = record.sent_revision(event.event_id)) {
    outgoing.follows.push_back({event.event_id, *revision});
  }
  for (const std::string& alert : event.confirms) {
    if (const auto revision = record.sent_revision(alert)) {
      outgoing.follows.push_back({alert, *revision});
    }
  }
  return outgoing;
}

}  // namespace draftstream
