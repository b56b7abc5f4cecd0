// Which messages leave, by hand.
#include <functional>
#include <string>

#include "publishers/gateways/event_rules.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

constexpr UtcInstant noon{60'000, 43'200.0};

// S/N 20, DM 500, beam 7, probability 0.9, RA 188.5, Dec -14.25, made a minute before noon.
Event bright() {
  Event event = test::current_event(1);
  event.signal.snr = 20.0;
  event.dm.value_pc_cm3 = 500.0;
  event.classifier.probability = 0.9;
  event.classifier.detector_score = 0.8;
  event.classifier.classifier_score = 0.7;
  event.created = noon + Seconds{-60.0};
  return event;
}

using Change = std::function<void(EventRules&, Event&, GatewayHistory&)>;

struct Row {
  const char* name;
  Change change;
  Ruling ruling;
  const char* rule;
};

const SkyCircle nearby{188.9, -14.25, 0.4};  // 0.388 deg away: 0.4 deg times cos(14.25 deg)

}  // namespace

TEST_CASE("rules say what leaves", "[publishers][gateways]") {
  using R = EventRules;
  using E = Event;
  using H = GatewayHistory;
  const Row rows[] = {
      {"as it is", [](R&, E&, H&) {}, Ruling::send, ""},
      {"S/N as wanted", [](R& r, E&, H&) { r.min_snr = 20.0; }, Ruling::send, ""},
      {"fainter", [](R& r, E&, H&) { r.min_snr = 20.01; }, Ruling::keep, "min_snr"},
      {"probability", [](R& r, E&, H&) { r.min_probability = 0.9; }, Ruling::send, ""},
      {"less", [](R& r, E&, H&) { r.min_probability = 0.91; }, Ruling::keep, "min_probability"},
      {"unknown probability",
       [](R& r, E& e, H&) {
         r.min_probability = 0.0;
         e.classifier.probability.reset();
       },
       Ruling::keep, "min_probability"},
      {"detector", [](R& r, E&, H&) { r.min_detector_score = 0.81; }, Ruling::keep,
       "min_detector_score"},
      {"classifier", [](R& r, E&, H&) { r.min_classifier_score = 0.71; }, Ruling::keep,
       "min_classifier_score"},
      {"interference", [](R&, E& e, H&) { e.classifier.label = "interference"; }, Ruling::keep,
       "labels"},
      {"unjudged", [](R&, E& e, H&) { e.classifier.label = "unjudged"; }, Ruling::keep, "labels"},
      {"unjudged, wanted",
       [](R& r, E& e, H&) {
         e.classifier.label = "unjudged";
         r.labels = {"unjudged"};
       },
       Ruling::send, ""},
      {"any label",
       [](R& r, E& e, H&) {
         e.classifier.label = "unjudged";
         r.labels = {};
       },
       Ruling::send, ""},
      {"DM",
       [](R& r, E&, H&) {
         r.dm_range = {500.0, 600.0};
       },
       Ruling::send, ""},
      {"another DM",
       [](R& r, E&, H&) {
         r.dm_range = {500.1, 600.0};
       },
       Ruling::keep, "dm_pc_cm3"},
      {"beam",
       [](R& r, E&, H&) {
         r.beams = {3, 7};
       },
       Ruling::send, ""},
      {"another beam", [](R& r, E&, H&) { r.beams = {3}; }, Ruling::keep, "beams"},
      {"unknown beam",
       [](R& r, E& e, H&) {
         r.beams = {7};
         e.beam.index.reset();
       },
       Ruling::keep, "beams"},
      {"no source is known", [](R& r, E&, H&) { r.known = KnownSources::only; }, Ruling::keep,
       "known"},
      {"only known ones",
       [](R& r, E&, H&) {
         r.known = KnownSources::only;
         r.known_sources = {{"R1", nearby, {{490.0, 510.0}}}};
       },
       Ruling::send, ""},
      {"no known ones",
       [](R& r, E&, H&) {
         r.known = KnownSources::exclude;
         r.known_sources = {{"R1", nearby, {}}};
       },
       Ruling::keep, "known"},
      {"too far for a known one",
       [](R& r, E&, H&) {
         r.known = KnownSources::exclude;
         r.known_sources = {{"R1", SkyCircle{188.9, -14.25, 0.38}, {}}};
       },
       Ruling::send, ""},
      {"the place alone is not enough",
       [](R& r, E&, H&) {
         r.known = KnownSources::exclude;
         r.known_sources = {{"R1", nearby, {{100.0, 110.0}}}};
       },
       Ruling::send, ""},
      {"an unknown place is in no circle",
       [](R& r, E& e, H&) {
         r.known = KnownSources::exclude;
         r.known_sources = {{"R1", nearby, {}}};
         e.position.ra_deg.reset();
       },
       Ruling::send, ""},
      {"known by DM alone",
       [](R& r, E& e, H&) {
         r.known = KnownSources::exclude;
         r.known_sources = {{"R1", {}, {{400.0, 500.0}}}};
         e.position.ra_deg.reset();
       },
       Ruling::keep, "known"},
      {"room in the hour",
       [](R& r, E&, H& h) {
         r.max_per_hour = 3;
         h.sent_last_hour = 2;
       },
       Ruling::send, ""},
      {"no room in the hour",
       [](R& r, E&, H& h) {
         r.max_per_hour = 3;
         h.sent_last_hour = 3;
       },
       Ruling::keep, "max_per_hour"},
      {"young", [](R& r, E&, H&) { r.max_age = Seconds{60.0}; }, Ruling::send, ""},
      {"old", [](R& r, E&, H&) { r.max_age = Seconds{59.0}; }, Ruling::keep, "max_age_s"},
      {"quiet",
       [](R& r, E&, H&) {
         r.quiet_hours = {{720, 721}};
       },
       Ruling::wait, "quiet_hours"},
      {"quiet until now",
       [](R& r, E&, H&) {
         r.quiet_hours = {{0, 720}};
       },
       Ruling::send, ""},
      {"quiet over midnight",
       [](R& r, E&, H&) {
         r.quiet_hours = {{1320, 721}};
       },
       Ruling::wait, "quiet_hours"},
      {"not quiet over midnight",
       [](R& r, E&, H&) {
         r.quiet_hours = {{1320, 720}};
       },
       Ruling::send, ""},
      {"faint ones do not wait",
       [](R& r, E&, H&) {
         r.quiet_hours = {{720, 721}};
         r.min_snr = 50.0;
       },
       Ruling::keep, "min_snr"},
      {"recording", [](R&, E& e, H&) { e.alert_tense = AlertTense::archival; }, Ruling::keep,
       "archival"},
      {"recording, wanted",
       [](R& r, E& e, H&) {
         e.alert_tense = AlertTense::archival;
         r.archival = true;
       },
       Ruling::send, ""},
      {"prompt", [](R&, E& e, H&) { e = test::alert_of(e); }, Ruling::keep, "alerts"},
      {"prompt, wanted",
       [](R& r, E& e, H&) {
         e = test::alert_of(e);
         r.alerts = true;
       },
       Ruling::send, ""},
      {"a candidate of the full search",
       [](R& r, E& e, H&) {
         e.message_type = MessageType::candidate;
         r.alerts = true;
         r.labels = {};
       },
       Ruling::keep, "candidate"},
      {"again", [](R&, E&, H& h) { h.was_sent = true; }, Ruling::keep, "sent_before"},
      {"update of what was not sent", [](R&, E& e, H&) { e = test::update_of(e); }, Ruling::keep,
       "not_sent_before"},
      {"retraction of what was not sent",
       [](R&, E& e, H&) { e = test::update_of(e, AlertType::retraction); }, Ruling::keep,
       "not_sent_before"},
      {"update of what was sent, though faint and late and many",
       [](R& r, E& e, H& h) {
         e = test::update_of(e);
         r.min_snr = 50.0;
         r.max_age = Seconds{1.0};
         r.max_per_hour = 1;
         h = {false, true, 9};
       },
       Ruling::send, ""},
      {"update of what was sent, not wanted",
       [](R& r, E& e, H& h) {
         e = test::update_of(e);
         r.updates = false;
         h.follows = true;
       },
       Ruling::keep, "updates"},
      {"retraction of what was sent, though updates are not wanted",
       [](R& r, E& e, H& h) {
         e = test::update_of(e, AlertType::retraction);
         r.updates = false;
         h.follows = true;
       },
       Ruling::send, ""},
      {"retraction of what was sent, in quiet hours",
       [](R& r, E& e, H& h) {
         e = test::update_of(e, AlertType::retraction);
         r.quiet_hours = {{720, 721}};
         h.follows = true;
       },
       Ruling::wait, "quiet_hours"},
      {"brighter sight of an alert",
       [](R& r, E& e, H&) {
         e = test::update_of(test::alert_of(e));
         r.alerts = true;
       },
       Ruling::send, ""},
      {"retraction of an alert that was not sent",
       [](R& r, E& e, H&) {
         e = test::update_of(test::alert_of(e), AlertType::retraction);
         r.alerts = true;
       },
       Ruling::keep, "not_sent_before"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    EventRules rules;
    Event event = bright();
    GatewayHistory history;
    row.change(rules, event, history);
    const Verdict verdict = judge(event, rules, history, noon);
    CHECK(verdict.ruling == row.ruling);
    CHECK(verdict.rule == row.rule);
  }
}

TEST_CASE("test and injection events leave by no rules", "[publishers][gateways]") {
  EventRules open;  // lets all out that rules can
  open.labels = {};
  open.archival = true;
  open.alerts = true;
  for (const bool follows : {false, true}) {
    for (const auto type : {AlertType::initial, AlertType::update, AlertType::retraction}) {
      for (const bool prompt : {false, true}) {
        Event event = prompt ? test::alert_of(bright()) : bright();
        if (type != AlertType::initial) event = test::update_of(event, type);
        const GatewayHistory history{false, follows, 0};
        event.alert_tense = AlertTense::test;
        CHECK(judge(event, open, history, noon).rule == "test");
        event.alert_tense = AlertTense::injection;
        CHECK(judge(event, open, history, noon).rule == "injection");
        event.alert_tense = AlertTense::current;
        event.injection = {true, "inj-1"};
        CHECK(judge(event, open, history, noon).rule == "injection");
      }
    }
  }
}
