// What networks see of a candidate, and what making it costs: a tile and a patch, in noise of a
// workload's band; and what networks take for them. Of one thread; the least of several runs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/noise.hpp"
#include "bench/workloads.hpp"
#include "engine/infer/classifier_patch.hpp"
#include "engine/infer/conditioned_window.hpp"
#include "engine/infer/detector_tile.hpp"
#include "engine/infer/network.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/quantised_conditioner.hpp"
#include "ingest/filterbank_chunk.hpp"

namespace draftstream {
namespace {

struct Options {
  std::vector<std::string> names{"W1", "W2"};
  std::size_t rounds = 21;
  double dm = 300.0;
  std::string detector;
  std::string classifier;
};

double least_ms(std::size_t rounds, const std::function<void()>& work) {
  std::vector<double> times;
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto began = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - began;
    times.push_back(time.count());
  }
  return *std::min_element(times.begin(), times.end());
}

/// Conditioned blocks, as a search keeps them.
struct Sky {
  Observation seen;
  std::size_t block;
  BandDelays delays;
  WorkerPool pool{1};
  RawHistory raw;
  BlockNotes notes;

  /// @param samples  As many whole blocks as hold them.
  Sky(const Workload& load, std::size_t samples)
      : seen{load.observation()},
        block{search_limits(seen, load.config(EngineKind::tree, 1)).block},
        delays{seen.frequency, seen.time.sample_time},
        raw{seen, block, samples},
        notes{load.channels, block, samples} {
    const std::vector<std::byte> bytes = noise_bytes(block * load.channels);
    std::vector<std::int8_t> rows(load.channels * block);
    QuantisedConditioner conditioner{seen.frequency, seen.format, {}, pool};
    while (raw.taken() < samples) {
      (void)raw.take({raw.taken(), block, load.channels, seen.format, bytes, {}}, 0);
      conditioner.condition(raw.newest(block), 0, {rows.data(), block}, notes.next());
      notes.add(0);
    }
  }
};

void measure(const Workload& load, const Options& options) {
  const Observation seen = load.observation();
  const BandDelays delays{seen.frequency, seen.time.sample_time};
  const double sweep = delays.sweep(DispersionMeasure{options.dm});
  const Sky sky{load, static_cast<std::size_t>(sweep) + 30000};
  WindowMaker windows{sky.delays};
  DetectorTileMaker tiles{sky.delays};
  ClassifierPatchMaker patches{sky.delays};
  DetectorTile tile;
  ClassifierPatch patch;
  for (const std::uint32_t width : {8U, 64U, 256U}) {
    const double middle = 12000.0;
    const TilePlace place = tile_grid::place_of(middle, sweep, width);
    const auto make_window = [&] {
      (void)windows.make(sky.raw, sky.notes, tiles.stretches(place), place.level);
    };
    const double window_ms = least_ms(options.rounds, make_window);
    const SampleWindow& window =
        windows.make(sky.raw, sky.notes, tiles.stretches(place), place.level);
    const double tile_ms = least_ms(options.rounds, [&] { tiles.make(window, place, tile); });
    const PatchPlace point{middle, sweep, width};
    const auto make_narrow = [&] {
      (void)windows.make(sky.raw, sky.notes, patches.stretches(point), 0);
    };
    const double narrow_ms = least_ms(options.rounds, make_narrow);
    const SampleWindow& narrow = windows.make(sky.raw, sky.notes, patches.stretches(point), 0);
    const double patch_ms = least_ms(options.rounds, [&] { patches.make(narrow, point, patch); });
    fmt::print("{:<9} {:>5} {:>6} | {:>9.2f} {:>9.2f} | {:>9.2f} {:>9.2f}\n", load.name, width,
               place.level, window_ms, tile_ms, narrow_ms, patch_ms);
  }
}

void measure_network(const std::string& path, NetworkKind kind, std::size_t rounds) {
  if (path.empty()) return;
  const Network network = load_network(path, kind);
  const NetworkShape shape = shape_of(kind);
  for (const std::size_t batch : {1U, 8U, 32U}) {
    std::vector<std::uint8_t> inputs(batch * shape.bytes());
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<std::uint8_t>(i % 97);
    std::vector<float> outputs(batch * shape.outputs);
    const auto run = [&] { network.model->run(inputs, batch, outputs); };
    for (int i = 0; i < 3; ++i) run();  // TorchScript looks at the first ones
    fmt::print("{:<10} {:>5} | {:>9.2f}\n", name(kind), batch,
               least_ms(rounds, run) / static_cast<double>(batch));
  }
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  draftstream::Options options;
  CLI::App program{"Cost of what networks see of a candidate, in ms"};
  program.add_option("--workload", options.names)->capture_default_str();
  program.add_option("--rounds", options.rounds, "Of which the least counts")
      ->capture_default_str();
  program.add_option("--dm", options.dm, "Of the candidate [pc cm^-3]")->capture_default_str();
  program.add_option("--detector", options.detector, "Networks, to be measured as well");
  program.add_option("--classifier", options.classifier);
  CLI11_PARSE(program, argc, argv);
  fmt::print("{:<9} {:>5} {:>6} | {:>9} {:>9} | {:>9} {:>9}\n", "workload", "width", "level",
             "samples", "tile", "samples", "patch");
  for (const draftstream::Workload& load : draftstream::workloads) {
    if (std::find(options.names.begin(), options.names.end(), load.name) != options.names.end()) {
      draftstream::measure(load, options);
    }
  }
  using draftstream::NetworkKind;
  fmt::print("{:<10} {:>5} | {:>9}\n", "network", "batch", "each");
  draftstream::measure_network(options.detector, NetworkKind::detector, options.rounds);
  draftstream::measure_network(options.classifier, NetworkKind::classifier, options.rounds);
  return 0;
}
