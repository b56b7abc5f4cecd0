#include "app/control_requests.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/exit_status.hpp"
#include "app/version.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* known_ops = "status, threshold, mask or shutdown";

// A request that cannot be carried out; its text is the answer's.
UsageError refused(const std::string& field, const std::string& found,
                   const std::string& expected) {
  return UsageError{fmt::format("{}: found {}, expected {}", field, found, expected)};
}

std::string shown(const Json& value) {
  constexpr std::size_t most = 40;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > most) text = text.substr(0, most) + "...";
  return text;
}

Json parsed(std::string_view request) {
  Json json = Json::parse(request, nullptr, false);
  if (!json.is_object()) {
    throw refused("request", json.is_discarded() ? "no JSON" : shown(json),
                  "an object such as {\"op\":\"status\"}, in one frame");
  }
  return json;
}

void check_fields(const Json& request, std::initializer_list<std::string_view> known) {
  for (const auto& [field, value] : request.items()) {
    if (field == "op" || std::ranges::find(known, field) != known.end()) continue;
    throw refused(fmt::format("field '{}'", field), shown(value),
                  known.size() == 0 ? std::string{"none but 'op'"}
                                    : fmt::format("none but 'op', {}", fmt::join(known, ", ")));
  }
}

std::string text_of(const Json& request, const char* field) {
  if (!request.contains(field)) return "";
  if (!request[field].is_string()) {
    throw refused(field, shown(request[field]), "channels as in a mask file, \"12 20-30\"");
  }
  return request[field].get<std::string>();
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
    json["beams"].push_back({{"beam", beam.beam ? Json(*beam.beam) : Json()},
                             {"samples_received", beam.samples_received},
                             {"samples_searched", beam.samples_searched},
                             {"lag_s", beam.lag_s},
                             {"ledger", ledger_json(beam.counts.ledger)},
                             {"overload", overload_json(beam)}});
  }
  json["topic"] = nullptr;
  if (run.topic) {
    json["topic"] = {{"published", run.topic->published},
                     {"dropped_queue", run.topic->dropped_queue},
                     {"stalls", run.topic->stalls},
                     {"replay_requests", run.topic->replay_requests},
                     {"subscribers", run.topic->subscribers}};
  }
  return json;
}

}  // namespace

ControlRequests::ControlRequests(const RunMonitor& monitor, const LiveService& service,
                                 LiveSettings& settings, std::string source,
                                 std::function<void()> end)
    : monitor_{monitor},
      service_{service},
      settings_{settings},
      source_{std::move(source)},
      end_{std::move(end)} {}

std::string ControlRequests::answer(std::string_view text) {
  Json answer{{"ok", true}, {"op", nullptr}};
  try {
    const Json request = parsed(text);
    const Json op = request.value("op", Json());
    answer["op"] = op;
    if (op == "status") {
      check_fields(request, {});
      const auto run = monitor_.report();
      answer["version"] = version;
      answer["commit"] = commit.empty() ? Json() : Json(commit);
      answer["source"] = source_;
      answer["state"] = run ? "searching" : "waiting";
      answer["stuck"] = service_.stuck();
      answer["next_threshold_snr"] = settings_.current().search.threshold_snr;
      answer["observation"] = run ? observation_json(*run, service_.rate()) : Json();
    } else if (op == "threshold") {
      check_fields(request, {"snr"});
      const Json snr = request.value("snr", Json());
      if (!snr.is_number()) throw refused("snr", shown(snr), "a number from 3 to 1e+06");
      settings_.set_threshold(snr.get<double>());
      answer["from"] = "next observation";
      spdlog::info("control: threshold {} from the next observation on", snr.get<double>());
    } else if (op == "mask") {
      check_fields(request, {"add", "remove"});
      const std::string add = text_of(request, "add");
      const std::string remove = text_of(request, "remove");
      if (add.empty() && remove.empty()) throw refused("mask", "neither", "'add' or 'remove'");
      answer["masked_channels"] = settings_.change_mask(add, remove);
      answer["from"] = "next observation";
      spdlog::info("control: mask adds '{}', removes '{}' from the next observation on", add,
                   remove);
    } else if (op == "shutdown") {
      check_fields(request, {});
      spdlog::info("control: shutdown");
      end_();
    } else {
      throw refused("op", shown(op), known_ops);
    }
  } catch (const std::exception& error) {
    answer = {{"ok", false}, {"op", answer["op"]}, {"error", error.what()}};
  }
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace draftstream
