// Drafts for TNS.
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "ingest/errors.hpp"
#include "publishers/gateways/tns_report.hpp"
#include "tests/publishers/gateways/gateway_cases.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using Json = nlohmann::json;

namespace {

TnsOptions options_in(const std::string& folder) {
  TnsOptions options;
  options.folder = folder;
  options.reporter = "A. Astronomer";
  options.position_error_deg = 0.1;
  options.reporting_group_id = 78;
  return options;
}

Json content_of(const std::string& file) {
  std::ifstream stream{file};
  return Json::parse(std::istreambuf_iterator<char>{stream}, {}, nullptr, false);
}

}  // namespace

TEST_CASE("a TNS report has the event's values in TNS's units", "[publishers][gateways]") {
  const Event event = test::current_event(1);
  const Json json = Json::parse(tns_report({event, "", {}, ""}, options_in("x")));
  const Json report = json["frb_report"]["0"];
  CHECK(report["ra"] == Json({{"value", "188.5"}, {"error", "360"}, {"units", "arcsec"}}));
  CHECK(report["dec"]["value"] == "-14.25");
  CHECK(report["internal_name"] == event.event_id);
  CHECK(report["at_type"] == "5");
  CHECK(report["reporter"] == "A. Astronomer");
  CHECK(report["reporting_groupid"] == "78");
  CHECK_FALSE(report.contains("groupid"));
  CHECK(report["discovery_datetime"] == "2018-04-17 13:18:33.251581789");
  CHECK(report["dm"] == event.dm.value_pc_cm3);
  CHECK(report["dm_err"] == 0.7);
  const Json photometry = report["photometry"]["photometry_group"]["0"];
  CHECK(photometry["snr"] == event.signal.snr);
  CHECK(photometry["burst_width"] == event.signal.width_ms);
  CHECK(photometry["burst_width_unitid"] == "23");
  CHECK(photometry["sampling_time"] == 0.25);
  CHECK(photometry["inst_bandwidth"] == 64.0);
}

TEST_CASE("TNS files follow events", "[publishers][gateways]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("tns");
  TnsFiles gateway{options_in(path)};
  Event event = test::current_event(1);
  const std::string file = path + "/" + event.event_id + ".json";
  REQUIRE(gateway.deliver({event, "", {}, ""}).outcome == Delivery::Outcome::delivered);
  CHECK(content_of(file)["frb_report"]["0"]["dm"] == event.dm.value_pc_cm3);
  Event update = test::update_of(event);
  update.dm.value_pc_cm3 = 501.5;
  REQUIRE(gateway.deliver({update, "", {}, ""}).outcome == Delivery::Outcome::delivered);
  CHECK(content_of(file)["frb_report"]["0"]["dm"] == 501.5);
  const Event retraction = test::update_of(update, AlertType::retraction);
  for (int time = 0; time < 2; ++time) {  // the second time there is nothing to be renamed
    REQUIRE(gateway.deliver({retraction, "", {}, ""}).outcome == Delivery::Outcome::delivered);
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(std::filesystem::exists(path + "/" + event.event_id + ".retracted.json"));
  }
}

TEST_CASE("TNS takes no event without a place, and no name with a path", "[publishers][gateways]") {
  const test::TemporaryFolder folder;
  TnsFiles gateway{options_in(folder.file("tns"))};
  Event event = test::current_event(1);
  event.event_id = "../escaped";
  CHECK(gateway.deliver({event, "", {}, ""}).outcome == Delivery::Outcome::refused);
  CHECK_FALSE(std::filesystem::exists(folder.file("escaped.json")));
  event.event_id = "a";
  event.position = {};
  const Delivery delivery = gateway.deliver({event, "", {}, ""});
  CHECK(delivery.outcome == Delivery::Outcome::refused);
  CHECK_THAT(delivery.reason, ContainsSubstring("ra_deg"));
}
