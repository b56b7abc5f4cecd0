// summary.json.
#include <fstream>

#include <nlohmann/json.hpp>

#include "publishers/summary.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using nlohmann::json;

TEST_CASE("a summary of a run that only began is whole", "[publishers][summary]") {
  const auto written = json::parse(summary_json({}));
  CHECK(written["status"] == "running");
  CHECK(written["ended_utc"].is_null());
  CHECK(written["observation"].is_null());
  CHECK(written["topic"].is_null());
  CHECK(written["packets"].is_null());
  CHECK(written["rates"]["x_real_time"].is_null());
  CHECK(written["peak_memory_bytes"].is_null());
  CHECK(written["own_memory_bytes"].is_null());
  CHECK(written["files"].empty());
}

TEST_CASE("a summary says where packets went", "[publishers][summary]") {
  RunSummary summary;
  PacketReport& packets = summary.packets.emplace();
  packets.kernel_drops = 1;
  packets.truncated = 2;
  packets.counts.datagrams = 3;
  packets.counts.units = 4;
  packets.counts.pieces = 5;
  packets.counts.duplicate_pieces = 6;
  packets.counts.control = 7;
  packets.counts.refused[static_cast<std::size_t>(PacketFault::wrong_length)] = 8;
  packets.last_refused = "byte 0: found 'x', expected 'y'";
  packets.incomplete_units = 9;
  packets.counts.accepted = 10;
  packets.counts.late = 11;
  packets.counts.far_future = 12;
  packets.counts.stray = 13;
  packets.counts.wrong_stream = 14;
  packets.counts.cells_elsewhere = 15;
  packets.counts.assembled = {16, 17, 18, 19, 20, 21, 22, 23};
  packets.buffer_asked = 24;
  packets.buffer_granted = 25;
  packets.longest_in_queue_s = 0.5;
  const json expected{
      {"kernel_drops", 1},
      {"truncated", 2},
      {"datagrams", 3},
      {"units", 4},
      {"pieces", 5},
      {"duplicate_pieces", 6},
      {"control", 7},
      {"refused", {{"wrong_length", 8}}},
      {"last_refused", "byte 0: found 'x', expected 'y'"},
      {"incomplete_units", 9},
      {"accepted", 10},
      {"late", 11},
      {"far_future", 12},
      {"stray", 13},
      {"wrong_stream", 14},
      {"cells",
       {{"expected", 16}, {"placed", 17}, {"missing", 18}, {"duplicate", 19}, {"elsewhere", 15}}},
      {"spectra", {{"all", 20}, {"whole", 21}, {"partial", 22}, {"lost", 23}}},
      {"buffer_asked_bytes", 24},
      {"buffer_granted_bytes", 25},
      {"longest_in_queue_s", 0.5}};
  CHECK(json::parse(summary_json(summary))["packets"] == expected);
}

TEST_CASE("a summary holds the ledger with all fates", "[publishers][summary]") {
  RunSummary summary;
  summary.status = "interrupted";
  summary.reason = "SIGINT";
  summary.observation = test::sample_observation();
  summary.counts.candidates = 5;
  summary.counts.boxes_above = 500;
  summary.counts.seconds = {1.5, 2.5, 0.25, 0.125, 0.0, 0.75};
  summary.counts.judged = 4;
  summary.counts.left_unjudged = 1;
  summary.counts.finds = 2;
  summary.counts.shed = {11, 12, 13, 14, 15};
  summary.networks = {{"detector", "d.pt", "d", "1", "ab"}};
  summary.stage_s["read"] = 0.5;
  for (std::size_t i = 0; i < fates; ++i) {
    summary.counts.ledger.expect(i + 1);
    summary.counts.ledger.count(static_cast<Fate>(i), i + 1);
  }
  summary.wall_s = 2.0;
  summary.data_s = 60.0;
  summary.topic = TopicCounts{};
  summary.topic->published = 5;
  summary.files = {{"a.fil", "SIGPROC", "complete", 0, 1000, "", 7},
                   {"b.fil", "", "refused", 0, 0, "b.fil: byte 0: found 'x', expected 'y'", {}}};
  BeamSummary beam;
  beam.status = "complete";
  beam.observation = test::sample_observation();
  beam.counts.ledger.expect(4);
  beam.counts.candidates = 3;
  beam.events = 2;
  beam.interference = 1;
  beam.told_with_another = 6;
  beam.data_s = 60.0;
  summary.beams = {beam, beam};
  summary.warnings = {"a.fil: odd"};
  summary.versions["libzmq"] = "4.3.4";
  summary.backend = "cpu";
  summary.backend_reason = "no device";

  const auto written = json::parse(summary_json(summary));
  CHECK(written["status"] == "interrupted");
  CHECK(written["reason"] == "SIGINT");
  const json ledger{{"expected", 21}, {"searched", 1}, {"masked", 2},  {"missing", 3},
                    {"late", 4},      {"invalid", 5},  {"overrun", 6}, {"balanced", true}};
  CHECK(written["ledger"] == ledger);
  CHECK(written["rates"]["x_real_time"] == 30.0);
  CHECK(written["stage_s"] == json({{"condition", 1.5},
                                    {"dedisperse", 2.5},
                                    {"cluster", 0.25},
                                    {"look", 0.125},
                                    {"wait_for_networks", 0.0},
                                    {"infer", 0.75},
                                    {"read", 0.5}}));
  CHECK(written["counts"]["boxes_above_threshold"] == 500);
  CHECK(written["counts"]["judged"] == 4);
  CHECK(written["counts"]["left_unjudged"] == 1);
  CHECK(written["counts"]["finds"] == 2);
  CHECK(written["counts"]["shed"]["blocks_unjudged"] == 11);
  CHECK(written["counts"]["shed"]["blocks_of_fewer_octaves"] == 12);
  CHECK(written["counts"]["shed"]["octaves_left_out"] == 13);
  CHECK(written["counts"]["shed"]["blocks_skipped"] == 14);
  CHECK(written["counts"]["shed"]["samples_skipped"] == 15);
  CHECK(written["networks"] == json::array({{{"kind", "detector"},
                                             {"file", "d.pt"},
                                             {"name", "d"},
                                             {"version", "1"},
                                             {"sha256", "ab"}}}));
  CHECK(written["observation"]["start_utc"] == "2018-04-17T13:18:31.123456789Z");
  CHECK(written["observation"]["backend"].is_null());
  CHECK(written["backend"] == "cpu");
  CHECK(written["backend_reason"] == "no device");
  CHECK(written["topic"]["published"] == 5);
  CHECK(written["files"][1]["reason"] == "b.fil: byte 0: found 'x', expected 'y'");
  CHECK(written["files"][0]["reason"].is_null());
  CHECK(written["files"][0]["beam"] == 7);
  CHECK(written["files"][1]["beam"].is_null());
  REQUIRE(written["beams"].size() == 2);
  CHECK(written["beams"][1]["beam"] == 7);
  CHECK(written["beams"][1]["status"] == "complete");
  CHECK(written["beams"][1]["reason"].is_null());
  CHECK(written["beams"][1]["counts"]["events"] == 2);
  CHECK(written["beams"][1]["counts"]["candidates"] == 3);
  CHECK(written["beams"][1]["ledger"]["expected"] == 4);
  CHECK(written["beams"][1]["ledger"]["balanced"] == false);
  CHECK(written["beams"][1]["data_s"] == 60.0);
  CHECK(written["counts"]["interference"] == 2);
  CHECK(written["counts"]["told_with_another"] == 12);
  CHECK(written["warnings"][0] == "a.fil: odd");
  CHECK(written["versions"]["libzmq"] == "4.3.4");

  summary.counts.ledger.expect(1);
  CHECK(json::parse(summary_json(summary))["ledger"]["balanced"] == false);
}

TEST_CASE("the summary file always holds the last state", "[publishers][summary]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("summary.json");
  RunSummary summary;
  write_summary(path, summary);
  CHECK(json::parse(std::ifstream{path})["status"] == "running");
  summary.status = "complete";
  write_summary(path, summary);
  CHECK(json::parse(std::ifstream{path})["status"] == "complete");
}

TEST_CASE("the peak of memory covers what was touched", "[publishers][summary]") {
  constexpr std::size_t bytes = 64 << 20;
  const std::vector<char> touched(bytes, 'x');
  CHECK(touched[bytes / 2] == 'x');
  CHECK(peak_memory_bytes() > bytes);
}

TEST_CASE("memory of one's own is what was touched, but no mapped file", "[publishers][summary]") {
  if (test::sanitized) return;
  constexpr std::size_t bytes = 64 << 20;
  const std::uint64_t before = own_memory_bytes();
  if (before == 0) return;  // a system that does not tell
  const std::vector<char> touched(bytes, 'x');
  CHECK(touched[bytes / 2] == 'x');
  CHECK(own_memory_bytes() >= before + bytes);
  CHECK(own_memory_bytes() < before + bytes + bytes / 4);
}
