// What conditioning to bytes costs where parts of the spectra never arrived, beside whole ones.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/cost.hpp"
#include "bench/noise.hpp"
#include "bench/workloads.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/quantised_conditioner.hpp"
#include "tests/engine/holes_in_sky.hpp"

namespace draftstream {
namespace {

constexpr double shares[] = {0.0, 0.0001, 0.01, 0.1};

/// A block of noise that lacks a share of its cells.
class LossyBlock {
 public:
  LossyBlock(const Observation& observation, std::size_t samples,
             const std::vector<std::byte>& bytes, double share)
      : holes_{test::lost_cells({share, 64, 16, 8}, 0, samples, observation.frequency.channels(),
                                1)},
        chunk_{0, samples, observation.frequency.channels(), observation.format, bytes, {}, holes_},
        conditioner_{observation.frequency, observation.format, ConditionConfig{}, pool_},
        stride_{samples + 64},
        rows_(observation.frequency.channels() * stride_) {}

  void condition() { conditioner_.condition(chunk_, 0, {rows_.data(), stride_}, block_); }

 private:
  std::vector<Hole> holes_;
  FilterbankChunk chunk_;
  WorkerPool pool_{1};
  QuantisedConditioner conditioner_;
  std::size_t stride_;
  std::vector<std::int8_t> rows_;
  QuantisedBlock block_;
};

void measure_workload(const Workload& load, std::size_t rounds) {
  const Observation observation = load.observation();
  const std::size_t samples = search_limits(observation, load.config(EngineKind::tree, 1)).block;
  const std::vector<std::byte> bytes = noise_bytes(samples * load.channels);
  std::vector<std::unique_ptr<LossyBlock>> blocks;
  std::vector<Work> works;
  for (const double share : shares) {
    blocks.push_back(std::make_unique<LossyBlock>(observation, samples, bytes, share));
    works.push_back({fmt::format("{}", share),
                     static_cast<double>(samples) * load.sample_time_s,
                     [block = blocks.back().get()] { block->condition(); },
                     {}});
  }
  measure(works, rounds);
  for (const Work& work : works) {
    fmt::print("| {} | {} | {:.2f} | {:.2f} |\n", load.name, work.name, 1e3 * work.least.computed,
               work.least.computed / works.front().least.computed);
  }
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  std::vector<std::string> names{"W1", "W2"};
  std::size_t rounds = 11;
  CLI::App program{"Cost of conditioning spectra with holes, of one thread"};
  program.add_option("--workload", names)->capture_default_str();
  program.add_option("--rounds", rounds, "Of which the least counts")->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  fmt::print(
      "| workload | cells lost | CPU [ms a second of data] | to none lost |\n|---|---|---|---|\n");
  for (const draftstream::Workload& load : draftstream::workloads) {
    if (std::find(names.begin(), names.end(), load.name) != names.end()) {
      draftstream::measure_workload(load, rounds);
    }
  }
  return 0;
}
