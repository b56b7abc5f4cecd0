// draftstream plan: what a search would do, and how well, before it is run.
#include <fmt/format.h>

#include <bit>
#include <memory>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/networks.hpp"
#include "app/search_plan.hpp"
#include "engine/search_limits.hpp"
#include "replay/recording.hpp"
#include "training/burst.hpp"

namespace draftstream {
namespace {

struct Arguments {
  std::vector<std::string> files;
  // Texts, so that what is wrong with one is said as for every other argument.
  std::string band, nchans, tsamp, nbits, dm, tolerance, shift, threads;
  bool no_cutouts = false;
  bool no_networks = false;
  bool json = false;
};

PlannedBand band_of_files(const std::vector<std::string>& files) {
  const auto recording = files.size() == 1 ? open_recording(files.front()) : open_recordings(files);
  const Observation& seen = recording->observation();
  return {files.front(), seen};
}

PlannedBand band_of_arguments(const Arguments& arguments) {
  if (arguments.band.empty() || arguments.nchans.empty() || arguments.tsamp.empty()) {
    throw UsageError("plan: without a FILE, --band, --nchans and --tsamp are required");
  }
  const auto edges = parse_argument<Band>(
      "--band", arguments.band, [](const auto& text) { return parse_band(text, ':', "band"); });
  const auto channels = parse_argument<std::size_t>(
      "--nchans", arguments.nchans,
      [](const auto& text) { return parse_count(text, 1, most_searched_channels); });
  const auto tsamp = parse_argument<Seconds>("--tsamp", arguments.tsamp, [](const auto& text) {
    return Seconds{parse_number(text, 1e-9, 1e3)};
  });
  const auto bits = parse_argument(
      "--nbits", arguments.nbits,
      [](const auto& text) {
        const auto count = static_cast<int>(parse_count(text, 1, 32));
        if (std::popcount(static_cast<unsigned>(count)) == 1) return count;
        throw BadValue(text, "1, 2, 4, 8, 16 or 32");
      },
      8);
  const Megahertz step = (1.0 / static_cast<double>(channels)) * (edges.bottom - edges.top);
  PlannedBand band;
  band.observation.frequency = FrequencyAxis{edges.top + 0.5 * step, step, channels};
  band.observation.time.sample_time = tsamp;
  band.observation.format = {bits, false, bits == 32};
  return band;
}

SearchConfig config_of(const Arguments& arguments) {
  SearchConfig config;
  if (!arguments.dm.empty()) {
    const auto [low, high] =
        parse_argument<std::pair<double, double>>("--dm", arguments.dm, [](const auto& text) {
          const auto pair = parse_pair(text, 0.0, 1e5);
          if (pair.first > pair.second) throw BadValue(text, "the smaller one first");
          return pair;
        });
    config.dm_min = DispersionMeasure{low};
    config.dm_max = DispersionMeasure{high};
  }
  config.dm_tolerance = parse_argument(
      "--dm-tolerance", arguments.tolerance,
      [](const auto& text) { return parse_number(text, 1.01, 2.0); }, config.dm_tolerance);
  config.octave_shift = parse_argument(
      "--octave-shift", arguments.shift, [](const auto& text) { return parse_count(text, 0, 10); },
      config.octave_shift);
  config.threads = parse_argument<unsigned>(
      "--threads", arguments.threads, [](const auto& text) { return parse_count(text, 0, 1024); });
  return config;
}

// Those that are shipped would judge.
bool networks_of(const Arguments& arguments) {
  Settings settings;
  settings.networks = !arguments.no_networks;
  return shipped_networks(settings).why_none.empty();
}

int run(const Arguments& arguments) {
  const SearchConfig config = config_of(arguments);
  const bool has_files = !arguments.files.empty();
  if (has_files &&
      !(arguments.band + arguments.nchans + arguments.tsamp + arguments.nbits).empty()) {
    throw UsageError(
        "plan: found FILE and one of --band, --nchans, --tsamp, --nbits, expected either");
  }
  const PlannedBand band =
      has_files ? band_of_files(arguments.files) : band_of_arguments(arguments);
  try {
    const SearchPlan plan =
        plan_search(band, config, {!arguments.no_cutouts, networks_of(arguments)});
    fmt::print("{}\n", arguments.json ? plan_json(plan) : plan_text(plan));
  } catch (const ConfigError& error) {
    if (has_files) throw ConfigError(fmt::format("{}: {}", band.name, error.what()));
    throw UsageError(fmt::format("plan: {}", error.what()));  // every option is an argument
  }
  return number(ExitStatus::done);
}

}  // namespace

Command add_plan_command(CLI::App& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "plan", "Trials, additions, memory and S/N kept by a search by trees, before it is run");
  const auto option = [&](const char* flag, std::string& text, const char* value,
                          const char* help) {
    parser->add_option(flag, text, help)->type_name(value);
  };
  parser
      ->add_option("FILE", arguments->files,
                   "Recordings; several that continue each other are one observation. Or:")
      ->type_name("");
  option("--band", arguments->band, "TOP_MHZ:BOTTOM_MHZ", "Outer edges of a band");
  option("--nchans", arguments->nchans, "N", "Channels of the band");
  option("--tsamp", arguments->tsamp, "SECONDS", "Time of a sample");
  option("--nbits", arguments->nbits, "B", "Bits of a sample (default 8)");
  option("--dm", arguments->dm, "MIN:MAX",
         "Dispersion measures searched [pc cm^-3] (default 0:2000)");
  option("--dm-tolerance", arguments->tolerance, "FACTOR",
         "Smearing between two trials, relative to that of a trial itself (default 1.25)");
  option("--octave-shift", arguments->shift, "SH",
         "Time resolution is halved SH octaves of DM later than the smearing inside a channel "
         "would allow (default 2)");
  option("--threads", arguments->threads, "N",
         "Of the search, for its memory; 0 = one a core (default 0)");
  parser->add_flag("--no-cutouts", arguments->no_cutouts, "As replay --no-cutouts, for its memory");
  parser->add_flag("--no-networks", arguments->no_networks,
                   "As replay --no-networks, for its memory");
  parser->add_flag("--json", arguments->json, "As a JSON object");
  return {parser, [arguments] { return run(*arguments); }};
}

}  // namespace draftstream
