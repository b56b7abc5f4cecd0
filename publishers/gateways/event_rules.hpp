// Which messages leave through a gateway, and when.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ingest/time_axis.hpp"
#include "publishers/event.hpp"

namespace draftstream {

/// A circle on the sky, ICRS.
struct SkyCircle {
  double ra_deg = 0.0;
  double dec_deg = 0.0;
  double radius_deg = 0.0;
};

/// A source that is known already. All that is given must agree with an event.
struct KnownSource {
  std::string name;
  std::optional<SkyCircle> circle;                    ///< An event without a position is not in it.
  std::optional<std::pair<double, double>> dm_range;  ///< [pc cm^-3], ends included.
};

/// What becomes of events of known sources.
enum class KnownSources {
  any,      ///< They go out as others do.
  only,     ///< Nothing else goes out.
  exclude,  ///< They stay.
};

/// A time of each day, UTC; may go over midnight.
struct QuietHours {
  int begin_minute = 0;  ///< Of the day, 0 to 1439.
  int end_minute = 0;    ///< The first that is not quiet.
};

/// What is empty lets all pass.
struct EventRules {
  std::optional<double> min_snr;
  std::optional<double> min_probability;       ///< An event without one does not pass.
  std::optional<double> min_detector_score;    ///< An event without one does not pass.
  std::optional<double> min_classifier_score;  ///< An event without one does not pass.
  std::set<std::string> labels = {"burst"};
  std::optional<std::pair<double, double>> dm_range;  ///< [pc cm^-3], ends included.
  std::set<int> beams;                                ///< An event of no known beam does not pass.
  std::vector<KnownSource> known_sources;
  KnownSources known = KnownSources::any;
  std::optional<std::uint64_t> max_per_hour;  ///< In any 3600 s; what is more stays for good.
  std::optional<Seconds> max_age;             ///< Since it was made; what is older stays for good.
  std::vector<QuietHours> quiet_hours;        ///< All waits until they end.
  bool archival = false;                      ///< What was found in recordings goes out, too.
  bool updates = true;                        ///< Updates of what was sent go out, too.
  bool alerts = false;                        ///< What the prompt search tells goes out, too.
};

/// What went out before.
struct GatewayHistory {
  bool was_sent = false;             ///< This very message: same event, same revision or a later.
  bool follows = false;              ///< Something went out that this message changes or confirms.
  std::uint64_t sent_last_hour = 0;  ///< First messages of events and alerts.
};

enum class Ruling {
  send,
  wait,  ///< Not now; it, and all behind it, is asked about again.
  keep,  ///< Never.
};

struct Verdict {
  Ruling ruling = Ruling::send;
  std::string rule;  ///< That keeps it, or has it wait, as in the configuration; else "".
};

/// Pure. Messages that mean nothing about the sky (test, injection) are kept whatever the rules
/// are. Updates and retractions are sent if, and only if, what they change was, but for a brighter
/// sight of an alert, which may be its first; an event that confirms an alert that was sent is.
[[nodiscard]] Verdict judge(const Event& event, const EventRules& rules,
                            const GatewayHistory& history, const UtcInstant& now);

/// The first source of the list that the event agrees with; "" if there is none.
[[nodiscard]] std::string known_source_of(const Event& event, const EventRules& rules);

}  // namespace draftstream
