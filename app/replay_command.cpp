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
#include <string>
#include <system_error>
#include <vector>

#include "app/back_end.hpp"
#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/interrupt.hpp"
#include "app/log.hpp"
#include "app/output_folder.hpp"
#include "app/wire.hpp"
#include "engine/channel_mask.hpp"
#include "ingest/errors.hpp"
#include "publishers/summary.hpp"
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

int run(const std::vector<std::string>& files, Settings settings) {
  start_log(settings.quiet);
  Interrupt interrupt;  // before any other thread
  const ChosenBackEnd chosen = choose_back_end(settings);
  settings.search.backend = chosen.back_end;
  if (chosen.back_end == BackEnd::cuda) spdlog::info("summing on {}", chosen.reason);
  const auto recording = files.size() == 1 ? open_recording(files.front()) : open_recordings(files);
  if (!settings.mask_file.empty()) {
    settings.search.condition.masked_channels =
        read_mask(settings.mask_file, recording->observation().frequency);
  }
  const OutputFolder folder{settings.folder.empty() ? default_folder(files.front())
                                                    : std::filesystem::path{settings.folder}};
  if (folder.replaces()) {
    spdlog::info("replacing the results of an earlier run in {}", folder.path().string());
  }
  const RunResult result = run_replay(*recording, settings, folder, interrupt);
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
      "replay", "Search recordings; several files that continue each other are one observation");
  parser->add_option("FILE", arguments->files, "Recordings, SIGPROC or PSRFITS")
      ->required()
      ->type_name("");
  arguments->shared.add_to(*parser);
  return {parser, [arguments] { return run(arguments->files, arguments->shared.settings()); }};
}

}  // namespace draftstream
