// draftstream replay: searches recordings.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "app/back_end.hpp"
#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/interrupt.hpp"
#include "app/log.hpp"
#include "app/networks.hpp"
#include "app/output_folder.hpp"
#include "app/wire.hpp"
#include "engine/channel_mask.hpp"
#include "ingest/errors.hpp"
#include "publishers/summary.hpp"
#include "replay/beams.hpp"
#include "replay/recording.hpp"

namespace draftstream {
namespace {

std::vector<bool> read_mask(const std::string& path, const FrequencyAxis& frequency) {
  std::ifstream file{path};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file.is_open() || file.bad()) {
    throw MissingInput(
        fmt::format("{}: cannot be read: {}", path, std::generic_category().message(errno)));
  }
  try {
    return parse_channel_mask(text, frequency);
  } catch (const InputError& error) {
    throw error.in_file(path);
  }
}

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

int run(const std::vector<std::string>& untold, Settings settings) {
  start_log(settings.quiet);
  Interrupt interrupt;  // before any other thread
  const ChosenBackEnd chosen = choose_back_end(settings);
  settings.search.backend = chosen.back_end;
  if (chosen.back_end == BackEnd::cuda) spdlog::info("summing on {}", chosen.reason);
  const std::vector<BeamFile> files = all_files(untold, settings);
  const RunNetworks networks = load_networks(settings);
  std::vector<BeamInput> beams;
  for (auto& recording : open_beams(files)) {
    beams.push_back({std::move(recording), {}});
    if (settings.mask_file.empty()) continue;
    beams.back().masked_channels =
        read_mask(settings.mask_file, beams.back().recording->observation().frequency);
  }
  const OutputFolder folder{settings.folder.empty() ? default_folder(files.front().path)
                                                    : std::filesystem::path{settings.folder}};
  if (folder.replaces()) {
    spdlog::info("replacing the results of an earlier run in {}", folder.path().string());
  }
  log_networks(networks);
  const RunResult result = run_replay(beams, settings, folder, interrupt, networks);
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
  arguments->shared.add_to(*parser);
  return {parser, [arguments] { return run(arguments->files, arguments->shared.settings()); }};
}

}  // namespace draftstream
