// draftstream simulate: a sky with bursts, noise and interference, and the truth about it.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "app/log.hpp"
#include "app/progress.hpp"
#include "training/inject.hpp"
#include "training/sky.hpp"

namespace draftstream {
namespace {

struct Arguments {
  std::string out;
  std::vector<std::string> bursts, background;
  // Texts, so that what is wrong with one is said as for every other argument.
  std::string nchans, band, tsamp, duration, nbits, seed, random_bursts, rfi, rfi_seed, beam,
      threads;
  bool quiet = false;
};

SkyOptions sky_options(const Arguments& arguments) {
  SkyOptions sky;
  sky.nchans = parse_argument(
      "--nchans", arguments.nchans,
      [](const auto& text) { return parse_count(text, 1, std::size_t{1} << 20); }, sky.nchans);
  sky.band = parse_argument(
      "--band", arguments.band, [](const auto& text) { return parse_band(text, ':', "band"); },
      sky.band);
  sky.tsamp = parse_argument(
      "--tsamp", arguments.tsamp,
      [](const auto& text) { return Seconds{parse_number(text, 1e-9, 1e3)}; }, sky.tsamp);
  sky.duration = parse_argument(
      "--duration", arguments.duration,
      [](const auto& text) { return Seconds{parse_number(text, 1e-9, 1e9)}; }, sky.duration);
  sky.nbits = parse_argument(
      "--nbits", arguments.nbits, [](const auto& text) { return parse_count(text, 1, 32); },
      sky.nbits);
  sky.seed = parse_argument(
      "--seed", arguments.seed, [](const auto& text) { return parse_count(text, 0, UINT64_MAX); },
      sky.seed);
  sky.random_bursts.count = parse_argument(
      "--bursts", arguments.random_bursts,
      [](const auto& text) { return parse_count(text, 0, 1000000); }, sky.random_bursts.count);
  sky.interference = parse_argument(
      "--rfi", arguments.rfi, [](const auto& text) { return parse_interference(text); },
      sky.interference);
  sky.interference_seed = parse_argument(
      "--rfi-seed", arguments.rfi_seed,
      [](const auto& text) { return std::optional{parse_count(text, 0, UINT64_MAX)}; },
      sky.interference_seed);
  sky.beam = parse_argument(
      "--beam", arguments.beam,
      [](const auto& text) { return std::optional{static_cast<int>(parse_count(text, 0, 99999))}; },
      sky.beam);
  for (const auto& burst : arguments.bursts) {
    sky.bursts.push_back(parse_argument<Burst>("--burst", burst,
                                               [](const auto& text) { return parse_burst(text); }));
  }
  return sky;
}

// What a recording that bursts are added to decides by itself.
void check_background(const Arguments& arguments) {
  const std::pair<const char*, const std::string&> decided[] = {
      {"--nchans", arguments.nchans},     {"--band", arguments.band},
      {"--tsamp", arguments.tsamp},       {"--duration", arguments.duration},
      {"--nbits", arguments.nbits},       {"--rfi", arguments.rfi},
      {"--rfi-seed", arguments.rfi_seed}, {"--beam", arguments.beam},
      {"--threads", arguments.threads},
  };
  for (const auto& [flag, text] : decided) {
    if (text.empty()) continue;
    throw UsageError(fmt::format(
        "simulate: found --background and {}, expected only --burst, --bursts and --seed beside a "
        "recording, which decides the rest",
        flag));
  }
}

Truth make_sky(const Arguments& arguments, const SkyOptions& options, Progress& progress) {
  const auto threads = parse_argument<unsigned>(
      "--threads", arguments.threads, [](const auto& text) { return parse_count(text, 0, 1024); });
  const double tsamp = options.tsamp.value();
  return simulate(options, arguments.out, threads, [&](std::uint64_t done, std::uint64_t all) {
    progress.show({static_cast<double>(done) * tsamp, static_cast<double>(all) * tsamp, {}});
  });
}

Truth add_to_background(const Arguments& arguments, const SkyOptions& options, Progress& progress) {
  check_background(arguments);
  Truth truth = inject({options.bursts, options.random_bursts, options.seed}, arguments.background,
                       arguments.out, [&](Seconds done, Seconds all) {
                         progress.show({done.value(), all.value(), {}});
                       });
  if (truth.clipped > 0) {
    spdlog::warn("{}: {} values were clipped: a burst is brighter than {}-bit samples hold",
                 arguments.out, truth.clipped, truth.nbits);
  }
  return truth;
}

int run(const Arguments& arguments) {
  start_log(arguments.quiet);
  const SkyOptions options = sky_options(arguments);
  Progress progress{arguments.quiet};
  try {
    const Truth truth = arguments.background.empty()
                            ? make_sky(arguments, options, progress)
                            : add_to_background(arguments, options, progress);
    spdlog::info("{}: {} samples of {} channels, {:.1f} s, {} burst{} told in {}", arguments.out,
                 truth.samples, truth.frequency.channels(), truth.duration().value(),
                 truth.bursts.size(), truth.bursts.size() == 1 ? "" : "s",
                 truth_path(arguments.out));
  } catch (const ConfigError& error) {  // there is no file here: every option is an argument
    throw UsageError(fmt::format("simulate: {}", error.what()));
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("{}: {}", arguments.out, error.what()));
  }
  return number(ExitStatus::done);
}

}  // namespace

Command add_simulate_command(CLI::App& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "simulate", "Write a recording of a simulated sky and, beside it, its truth file");
  const auto option = [&](const char* flag, std::string& text, const char* value,
                          const char* help) {
    parser->add_option(flag, text, help)->type_name(value);
  };
  parser->add_option("OUT", arguments->out, "OUT.fil is SIGPROC, OUT.fits PSRFITS")
      ->required()
      ->type_name("");
  option("--nchans", arguments->nchans, "N", "Channels (default 1024)");
  option("--band", arguments->band, "TOP_MHZ:BOTTOM_MHZ", "Outer edges (default 1500:1200)");
  option("--tsamp", arguments->tsamp, "SECONDS", "Time of a sample (default 256e-6)");
  option("--duration", arguments->duration, "SECONDS", "Of the recording (default 60)");
  option("--nbits", arguments->nbits, "B", "1, 2, 4, 8, 16 or 32 (default 8)");
  option("--seed", arguments->seed, "N", "The same seed makes the same sky (default 1)");
  parser
      ->add_option("--burst", arguments->bursts,
                   "dm=500,t=2.0,width_ms=3,snr=20[,tau_ms=5][,index=-1.5][,band=1500-1300], "
                   "components, scintillation: see the documents; repeatable")
      ->type_name("BURST")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  option("--bursts", arguments->random_bursts, "N", "As many bursts, drawn at random (default 0)");
  option("--rfi", arguments->rfi, "LIST",
         "Interference: none, storm, or of narrowband, impulses, radar, chirps, perytons, blips, "
         "red-noise, gains, dead, saturated, dropouts, each with :AMOUNT if wanted (default none)");
  option("--rfi-seed", arguments->rfi_seed, "N",
         "Of the interference alone, which the beams of one sky share (default that of --seed)");
  option("--beam", arguments->beam, "N", "Beam that the header names (default none)");
  parser
      ->add_option("--background", arguments->background,
                   "Recordings that continue each other: bursts are added to a copy of them")
      ->type_name("FILE...");
  option("--threads", arguments->threads, "N", "0 = one a core; never changes the sky");
  parser->add_flag("--quiet", arguments->quiet, "Warnings and errors only");
  return {parser, [arguments] { return run(*arguments); }};
}

}  // namespace draftstream
