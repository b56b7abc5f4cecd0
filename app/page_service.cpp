#include "app/page_service.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <utility>

#include "app/model_files.hpp"
#include "app/run_metrics.hpp"
#include "app/run_state.hpp"
#include "publishers/gateways/gateway_json.hpp"
#include "publishers/iso8601.hpp"

namespace draftstream {
namespace {

using Json = ControlJson;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_looks{250};

Json stages_json(const std::vector<StageHealth>& stages) {
  Json json = Json::array();
  for (const StageHealth& stage : stages) {
    json.push_back({{"stage", stage.name},
                    {"holds_work", stage.holds_work},
                    {"steps", stage.steps},
                    {"without_step_s", std::chrono::duration<double>{stage.without_step}.count()}});
  }
  return json;
}

// Bounds and counts, so that whoever reads it can tell any part of them.
Json distribution_json(const Distribution& values) {
  return {{"bounds", values.bounds},
          {"counts", values.counts},
          {"sum", values.sum},
          {"count", values.total()}};
}

}  // namespace

std::string names_of(const RunNetworks& networks) {
  std::string names;
  for (const NetworkSummary& network : summarise_networks(networks)) {
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", network.name, network.version);
  }
  return names;
}

PageService::PageService(const Settings& settings, RunMonitor& monitor, const Announcer& announcer,
                         PageProcess process)
    : monitor_{monitor}, announcer_{announcer}, process_{std::move(process)} {
  if (settings.http.empty()) return;
  PageOptions options;
  const bool has_token = !settings.http_token_file.empty();
  options.endpoint = page_endpoint(settings.http, has_token);
  if (has_token) options.token = page_token(settings.http_token_file);
  options.files = page_folder();
  const bool has_page = std::filesystem::exists(options.files / "index.html");
  server_ = std::make_unique<PageServer>(std::move(options), sources());
  spdlog::info("page at {}{}{}", server_->url(),
               has_token ? fmt::format("?token=... as in {}", settings.http_token_file) : "",
               has_page ? "" : " (figures and data only: the page was left out of this build)");
}

PageSources PageService::sources() {
  PageSources sources;
  sources.metrics = [this](const PageCounts& page) { return metrics(page); };
  sources.state = [this](const PageCounts& page) { return state(page); };
  sources.last_seq = [this] { return announcer_.last_seq(); };
  sources.journal = announcer_.journal_file();
  sources.draw = [this](const std::filesystem::path& store, std::size_t row,
                        const std::string& event_id, const std::string& kind) {
    return drawer_.draw(store, row, event_id, kind);
  };
  sources.waterfall = [this] { return waterfall(); };
  return sources;
}

std::string PageService::metrics(const PageCounts& page) const {
  ProcessReport report;
  report.runs = monitor_.reports();
  report.events = announcer_.event_counts();
  if (announcer_.topic() != nullptr) report.topic = announcer_.topic()->counts();
  report.gateways = announcer_.gateway_counts();
  report.stages = monitor_.stages().health(Clock::now());
  report.page = page;
  if (report.runs.now) report.rate = process_.rate(*report.runs.now);
  report.models = process_.models;
  return metrics_text(report);
}

std::string PageService::state(const PageCounts& page) const {
  const auto run = monitor_.report();
  Json json;
  add_process_state(process_.source, process_.stuck(), run.has_value(), json);
  json["models"] = process_.models;
  json["time_utc"] = format_iso8601(utc_now());
  json["journal"] = announcer_.journal_id();
  json["last_seq"] = announcer_.last_seq();
  json["stages"] = stages_json(monitor_.stages().health(Clock::now()));
  const EventCounts events = announcer_.event_counts();
  json["candidates"] = events.by_label;
  json["latency_s"] = distribution_json(events.latency);
  json["prompt_latency_s"] = distribution_json(events.prompt_latency);
  json["gateways"] = gateways_json(announcer_.gateway_counts());
  json["page"] = {{"streams", page.streams}, {"streams_dropped", page.streams_dropped}};
  json["observation"] = run ? observation_json(*run, process_.rate(*run)) : Json();
  json["injection_recall"] = Json();
  if (run && run->injections && run->injections->recall) {
    json["injection_recall"] = {{"last", run->injections->last},
                                {"recall", *run->injections->recall}};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The same for all who ask at about the same time.
std::optional<WaterfallPicture> PageService::waterfall() {
  const std::lock_guard lock{waterfall_mutex_};
  const auto now = Clock::now();
  if (!waterfall_ || now - waterfall_made_ >= between_looks) {
    waterfall_ = monitor_.waterfall();
    waterfall_made_ = now;
  }
  return waterfall_;
}

}  // namespace draftstream
