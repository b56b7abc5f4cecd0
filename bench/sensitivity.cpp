// How much of a pulse's S/N the trees keep, measured: by width, octave of DM and plan. One JSON
// object, which bench/sensitivity_picture draws; a table with --table. Exits with 1 if a plan of
// octave shift 2 keeps less than 0.95 of Gaussian pulses of a FWHM of 4 samples and more, in the
// mean over widths and DM.
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

const std::vector<double> widths{1, 2, 4, 8, 16, 32, 64, 128, 256};  // FWHM [samples]
constexpr double wide_enough = 4.0;
constexpr double least_mean = 0.95;

struct Options {
  std::vector<std::string> names{"W1", "W2", "W3"};
  std::vector<unsigned> shifts{0, 2};
  double tolerance = 0.0;  // of the trials; 0 = the workload's
  std::size_t pulses = 24;
  unsigned threads = 0;
  bool table = false;
};

const char* name(PulseShape shape) {
  return shape == PulseShape::gaussian ? "gaussian" : "boxcar";
}

/// S/N kept by pulses of one width.
struct Kept {
  double mean = 0.0;
  double least = 1e9;
};

struct OctaveResult {
  Octave octave;
  std::vector<Kept> kept;  // [width]
  double noise = 0.0;      // measured over predicted sigma

  [[nodiscard]] double range() const { return octave.trials.back() - octave.trials.front(); }
};

struct PlanResult {
  const Workload& load;
  unsigned shift = 0;
  PulseShape shape = PulseShape::gaussian;
  std::size_t trials = 0;
  std::vector<OctaveResult> octaves;
  std::vector<Kept> all;   // [width]: over the plan's range of DM
  double wide_mean = 0.0;  // of the means of pulses that are wide enough
};

OctaveResult measure_octave(const Workload& load, const Octave& octave, PulseShape shape,
                            const Options& options, WorkerPool& pool) {
  std::vector<KeptSnr> pulses(options.pulses);
  pool.for_each(pulses.size(), [&](std::size_t i, std::size_t) {
    pulses[i] = kept_snr(load.observation(), octave, shape, widths, i, pulses.size());
  });
  OctaveResult result{octave, std::vector<Kept>(widths.size()), 0.0};
  const auto count = static_cast<double>(pulses.size());
  for (const KeptSnr& pulse : pulses) {
    result.noise += pulse.noise / count;
    for (std::size_t w = 0; w < widths.size(); ++w) {
      result.kept[w].mean += pulse.ratios[w] / count;
      result.kept[w].least = std::min(result.kept[w].least, pulse.ratios[w]);
    }
  }
  return result;
}

PlanResult measure_plan(const Workload& load, unsigned shift, PulseShape shape,
                        const Options& options, WorkerPool& pool) {
  const Observation observation = load.observation();
  SearchConfig config = load.config(EngineKind::tree, 1);
  config.octave_shift = shift;
  if (options.tolerance > 0.0) config.dm_tolerance = options.tolerance;
  const std::size_t block = search_limits(observation, config).block;
  PlanResult plan{load, shift, shape, 0, {}, std::vector<Kept>(widths.size()), 0.0};
  double range = 0.0;
  for (const Octave& octave : octaves_of_search(observation, config, block)) {
    plan.octaves.push_back(measure_octave(load, octave, shape, options, pool));
    plan.trials += octave.trials.size();
    range += plan.octaves.back().range();
  }
  double wide = 0.0;
  for (std::size_t w = 0; w < widths.size(); ++w) {
    for (const OctaveResult& octave : plan.octaves) {
      plan.all[w].mean += octave.kept[w].mean * octave.range() / range;
      plan.all[w].least = std::min(plan.all[w].least, octave.kept[w].least);
    }
    if (widths[w] < wide_enough) continue;
    plan.wide_mean += plan.all[w].mean;
    wide += 1.0;
  }
  plan.wide_mean /= wide;
  return plan;
}

void print_table(const PlanResult& plan) {
  fmt::print(
      "\n{}, octave shift {}, {} trials, {} pulses: mean (least); < is below {}\n{:<16}{:>4}",
      plan.load.name, plan.shift, plan.trials, name(plan.shape), least_mean, "DM [pc cm^-3]", "ds");
  for (const double width : widths) fmt::print("{:>14}", width);
  const auto print_kept = [](const std::vector<Kept>& kept) {
    for (std::size_t w = 0; w < widths.size(); ++w) {
      const bool low = widths[w] >= wide_enough && kept[w].mean < least_mean;
      fmt::print("{:>6.3f} ({:.2f}){}", kept[w].mean, kept[w].least, low ? "<" : " ");
    }
  };
  for (const OctaveResult& result : plan.octaves) {
    const Octave& octave = result.octave;
    fmt::print("\n{:<16}{:>4}",
               fmt::format("{:.1f} - {:.1f}", octave.trials.front(), octave.trials.back()),
               octave.downsample);
    print_kept(result.kept);
    fmt::print("  sigma {:.3f}", result.noise);
  }
  fmt::print("\n{:<20}", "all, by DM");
  print_kept(plan.all);
  fmt::print("\nmean of {} samples and more: {:.3f}\n", wide_enough, plan.wide_mean);
  std::fflush(stdout);
}

Json json_of(const std::vector<Kept>& kept) {
  Json json = Json::array();
  for (std::size_t w = 0; w < widths.size(); ++w) {
    json.push_back({{"fwhm_samples", widths[w]}, {"mean", kept[w].mean}, {"least", kept[w].least}});
  }
  return json;
}

Json json_of(const PlanResult& plan, std::size_t pulses) {
  Json octaves = Json::array();
  for (const OctaveResult& result : plan.octaves) {
    octaves.push_back({{"first_dm", result.octave.trials.front()},
                       {"last_dm", result.octave.trials.back()},
                       {"downsample", result.octave.downsample},
                       {"delay_step", result.octave.delay_step},
                       {"noise", result.noise},
                       {"kept", json_of(result.kept)}});
  }
  return {{"workload", plan.load.name},
          {"octave_shift", plan.shift},
          {"trials", plan.trials},
          {"shape", name(plan.shape)},
          {"sample_time_s", plan.load.sample_time_s},
          {"pulses", pulses},
          {"octaves", octaves},
          {"all", json_of(plan.all)},
          {"wide_mean", plan.wide_mean}};
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  using namespace draftstream;
  Options options;
  CLI::App program{"S/N kept by trees, relative to exact dedispersion with an exact boxcar"};
  program.add_option("--workload", options.names)->capture_default_str();
  program.add_option("--shift", options.shifts, "Octave shifts")->capture_default_str();
  program.add_option("--tolerance", options.tolerance, "Of the trials; 0: as the workload has it")
      ->capture_default_str();
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
      for (const PulseShape shape : {PulseShape::gaussian, PulseShape::boxcar}) {
        const PlanResult plan = measure_plan(load, shift, shape, options, pool);
        if (options.table) print_table(plan);
        plans.push_back(json_of(plan, options.pulses));
        const bool promised = shift == 2 && shape == PulseShape::gaussian;
        good = good && (!promised || plan.wide_mean >= least_mean);
      }
    }
  }
  if (!options.table) std::cout << plans.dump(1) << "\n";
  return good ? 0 : 1;
}
