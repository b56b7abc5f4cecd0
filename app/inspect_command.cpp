// draftstream inspect: what recordings hold, and what is odd about them.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/exit_status.hpp"
#include "engine/dispersion.hpp"
#include "replay/recording.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr double sweep_dms[] = {100.0, 1000.0};

Seconds sweep(const Observation& observation, double dm) {
  const FrequencyAxis& band = observation.frequency;
  return dispersion_delay(DispersionMeasure{dm}, band.lowest(), band.highest());
}

std::uint64_t gap_samples(const Recording& recording) {
  std::uint64_t sum = 0;
  for (const Gap& gap : recording.gaps()) sum += gap.samples;
  return sum;
}

const char* order_of(const FrequencyAxis& band) {
  if (band.step() == Megahertz{0.0}) return "single";
  return band.step() < Megahertz{0.0} ? "descending" : "ascending";
}

std::string or_unknown(const std::string& text) {
  return text.empty() ? "unknown" : text;
}

void print_line(const char* name, const std::string& text) {
  fmt::print("  {:<10} {}\n", name, text);
}

void print_band(const FrequencyAxis& band) {
  print_line("band",
             fmt::format("{} channels, centres {:.6g} to {:.6g} MHz, {}{}", band.channels(),
                         band.first().value(), band.centre(band.channels() - 1).value(),
                         band.regular() ? fmt::format("steps of {:.6g} MHz", band.step().value())
                                        : "tabled one by one",
                         band.step() > Megahertz{0.0} ? " (ascending)" : ""));
}

void print_text(const std::string& path, const Recording& recording) {
  const Observation& seen = recording.observation();
  const std::uint64_t samples = seen.samples.value_or(0);
  const double tsamp = seen.time.sample_time.value();
  fmt::print("{}\n", path);
  print_line(
      "format",
      fmt::format("{}, {}-bit{}, {} polarisation{}", recording.files()[0].format, seen.stored_bits,
                  seen.stored_bits == seen.format.bits ? "" : ", read as " + describe(seen.format),
                  seen.stored_pols, seen.stored_pols == 1 ? "" : "s"));
  print_line("telescope", or_unknown(seen.telescope) +
                              (seen.backend.empty() ? "" : ", backend " + seen.backend));
  print_line("source", or_unknown(seen.source_name) +
                           (seen.ra_deg && seen.dec_deg ? fmt::format(", RA {:.5f} Dec {:.5f} deg",
                                                                      *seen.ra_deg, *seen.dec_deg)
                                                        : "") +
                           (seen.beam ? fmt::format(", beam {}", *seen.beam) : ""));
  print_line("start", fmt::format("{} (MJD {})", format_iso8601(seen.time.start),
                                  format_mjd(seen.time.start)));
  print_line("duration", fmt::format("{:.6g} s: {} samples of {:.9g} ms",
                                     static_cast<double>(samples) * tsamp, samples, tsamp * 1e3));
  print_band(seen.frequency);
  for (const double dm : sweep_dms) {
    const Seconds delay = sweep(seen, dm);
    print_line(dm == sweep_dms[0] ? "sweep" : "",
               fmt::format("DM {:>4}: {:.6g} s, {:.0f} samples from top to bottom", dm,
                           delay.value(), delay.value() / tsamp));
  }
  const auto missing = gap_samples(recording);
  print_line("gaps", missing == 0 ? "none known from its headers"
                                  : fmt::format("{} samples in {} gaps ({:.3g} %)", missing,
                                                recording.gaps().size(),
                                                100.0 * static_cast<double>(missing) /
                                                    static_cast<double>(samples)));
  for (const auto& warning : recording.warnings()) print_line("odd", warning);
}

Json to_json(const std::string& path, const Recording& recording) {
  const Observation& seen = recording.observation();
  const FrequencyAxis& band = seen.frequency;
  const std::uint64_t samples = seen.samples.value_or(0);
  const auto text = [](const std::string& value) { return value.empty() ? Json{} : Json(value); };
  const auto optional = [](const auto& value) { return value ? Json(*value) : Json{}; };
  Json sweeps = Json::array();
  for (const double dm : sweep_dms) {
    const Seconds delay = sweep(seen, dm);
    sweeps.push_back({{"dm_pc_cm3", dm},
                      {"delay_s", delay.value()},
                      {"delay_samples", delay / seen.time.sample_time}});
  }
  return {{"file", path},
          {"format", recording.files()[0].format},
          {"telescope", text(seen.telescope)},
          {"backend", text(seen.backend)},
          {"source_name", text(seen.source_name)},
          {"ra_deg", optional(seen.ra_deg)},
          {"dec_deg", optional(seen.dec_deg)},
          {"beam", optional(seen.beam)},
          {"start_utc", format_iso8601(seen.time.start)},
          {"start_mjd_utc", format_mjd(seen.time.start)},
          {"samples", samples},
          {"tsamp_s", seen.time.sample_time.value()},
          {"duration_s", seen.time.since_start(static_cast<double>(samples)).value()},
          {"nchan", band.channels()},
          {"nbit", seen.stored_bits},
          {"npol", seen.stored_pols},
          {"first_mhz", band.first().value()},
          {"step_mhz", band.step().value()},
          {"lowest_mhz", band.lowest().value()},
          {"highest_mhz", band.highest().value()},
          {"regular", band.regular()},
          {"order", order_of(band)},
          {"sweeps", sweeps},
          {"gap_samples", gap_samples(recording)},
          {"warnings",
           std::vector<std::string>(recording.warnings().begin(), recording.warnings().end())}};
}

int run(const std::vector<std::string>& files, bool json) {
  Json all = Json::array();
  int worst = number(ExitStatus::done);
  for (const auto& path : files) {
    try {
      const auto recording = open_recording(path);
      if (json) {
        all.push_back(to_json(path, *recording));
      } else {
        print_text(path, *recording);
      }
    } catch (const std::exception&) {
      const auto error = std::current_exception();
      const int status = number(status_of(error));
      worst = std::max(worst, status);
      all.push_back({{"file", path}, {"error", sentence_of(error)}, {"exit_status", status}});
      fmt::print(stderr, "draftstream: {}\n", sentence_of(error));
    }
  }
  // Names of sources come from files: what is not UTF-8 there must not end the listing.
  if (json) fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
  return worst;
}

}  // namespace

Command add_inspect_command(CLI::App& program) {
  struct Arguments {
    std::vector<std::string> files;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* parser = program.add_subcommand(
      "inspect", "Header, shape, duration, band, DM sweep, and what is odd about a recording");
  parser->add_option("FILE", arguments->files, "Recordings, SIGPROC or PSRFITS")
      ->required()
      ->type_name("");
  parser->add_flag("--json", arguments->json, "As a JSON array, one element a file");
  return {parser, [arguments] { return run(arguments->files, arguments->json); }};
}

}  // namespace draftstream
