// How much of a pulse's S/N the trees keep, measured: by width, octave of DM and plan. One JSON
// object, which bench/sensitivity_picture draws; a table with --table. Exits with 1 if a plan of
// octave shift 2 keeps less than 0.95 in the mean of pulses of a FWHM of 4 samples and more.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/kept_snr.hpp"
#include "bench/workloads.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/search_octaves.hpp"
#include "engine/worker_pool.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

const std::vector<double> widths{1, 2, 3, 4, 6, 8, 12, 16, 32, 64};  // FWHM [samples]
constexpr double wide_enough = 4.0;
constexpr double least_mean = 0.95;

struct Options {
  std::vector<std::string> names{"W1", "W2", "W3"};
  std::vector<unsigned> shifts{0, 2};
  std::size_t pulses = 24;
  unsigned threads = 0;
  bool table = false;
};

const char* name(PulseShape shape) {
  return shape == PulseShape::gaussian ? "gaussian" : "boxcar";
}

/// S/N kept by one width in one octave.
struct Kept {
  double mean = 0.0;
  double least = 1e9;
};

Kept kept_of(const std::vector<KeptSnr>& pulses, std::size_t width) {
  Kept kept;
  for (const KeptSnr& pulse : pulses) {
    kept.mean += pulse.ratios[width] / static_cast<double>(pulses.size());
    kept.least = std::min(kept.least, pulse.ratios[width]);
  }
  return kept;
}

std::vector<KeptSnr> measure_octave(const Workload& load, const Octave& octave, PulseShape shape,
                                    const Options& options, WorkerPool& pool) {
  std::vector<KeptSnr> pulses(options.pulses);
  pool.for_each(pulses.size(), [&](std::size_t i, std::size_t) {
    pulses[i] = kept_snr(load.observation(), octave, shape, widths, i, pulses.size());
  });
  return pulses;
}

/// @return Are all means high enough?
bool measure_plan(const Workload& load, unsigned shift, const Options& options, WorkerPool& pool,
                  Json& plans) {
  const Observation observation = load.observation();
  SearchConfig config = load.config(EngineKind::tree, 1);
  config.octave_shift = shift;
  const std::size_t block = search_limits(observation, config).block;
  const std::vector<Octave> octaves = octaves_of_search(observation, config, block);
  bool good = true;
  std::size_t trials = 0;
  for (const Octave& octave : octaves) trials += octave.trials.size();
  for (const PulseShape shape : {PulseShape::gaussian, PulseShape::boxcar}) {
    Json rows = Json::array();
    if (options.table) {
      fmt::print("\n{}, octave shift {}, {} trials, {} pulses: mean (least)\n{:<16}{:>4}",
                 load.name, shift, trials, name(shape), "DM [pc cm^-3]", "ds");
      for (const double width : widths) fmt::print("{:>13}", width);
      fmt::print("\n");
    }
    std::vector<Kept> all(widths.size());  // over the plan's range of DM
    for (const Octave& octave : octaves) {
      const auto pulses = measure_octave(load, octave, shape, options, pool);
      Json kept_json = Json::array();
      const double range = octave.trials.back() - octave.trials.front();
      double noise = 0.0;
      for (const KeptSnr& pulse : pulses) {
        noise += pulse.noise / static_cast<double>(pulses.size());
      }
      if (options.table) {
        fmt::print("{:<16}{:>4}",
                   fmt::format("{:.1f} - {:.1f}", octave.trials.front(), octave.trials.back()),
                   octave.downsample);
      }
      for (std::size_t w = 0; w < widths.size(); ++w) {
        const Kept kept = kept_of(pulses, w);
        all[w].mean += kept.mean * range;
        all[w].least = std::min(all[w].least, kept.least);
        kept_json.push_back(
            {{"fwhm_samples", widths[w]}, {"mean", kept.mean}, {"least", kept.least}});
        if (options.table) fmt::print("{:>6.3f} ({:.2f})", kept.mean, kept.least);
      }
      if (options.table) fmt::print("  sigma {:.3f}\n", noise);
      std::fflush(stdout);
      rows.push_back({{"first_dm", octave.trials.front()},
                      {"last_dm", octave.trials.back()},
                      {"downsample", octave.downsample},
                      {"delay_step", octave.delay_step},
                      {"noise", noise},
                      {"kept", kept_json}});
    }
    double whole = 0.0;
    for (const Octave& octave : octaves) whole += octave.trials.back() - octave.trials.front();
    Json all_json = Json::array();
    if (options.table) fmt::print("{:<20}", "all, by DM");
    for (std::size_t w = 0; w < widths.size(); ++w) {
      all[w].mean /= whole;
      all_json.push_back(
          {{"fwhm_samples", widths[w]}, {"mean", all[w].mean}, {"least", all[w].least}});
      const bool low = shift == 2 && widths[w] >= wide_enough && all[w].mean < least_mean;
      good = good && !low;
      if (options.table) {
        fmt::print("{:>6.3f} ({:.2f}){}", all[w].mean, all[w].least, low ? "<" : "");
      }
    }
    if (options.table) fmt::print("\n");
    plans.push_back({{"workload", load.name},
                     {"octave_shift", shift},
                     {"trials", trials},
                     {"shape", name(shape)},
                     {"sample_time_s", load.sample_time_s},
                     {"pulses", options.pulses},
                     {"octaves", rows},
                     {"all", all_json}});
  }
  return good;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  using namespace draftstream;
  Options options;
  CLI::App program{"S/N kept by trees, relative to exact dedispersion with an exact boxcar"};
  program.add_option("--workload", options.names)->capture_default_str();
  program.add_option("--shift", options.shifts, "Octave shifts")->capture_default_str();
  program.add_option("--pulses", options.pulses, "Of each octave, width and shape")
      ->capture_default_str();
  program.add_option("--threads", options.threads, "0: one per core")->capture_default_str();
  program.add_flag("--table", options.table, "For people, instead of JSON");
  CLI11_PARSE(program, argc, argv);
  WorkerPool pool{options.threads};
  Json plans = Json::array();
  bool good = true;
  for (const Workload& load : workloads) {
    if (std::find(options.names.begin(), options.names.end(), load.name) == options.names.end()) {
      continue;
    }
    for (const unsigned shift : options.shifts) {
      good = measure_plan(load, shift, options, pool, plans) && good;
    }
  }
  if (!options.table) std::cout << plans.dump(1) << "\n";
  return good ? 0 : 1;
}
