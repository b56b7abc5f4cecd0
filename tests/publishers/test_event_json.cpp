// The JSON of events, both ways, and what is refused.
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include <nlohmann/json.hpp>

#include "ingest/errors.hpp"
#include "publishers/event.hpp"
#include "publishers/status.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/source_folder.hpp"

using namespace draftstream;
using test::sample_event;

namespace {

// An event with every field set to something that can be told apart.
Event full_event() {
  Event event = sample_event(4);
  event.message_type = MessageType::update;
  event.journal = test::session_b;
  event.revision = 3;
  event.alert_type = AlertType::update;
  event.alert_tense = AlertTense::injection;
  event.classifier = {"rexnet", "2.1", std::string(64, 'a'), 0.25, 0.5, 0.75, "burst",
                      "cuda:0", 0.875};
  event.beam.id = "B07";
  event.beam.seen_in = 3;
  event.beam.others = {{2, 9.5, 474.0, 1.25, sample_event(9).time.toa},
                       {12, 7.25, 480.5, 2.5, sample_event(8).time.toa}};
  event.observation.backend = "BPSR \"2\", \n\xc3\xa9";
  event.quality = {0.25, 0.5, true, true};
  event.injection = {true, "inj-5"};
  event.latency_ms = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 21.0};
  event.products = {
      {"cutout", "cutouts.h5#4", 4096, std::string(64, 'b'), "complete"},
      {"plot", "chunks/chunk003/Composite.png", std::nullopt, std::nullopt, "failed"}};
  event.attachments = {{2, "cutout", "<f4", {256, 512}, {"freq", "time"}}};
  event.software.commit = "0123456789ab";
  event.software.config_sha256 = std::string(64, 'c');
  return event;
}

// What the prompt search said, taken back.
Event retracted_alert() {
  Event event = sample_event(5);
  event.message_type = MessageType::retraction;
  event.event_id += "-p";
  event.revision = 2;
  event.alert_type = AlertType::retraction;
  event.search = SearchKind::prompt;
  event.retraction_reason = "the full search found no such pulse";
  return event;
}

// An event of which there was an alert.
Event confirming_event() {
  Event event = sample_event(6);
  event.confirms = {event.event_id + "-p", sample_event(5).event_id + "-p"};
  return event;
}

std::string file_text(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

}  // namespace

TEST_CASE("an event is read back as it was written", "[publishers][event]") {
  for (const Event& event :
       {sample_event(1), full_event(), retracted_alert(), confirming_event()}) {
    const std::string json = to_json(event);
    CHECK(json.find('\n') == std::string::npos);
    CHECK(to_json(parse_event(json)) == json);
  }
  const Event read = parse_event(to_json(full_event()));
  CHECK(read.message_type == MessageType::update);
  CHECK(read.alert_tense == AlertTense::injection);
  CHECK(read.journal == test::session_b);
  CHECK(read.classifier.threshold == 0.75);
  CHECK(read.classifier.probability == 0.875);
  CHECK(read.observation.backend == "BPSR \"2\", \n\xc3\xa9");
  CHECK(read.latency_ms.publish == 6.0);
  CHECK(read.products.at(1).kind == "plot");
  CHECK(read.attachments.at(0).shape == std::vector<std::uint64_t>{256, 512});
  CHECK(read.time.toa == full_event().time.toa);
  CHECK(read.beam.seen_in == 3U);
  REQUIRE(read.beam.others.size() == 2);
  CHECK(read.beam.others[1].index == 12);
  CHECK(read.beam.others[1].toa == sample_event(8).time.toa);
  CHECK(read.search == SearchKind::full);
  CHECK(read.confirms.empty());
  CHECK_FALSE(read.retraction_reason);
  const Event taken_back = parse_event(to_json(retracted_alert()));
  CHECK(taken_back.search == SearchKind::prompt);
  CHECK(taken_back.retraction_reason == "the full search found no such pulse");
  CHECK(parse_event(to_json(confirming_event())).confirms == confirming_event().confirms);
}

TEST_CASE("fields come in the documented order", "[publishers][event]") {
  Event event = sample_event(1);
  event.journal = test::session_b;
  const auto json = nlohmann::ordered_json::parse(to_json(event));
  std::string names;
  for (const auto& [name, value] : json.items()) names += name + " ";
  CHECK(names ==
        "schema message_type event_id uuid revision publisher session journal seq alert_type "
        "alert_tense created_utc time dm signal classifier position beam observation quality "
        "injection "
        "latency_ms products attachments software ");
}

TEST_CASE("doubles survive exactly", "[publishers][event]") {
  Event event = sample_event(1);
  for (const double value : {0.1, 1.0 / 3.0, 4.9e-324, 1.7976931348623157e308, 1e22, -2.5e-7}) {
    event.time.toa_s = value;
    CHECK(parse_event(to_json(event)).time.toa_s == value);
  }
}

TEST_CASE("what is not finite is null, or our fault", "[publishers][event]") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Event event = sample_event(1);
  event.dm.unc_pc_cm3 = nan;
  event.latency_ms.total = std::numeric_limits<double>::infinity();
  const auto json = nlohmann::json::parse(to_json(event));
  CHECK(json["dm"]["unc_pc_cm3"].is_null());
  CHECK(json["latency_ms"]["total"].is_null());
  event.signal.snr = nan;
  CHECK_THROWS_WITH(to_json(event), ContainsSubstring("signal.snr"));
}

TEST_CASE("text that is not UTF-8 still makes JSON", "[publishers][event]") {
  Event event = sample_event(1);
  event.observation.source_name = "J\xff\xfe";
  CHECK(parse_event(to_json(event)).observation.source_name == "J\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("readers pass over what they do not know", "[publishers][event]") {
  auto json = nlohmann::json::parse(to_json(sample_event(1)));
  json["colour"] = "blue";
  json["dm"]["gal_max_pc_cm3"] = 30.0;
  json["schema"] = "frb-event/1.7.3";
  json.erase("products");
  json["position"].erase("ra_deg");
  const Event event = parse_event(json.dump());
  CHECK(event.seq == 1);
  CHECK_FALSE(event.position.ra_deg.has_value());
}

TEST_CASE("a bad event is refused with field, found and expected", "[publishers][event]") {
  struct Row {
    const char* what;
    const char* pointer;
    nlohmann::json value;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"other schema", "/schema", "voevent/2.0", "field schema: found \"voevent/2.0\", expected"},
      {"major version", "/schema", "frb-event/2.0.0", "expected frb-event/1.x.y"},
      {"unknown type", "/message_type", "shout", "found \"shout\", expected one of candidate"},
      {"status", "/message_type", "status", "expected one of candidate"},
      {"seq 0", "/seq", 0, "field seq: found 0, expected an integer from 1"},
      {"negative seq", "/seq", -1, "field seq: found -1"},
      {"fractional seq", "/seq", 1.5, "field seq: found 1.5"},
      {"huge seq", "/seq", 18446744073709551615ULL, "field seq: found 18446744073709551615"},
      {"text for a number", "/signal/snr", "ten", "field signal.snr: found \"ten\", expected a"},
      {"null for a number", "/signal/snr", nullptr, "field signal.snr: found null"},
      {"number for text", "/event_id", 5, "field event_id: found 5, expected a string"},
      {"number for an object", "/dm", 475.0, "field dm: found 475.0, expected an object"},
      {"array for an object", "/time", nlohmann::json::array(), "field time: found an array"},
      {"local time", "/time/toa_utc", "2018-04-17T13:18:31", "field time.toa_utc: found"},
      {"beam too large", "/beam/index", 3000000000U, "field beam.index: found 3000000000"},
      {"another beam without its number", "/beam/others",
       nlohmann::json::array({nlohmann::json::object()}),
       "field beam.others[0].index: found nothing, expected"},
      {"truth as a number", "/quality/overrun", 1, "field quality.overrun: found 1, expected true"},
      {"another search", "/search", "slow", "field search: found \"slow\", expected one of full"},
      {"number for a search", "/search", 1, "field search: found 1, expected"},
      {"confirms one", "/confirms", "a", "field confirms: found \"a\", expected an array of str"},
      {"retraction without a reason", "/retraction", nlohmann::json::object(),
       "field retraction.reason: found nothing"},
      {"long text", "/message_type", std::string(500, 'x'), "xxx..., expected"},
      {"products", "/products", "none", "field products: found \"none\", expected an array of"},
      {"one product", "/products", nlohmann::json::array({1}), "expected an array of objects"},
      {"kind of a product", "/products",
       nlohmann::json::array({{{"kind", 1}, {"uri", "x"}, {"status", "pending"}}}),
       "field products[0].kind: found 1, expected a string"},
  }));
  INFO(row.what);
  auto json = nlohmann::json::parse(to_json(sample_event(1)));
  json[nlohmann::json::json_pointer{row.pointer}] = row.value;
  CHECK_THROWS_AS(parse_event(json.dump()), InputError);
  CHECK_THROWS_WITH(parse_event(json.dump()), ContainsSubstring(row.message));
}

TEST_CASE("what is not JSON is refused with its byte", "[publishers][event]") {
  CHECK_THROWS_WITH(parse_event(""), ContainsSubstring("byte 1: found text that is not JSON"));
  CHECK_THROWS_WITH(parse_event("{\"schema\": x}"), ContainsSubstring("byte 12"));
  CHECK_THROWS_WITH(parse_event("[]"), ContainsSubstring("found an array, expected a JSON object"));
  CHECK_THROWS_WITH(parse_event("{\"a\":1e999}"), ContainsSubstring("out of range"));
  CHECK_THROWS_AS(parse_event(std::string(100'000, '[')), InputError);
  CHECK_THROWS_AS(parse_event(std::string{"{\"schema\":\"\xff\"}"}), InputError);
}

TEST_CASE("no prefix of an event is an event", "[publishers][event]") {
  const std::string whole = to_json(full_event());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_THROWS_AS(parse_event(std::string_view{whole}.substr(0, length)), InputError);
  }
}

TEST_CASE("no field can be left out but those that may be null", "[publishers][event]") {
  const auto whole = nlohmann::json::parse(to_json(full_event()));
  for (const auto& [name, value] : whole.items()) {
    auto json = whole;
    json.erase(name);
    INFO(name);
    if (name == "products" || name == "attachments" || name == "journal") {
      CHECK_NOTHROW(parse_event(json.dump()));
    } else {
      CHECK_THROWS_WITH(parse_event(json.dump()),
                        ContainsSubstring("field " + name + ": found nothing"));
    }
  }
}

TEST_CASE("messages recorded from version 1.0.0 are still read", "[publishers][event][golden]") {
  const std::string folder = (test::source_folder() / "tests/publishers/golden/").string();
  std::string text = file_text(folder + "frb-event-1.0.0.event.json");
  REQUIRE_FALSE(text.empty());
  text.pop_back();  // the line feed
  const Event event = parse_event(text);
  CHECK(to_json(event) == text);
  CHECK(event.event_id == "parkes-20180417T131833.151581-b0007-0001");
  CHECK(event.seq == 1);
  CHECK(event.dm.value_pc_cm3 == 474.8);
  CHECK(format_iso8601(event.time.toa) == "2018-04-17T13:18:33.151581789Z");

  const auto status = parse_publisher_message(file_text(folder + "frb-event-1.0.0.status.json"));
  REQUIRE(status.report.has_value());
  CHECK(status.report->state == "ended");
  CHECK(status.report->result == "interrupted");
  CHECK(status.report->ledger[Fate::masked] == 2000);
  CHECK(status.report->ledger.balanced());
  CHECK(status.state.last_seq == 4);
  const auto beat = parse_publisher_message(file_text(folder + "frb-event-1.0.0.heartbeat.json"));
  CHECK_FALSE(beat.report.has_value());
  CHECK(beat.state.publisher == "parkes/bpsr/1");
}
