// Status and heartbeat messages.
#include <nlohmann/json.hpp>

#include "ingest/errors.hpp"
#include "publishers/status.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

const PublisherState state{"parkes/bpsr/1", test::session_a, {58225, 47911.5}, 12};

}  // namespace

TEST_CASE("a status is read back with its ledger", "[publishers][status]") {
  StatusReport report;
  report.state = "ended";
  report.result = "failed";
  report.reason = "the disk is full";
  report.obs_id = "parkes-20180417T131831.123456-b0007";
  report.candidates = 12;
  report.candidates_dropped = 3;
  report.ledger.expect(100);
  for (std::size_t i = 0; i < fates; ++i) report.ledger.count(static_cast<Fate>(i), 10 + i);
  report.products = {{"dump", "dumps/a-d0001.fil", {}, {}, "missed", "it was overwritten"}};

  const auto read = parse_publisher_message(status_json(state, report));
  REQUIRE(read.report.has_value());
  CHECK(read.state.publisher == state.publisher);
  CHECK(read.state.session == state.session);
  CHECK(read.state.session_started == state.session_started);
  CHECK(read.state.last_seq == 12);
  CHECK(read.report->state == "ended");
  CHECK(read.report->result == "failed");
  CHECK(read.report->reason == "the disk is full");
  CHECK(read.report->obs_id == report.obs_id);
  CHECK(read.report->candidates == 12);
  CHECK(read.report->candidates_dropped == 3);
  CHECK(read.report->ledger == report.ledger);
  REQUIRE(read.report->products.size() == 1);
  CHECK(read.report->products[0].uri == "dumps/a-d0001.fil");
  CHECK(read.report->products[0].status == "missed");
  CHECK(read.report->products[0].reason == "it was overwritten");
  CHECK_FALSE(read.report->products[0].bytes);
  CHECK(nlohmann::json::parse(status_json(state, report))["status"]["ledger"]["balanced"] == false);
}

TEST_CASE("a status that tells of overload is read back", "[publishers][status]") {
  StatusReport report;
  report.overload = {7, 2, {"networks", "octave"}, 3.25};
  auto read = parse_publisher_message(status_json(state, report));
  REQUIRE(read.report->overload.has_value());
  CHECK(read.report->overload->beam == 7);
  CHECK(read.report->overload->level == 2);
  CHECK(read.report->overload->left_out == std::vector<std::string>{"networks", "octave"});
  CHECK(read.report->overload->lag_s == 3.25);
  report.overload->beam.reset();
  report.overload->left_out.clear();
  read = parse_publisher_message(status_json(state, report));
  CHECK_FALSE(read.report->overload->beam.has_value());
  CHECK(read.report->overload->left_out.empty());
}

TEST_CASE("what a status does not know is null", "[publishers][status]") {
  const auto json = nlohmann::json::parse(status_json(state, {}));
  CHECK(json["status"]["result"].is_null());
  CHECK(json["status"]["obs_id"].is_null());
  CHECK(json["status"]["overload"].is_null());
  CHECK_FALSE(parse_publisher_message(json.dump()).report->overload.has_value());
  CHECK(parse_publisher_message(json.dump()).report->result.empty());
}

TEST_CASE("a heartbeat has no report and no number", "[publishers][status]") {
  const auto json = nlohmann::json::parse(heartbeat_json(state));
  CHECK_FALSE(json.contains("seq"));
  CHECK_FALSE(json.contains("status"));
  CHECK(json["last_seq"] == 12);
  CHECK_FALSE(parse_publisher_message(json.dump()).report.has_value());
}

TEST_CASE("no prefix of a status is a status, and an event is none", "[publishers][status]") {
  const std::string whole = status_json(state, {});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_THROWS_AS(parse_publisher_message(std::string_view{whole}.substr(0, length)), InputError);
  }
  CHECK_THROWS_WITH(parse_publisher_message(to_json(test::sample_event(1))),
                    ContainsSubstring("expected one of status, heartbeat"));
}
