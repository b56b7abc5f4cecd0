// draftstream live: searches a stream while it comes.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/announcer.hpp"
#include "app/back_end.hpp"
#include "app/beam_feed.hpp"
#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/interrupt.hpp"
#include "app/live_folders.hpp"
#include "app/live_notes.hpp"
#include "app/live_operation.hpp"
#include "app/live_settings.hpp"
#include "app/log.hpp"
#include "app/networks.hpp"
#include "app/page_service.hpp"
#include "app/wire.hpp"
#include "ingest/errors.hpp"
#include "ingest/live/open_live_source.hpp"
#include "publishers/summary.hpp"

namespace draftstream {
namespace {

// Of recordings alone.
constexpr std::string_view not_of_live[] = {"--beam", "--speed", "--resume"};

Settings live_defaults() {
  Settings settings;
  settings.topic.endpoints = {"tcp://127.0.0.1:5555"};
  return settings;
}

// Input that this observation brought, or a configuration that it forbids: another may be better.
bool is_of_observation(const std::exception_ptr& error) {
  const ExitStatus status = status_of(error);
  return status == ExitStatus::bad_data || status == ExitStatus::bad_configuration;
}

RunResult search_observation(LiveSource& source, const std::vector<Observation>& observed,
                             const std::string& url, LiveSettings& settings,
                             const OutputFolder& folder, Announcer& announcer, Interrupt& interrupt,
                             const RunNetworks& networks, const LiveNotes& notes,
                             RunMonitor& monitor) {
  std::vector<BeamInput> beams;
  for (auto& feed : make_live_feeds(source, observed, [&notes] { return notes.warnings(); })) {
    auto mask = settings.mask(feed->observation().frequency);
    beams.push_back({std::move(feed), std::move(mask)});
  }
  RunKind kind;
  kind.command = "live";
  kind.source = url;
  kind.tense = AlertTense::current;
  kind.others_follow = true;
  kind.prompt_alerts = settings.current().prompt_alerts;
  kind.packets = [&source] { return source.packets(); };
  return run_search(beams, settings.current(), folder, announcer, interrupt, networks, kind,
                    &monitor);
}

// @param fatal  What the run failed by; null if it did not. Thrown once subscribers know.
void end(Announcer& announcer, StatusReport last, const std::exception_ptr& fatal) {
  if (fatal == nullptr) return announcer.end(last);
  last.result = "failed";
  last.reason = sentence_of(fatal);
  try {
    announcer.end(last);
  } catch (const std::exception& fault) {
    spdlog::error("{}", fault.what());
  }
  std::rethrow_exception(fatal);
}

int run(const std::string& url, const LiveSettings::Read& read) {
  try {
    check_live_url(url);
  } catch (const ConfigError& error) {
    throw UsageError(fmt::format("live: {}", error.what()));
  }
  Settings settings = read();
  start_log(settings.quiet);
  Interrupt interrupt{hangup_of_live()};  // before any other thread
  take_back_end(settings);
  LiveSettings changing{settings, read};
  const RunNetworks networks = load_networks(settings);
  LiveNotes notes;
  LiveOptions options = notes.options();
  options.socket = take_stream_socket();
  const auto source = open_live_source(url, std::move(options));
  LiveFolders folders{settings.folder.empty() ? default_live_folder()
                                              : std::filesystem::path{settings.folder}};
  Announcer announcer{folders.top().journal(), Existing::append, settings};
  log_networks(networks);
  LiveOperation operation{interrupt, changing, url, announcer};
  const PageService page{
      settings,
      operation.monitor(),
      announcer,
      {url, names_of(networks), [&](const RunReport&) { return operation.rate(); },
       [&] { return operation.stuck(); }}};
  operation.ready();

  std::exception_ptr failed;  // the first observation that did
  std::exception_ptr fatal;
  StatusReport last;  // of the last observation
  while (interrupt.signal() == 0) {
    interrupt.on_signal([&source] { source->stop(); });
    notes.clear();
    std::exception_ptr error;
    try {
      const std::vector<Observation> observed = source->next_beams();
      if (observed.empty()) break;
      const RunResult result =
          search_observation(*source, observed, url, changing, folders.next(), announcer, interrupt,
                             networks, notes, operation.monitor());
      last = status_report(result.summary);
      if (settings.json) fmt::print("{}\n", summary_json(result.summary));
      error = result.error;
    } catch (...) {
      error = std::current_exception();
    }
    if (error == nullptr) continue;
    if (!is_of_observation(error)) {
      fatal = error;
      break;
    }
    spdlog::error("{}", sentence_of(error));
    if (failed == nullptr) failed = error;
  }
  interrupt.on_signal({});
  end(announcer, last, fatal);
  if (interrupt.signal() != 0) return status_of_signal(interrupt.signal());
  if (failed != nullptr) std::rethrow_exception(failed);
  return number(ExitStatus::done);
}

}  // namespace

Command add_live_command(CLI::App& program) {
  struct Arguments {
    std::string url;
    SharedOptions shared;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "live",
      "Search a stream while it comes: -, file:PATH, fifo:PATH, tcp://HOST:PORT or "
      "tcp+listen://ADDRESS:PORT, a SIGPROC header, then samples; dada:KEY, a PSRDADA ring; or "
      "udp+chime, udp+spead, udp+fast, udp+pbeam or udp+counter ://[IFACE@]ADDRESS:PORT, packets");
  parser->add_option("URL", arguments->url, "Where the stream is")->type_name("")->required();
  arguments->shared.add_to(*parser, live_defaults(), not_of_live);
  return {parser, [arguments] {
            return run(arguments->url, [arguments] { return arguments->shared.settings(); });
          }};
}

}  // namespace draftstream
