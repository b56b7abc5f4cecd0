// draftstream replay: searches recordings.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
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
#include "app/log.hpp"
#include "app/mask_file.hpp"
#include "app/networks.hpp"
#include "app/output_folder.hpp"
#include "app/page_service.hpp"
#include "app/run_monitor.hpp"
#include "app/wire.hpp"
#include "publishers/journal/earlier_journal.hpp"
#include "publishers/summary.hpp"
#include "replay/beams.hpp"
#include "replay/recording.hpp"

namespace draftstream {
namespace {

// Of a live run alone.
constexpr std::string_view not_of_replay[] = {"--control", "--drain-s", "--no-prompt-alerts"};

// Files given by themselves, then those whose beam was told.
std::vector<BeamFile> all_files(const std::vector<std::string>& untold, const Settings& settings) {
  std::vector<BeamFile> files;
  files.reserve(untold.size() + settings.beam_files.size());
  for (const std::string& path : untold) files.push_back({path, std::nullopt});
  files.insert(files.end(), settings.beam_files.begin(), settings.beam_files.end());
  if (files.empty()) {
    throw UsageError("replay: found no recording, expected FILE... or --beam N:FILE; see --help");
  }
  return files;
}

constexpr std::chrono::seconds long_time{30};  // for a stage to hold work and finish no step

// Nobody else looks after the stages of a replay.
PageProcess process_of(const RunNetworks& networks, RunMonitor& monitor) {
  const auto rate = [](const RunReport& run) {
    return run.elapsed_s > 0.0 ? run.data_s / run.elapsed_s : 0.0;
  };
  const auto stuck = [&monitor] {
    return monitor.stages().look(StageWatch::Clock::now(), long_time);
  };
  return {"", names_of(networks), rate, stuck};
}

int run(const std::vector<std::string>& untold, Settings settings) {
  start_log(settings.quiet);
  Interrupt interrupt;  // before any other thread
  take_back_end(settings);
  const std::vector<BeamFile> files = all_files(untold, settings);
  const RunNetworks networks = load_networks(settings);
  std::vector<BeamInput> beams;
  RunKind kind;
  for (auto& recording : open_beams(files, {}, &kind.refused)) {
    auto mask = read_mask_file(settings.mask_file, recording->observation().frequency);
    auto feed = make_recording_feed(std::move(recording), settings.speed.value_or(0.0));
    beams.push_back({std::move(feed), std::move(mask)});
  }
  const OutputFolder folder{settings.folder.empty() ? default_folder(files.front().path)
                                                    : std::filesystem::path{settings.folder}};
  if (folder.replaces()) {
    spdlog::info("replacing the results of an earlier run in {}", folder.path().string());
  }
  log_networks(networks);
  for (const BeamInput& beam : beams) {
    for (const std::string& warning : beam.feed->warnings()) spdlog::warn("{}", warning);
  }
  for (const RefusedFile& refused : kind.refused) {
    spdlog::error("left out: {}", sentence_of(refused.error));
  }
  EarlierJournal earlier{folder.journal()};  // in its place again if what follows is refused
  Announcer announcer{folder.journal(), Existing::replace, settings};
  RunMonitor monitor;
  const PageService page{settings, monitor, announcer, process_of(networks, monitor)};
  earlier.forget();
  const bool is_watched = !settings.http.empty();
  const RunResult result = run_search(beams, settings, folder, announcer, interrupt, networks, kind,
                                      is_watched ? &monitor : nullptr);
  if (settings.json) fmt::print("{}\n", summary_json(result.summary));
  if (result.error != nullptr) std::rethrow_exception(result.error);
  return result.signal != 0 ? status_of_signal(result.signal) : number(ExitStatus::done);
}

}  // namespace

Command add_replay_command(CLI::App& program) {
  struct Arguments {
    std::vector<std::string> files;
    SharedOptions shared;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "replay",
      "Search recordings; several files that continue each other are one observation, those of "
      "several beams are searched side by side");
  parser->add_option("FILE", arguments->files, "Recordings, SIGPROC or PSRFITS")->type_name("");
  arguments->shared.add_to(*parser, {}, not_of_replay);
  return {parser, [arguments] { return run(arguments->files, arguments->shared.settings()); }};
}

}  // namespace draftstream
