// What a search costs that tells alerts, and one that leaves out octaves of DM, or whole blocks.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/cost.hpp"
#include "bench/noise.hpp"
#include "bench/workloads.hpp"
#include "engine/search.hpp"

namespace draftstream {
namespace {

struct Kind {
  const char* name;
  std::function<Shed(std::uint64_t block)> shed;  // of block number so and so
  bool alerts = false;
};

const Kind kinds[] = {
    {"all", [](std::uint64_t) { return Shed{}; }},
    {"all, with alerts", [](std::uint64_t) { return Shed{}; }, true},
    {"without the highest octave",
     [](std::uint64_t) {
       return Shed{false, 1, false};
     }},
    {"each second block",
     [](std::uint64_t block) {
       return Shed{false, 0, block % 2 == 1};
     }},
    {"no block",
     [](std::uint64_t) {
       return Shed{false, 0, true};
     }},
};

/// A search that is given the same block of noise again and again.
class EndlessSearch {
 public:
  EndlessSearch(const Workload& load, const Kind& kind)
      : observation_{load.observation()},
        search_{observation_, load.config(EngineKind::tree, 1)},
        bytes_{noise_bytes(search_.block_samples() * load.channels)} {
    search_.shed_by([this, shed = kind.shed](std::uint64_t first) {
      return shed(first / search_.block_samples());
    });
    if (kind.alerts) search_.alert_by([](const PromptAlert&) {});
  }

  [[nodiscard]] double block_s() const {
    const auto samples = static_cast<double>(search_.block_samples());
    return observation_.time.since_start(samples).value();
  }

  void push_block() {
    search_.push({search_.samples_taken(),
                  static_cast<std::size_t>(search_.block_samples()),
                  observation_.frequency.channels(),
                  observation_.format,
                  bytes_,
                  {}},
                 [](const Candidate&) {});
  }

 private:
  Observation observation_;
  Search search_;
  std::vector<std::byte> bytes_;
};

void measure_workload(const Workload& load, std::size_t rounds) {
  std::vector<std::unique_ptr<EndlessSearch>> searches;
  std::vector<Work> works;
  for (const Kind& kind : kinds) {
    searches.push_back(std::make_unique<EndlessSearch>(load, kind));
    works.push_back({kind.name,
                     2.0 * searches.back()->block_s(),
                     [search = searches.back().get()] {
                       search->push_block();
                       search->push_block();
                     },
                     {}});
  }
  measure(works, rounds);
  for (const Work& work : works) {
    fmt::print("| {} | {} | {:.2f} | {:.3f} |\n", load.name, work.name, 1e3 * work.least.computed,
               work.least.computed / works.front().least.computed);
  }
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  std::vector<std::string> names{"W1"};
  std::size_t rounds = 7;
  CLI::App program{
      "Cost of a search that does more or less than to find everything, of one thread"};
  program.add_option("--workload", names)->capture_default_str();
  program.add_option("--rounds", rounds, "Of which the least counts")->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  fmt::print("| workload | searched | CPU [ms a second of data] | to all |\n|---|---|---|---|\n");
  for (const draftstream::Workload& load : draftstream::workloads) {
    if (std::find(names.begin(), names.end(), load.name) != names.end()) {
      draftstream::measure_workload(load, rounds);
    }
  }
  return 0;
}
