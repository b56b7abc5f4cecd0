// What GCN is told. The schema itself is asked by tests/publishers/gateways/tell_the_world.py.
#include <nlohmann/json.hpp>

#include "publishers/gateways/gcn_alert.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using Json = nlohmann::json;

namespace {

Json alert(const OutgoingEvent& outgoing, const GcnFormat& format = {}) {
  return Json::parse(gcn_alert(outgoing, format));
}

}  // namespace

TEST_CASE("a GCN alert has the event's values in GCN's units", "[publishers][gateways]") {
  Event event = test::current_event(1);
  event.classifier.probability = 0.75;
  const Json json = alert({event, "", {}, "FRB 20180417A"}, {"https://a/b", 0.1});
  CHECK(json["$schema"] == "https://a/b");
  CHECK(json["id"] == event.event_id);
  CHECK(json["alert_type"] == "initial");
  CHECK(json["alert_tense"] == "current");
  CHECK(json["trigger_time"] == format_iso8601(event.time.toa));
  CHECK(json["trigger_time_error"] == 0.0004);
  CHECK(json["snr"] == event.signal.snr);
  CHECK(json["event_duration"] == event.signal.width_ms);  // [ms]
  CHECK(json["dm"] == event.dm.value_pc_cm3);
  CHECK(json["dm_error"] == 0.7);
  CHECK(json["ra"] == 188.5);
  CHECK(json["dec"] == -14.25);
  CHECK(json["ra_dec_error"] == 0.1);
  CHECK(json["importance"] == 0.75);
  CHECK(json["mission"] == "Parkes");
  CHECK(json["spectral_band"] == Json({1436.5, 1500.5}));
  CHECK(json["spectral_band_units"] == "MHz");
  CHECK(json["known_source"] == "FRB 20180417A");
  CHECK_THAT(json["description"].get<std::string>(),
             ContainsSubstring(format_iso8601(event.time.toa_inf)));
}

TEST_CASE("a GCN alert leaves out what is not known", "[publishers][gateways]") {
  Event event = test::current_event(1);
  event.position = {};
  event.dm.unc_pc_cm3.reset();
  event.time.toa_unc_s.reset();
  event.observation.telescope.reset();
  event.signal.freq_lo_mhz.reset();
  const Json json = alert({event, "", {}, ""}, {"https://a/b", 0.1});
  for (const char* key : {"ra", "dec", "ra_dec_error", "dm_error", "trigger_time_error", "mission",
                          "spectral_band", "importance", "known_source"}) {
    CAPTURE(key);
    CHECK_FALSE(json.contains(key));
  }
}

TEST_CASE("GCN hears what a message follows", "[publishers][gateways]") {
  const Event event = test::current_event(1);
  const Event update = test::update_of(event);
  CHECK(alert({update, "", {{event.event_id, 1}}, ""})["alert_type"] == "update");
  CHECK(alert({update, "", {{event.event_id, 1}}, ""})["id"] == event.event_id);
  CHECK(alert({update, "", {{event.event_id, 1}}, ""})["record_number"] == 2);
  const Event retraction = test::update_of(event, AlertType::retraction);
  CHECK(alert({retraction, "", {{event.event_id, 1}}, ""})["alert_type"] == "retraction");
  // An event that confirms an alert is an update of it, and has both names.
  const Json confirmed = alert({event, "", {{"a-p", 2}}, ""});
  CHECK(confirmed["alert_type"] == "update");
  CHECK(confirmed["id"] == Json({event.event_id, "a-p"}));
}
