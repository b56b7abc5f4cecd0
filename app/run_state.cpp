#include "app/run_state.hpp"

#include <optional>

#include "app/version.hpp"
#include "publishers/run_tallies.hpp"

namespace draftstream {
namespace {

using Json = ControlJson;

Json optional_json(const auto& value) {
  return value ? Json(*value) : Json();
}

Json ledger_json(const Ledger& ledger) {
  Json json{{"expected", ledger.expected()}};
  for (std::size_t i = 0; i < fates; ++i) {
    const auto fate = static_cast<Fate>(i);
    json[std::string{name(fate)}] = ledger[fate];
  }
  return json;
}

// How a beam keeps up; null where its stream waits for it.
Json overload_json(const BeamReport& beam) {
  if (!beam.overload) return nullptr;
  const ShedCounts& shed = beam.counts.shed;
  return {{"level", beam.overload->level},
          {"left_out", beam.overload->left_out},
          {"blocks_unjudged", shed.blocks_unjudged},
          {"blocks_of_fewer_octaves", shed.blocks_of_fewer_octaves},
          {"octaves_left_out", shed.octaves_left_out},
          {"blocks_skipped", shed.blocks_skipped},
          {"samples_skipped", shed.samples_skipped}};
}

Json dumps_json(const RunReport& run) {
  if (!run.dumps) return nullptr;
  Json json = tally_json(run.dumps);
  json["requested"] = Json::array();
  for (const RequestedDump& dump : run.requested_dumps) {
    json["requested"].push_back({{"uri", dump.product.uri},
                                 {"beam", optional_json(run.beams[dump.beam].beam)},
                                 {"first_sample", dump.wanted.first},
                                 {"end_sample", dump.wanted.end},
                                 {"status", dump.product.status},
                                 {"bytes", optional_json(dump.product.bytes)},
                                 {"reason", optional_json(dump.product.reason)}});
  }
  return json;
}

}  // namespace

void add_process_state(const std::string& source, const std::vector<std::string>& stuck,
                       bool searching, Json& json) {
  json["version"] = version;
  json["commit"] = commit.empty() ? Json() : Json(commit);
  json["source"] = source;
  json["state"] = searching ? "searching" : "waiting";
  json["stuck"] = stuck;
}

Json observation_json(const RunReport& run, double rate) {
  const auto overload = run.overload();
  Json json{{"obs_id", run.obs_id},
            {"folder", run.folder},
            {"data_s", run.data_s},
            {"elapsed_s", run.elapsed_s},
            {"x_real_time", rate},
            {"lag_s", run.lag_s()},
            {"at_real_time", overload ? Json(overload->level == 0) : Json()},
            {"events", run.events},
            {"threshold_snr", run.threshold_snr},
            {"lost_samples", lost_samples(run.ledger())},
            {"ledger", ledger_json(run.ledger())}};
  json["beams"] = Json::array();
  for (const BeamReport& beam : run.beams) {
    json["beams"].push_back({{"beam", optional_json(beam.beam)},
                             {"samples_received", beam.samples_received},
                             {"samples_searched", beam.samples_searched},
                             {"lag_s", beam.lag_s},
                             {"ledger", ledger_json(beam.counts.ledger)},
                             {"overload", overload_json(beam)}});
  }
  json["dumps"] = dumps_json(run);
  json["plots"] = tally_json(run.plots);
  json["injections"] = tally_json(run.injections);
  json["prompt_alerts"] = tally_json(run.alerts);
  json["topic"] = nullptr;
  if (run.topic) {
    json["topic"] = {{"published", run.topic->published},
                     {"dropped_queue", run.topic->dropped_queue},
                     {"stalls", run.topic->stalls},
                     {"replay_requests", run.topic->replay_requests},
                     {"refused_keys", run.topic->refused_keys},
                     {"subscribers", run.topic->subscribers}};
  }
  return json;
}

}  // namespace draftstream
