// What each stage of a search costs, beside a float32 FDMT, the direct engine and the walls of the
// machine: one JSON object, which bench/run makes tables of. Noise in memory, block after block.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/cost.hpp"
#include "bench/direct_trials.hpp"
#include "bench/float32_fdmt.hpp"
#include "bench/noise.hpp"
#include "bench/tree_stages.hpp"
#include "bench/walls.hpp"
#include "bench/workloads.hpp"
#include "engine/dispersion.hpp"
#include "engine/search.hpp"
#include "engine/search_limits.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> names{"W1", "W2", "W3"};
  std::size_t rounds = 11;
  std::vector<unsigned> threads{1, 2};
  bool peers = true;
};

Json json_of(const Cost& cost) {
  return {{"wall_s_per_s", cost.wall}, {"computed_s_per_s", cost.computed}};
}

/// An FDMT over the whole range of delays, if that fits into memory; else over a part of it.
class Fdmt {
 public:
  explicit Fdmt(const Workload& load)
      : frequency_{load.observation().frequency},
        sample_time_s_{load.sample_time_s},
        all_delays_{
            static_cast<std::size_t>(dispersion_delay(DispersionMeasure{load.dm_max},
                                                      frequency_.lowest(), frequency_.highest()) /
                                         load.observation().time.sample_time +
                                     0.5)},
        delays_{block_for(all_delays_) >= all_delays_ ? all_delays_ : some_delays},
        block_{block_for(delays_)},
        fdmt_{frequency_, delays_, block_},
        channels_(frequency_.channels() * (delays_ + block_)) {
    Noise noise{2};
    for (float& value : channels_) value = static_cast<float>(noise.steps());
  }

  [[nodiscard]] Work work() {
    return {"fdmt",
            static_cast<double>(block_) * sample_time_s_,
            [this] { fdmt_.process(channels_.data()); },
            {}};
  }

  [[nodiscard]] Json json(const Cost& cost) const {
    // What the whole range would cost at the rate of the part.
    const double larger =
        Float32Fdmt::adds_a_sample(frequency_, all_delays_) / fdmt_.adds_a_sample();
    return {{"delays", delays_ + 1},
            {"all_delays", all_delays_ + 1},
            {"block_samples", block_},
            {"bytes", fdmt_.bytes()},
            {"additions_per_s", fdmt_.adds_a_sample() / sample_time_s_},
            {"measured", json_of(cost)},
            {"all_computed_s_per_s", cost.computed * larger}};
  }

 private:
  static constexpr std::size_t some_delays = 2048;
  static constexpr std::size_t most_bytes = 2'000'000'000;

  // New samples of a block, if two stages are to fit into memory.
  [[nodiscard]] std::size_t block_for(std::size_t delays) const {
    const std::size_t rows = Float32Fdmt::most_rows(frequency_, delays);
    const std::size_t length = most_bytes / (2 * sizeof(float) * rows);
    return std::min<std::size_t>(length > delays ? length - delays : 0, 16384);
  }

  FrequencyAxis frequency_;
  double sample_time_s_;
  std::size_t all_delays_;
  std::size_t delays_;
  std::size_t block_;
  Float32Fdmt fdmt_;
  std::vector<float> channels_;
};

/// A whole search, block after block of the same samples.
class WholeSearch {
 public:
  WholeSearch(const Workload& load, unsigned threads, const std::vector<std::byte>& bytes)
      : observation_{load.observation()},
        block_{bytes.size() / observation_.spectrum_bytes()},
        bytes_{bytes},
        search_{observation_, load.config(EngineKind::tree, threads)} {}

  void push_block() {
    const FilterbankChunk chunk{search_.samples_taken(), block_, observation_.frequency.channels(),
                                observation_.format,     bytes_, {}};
    search_.push(chunk, [](const Candidate&) {});
  }

 private:
  Observation observation_;
  std::size_t block_;
  const std::vector<std::byte>& bytes_;
  Search search_;
};

Json measure_workload(const Workload& load, const Options& options) {
  const Observation observation = load.observation();
  const SearchLimits limits = search_limits(observation, load.config(EngineKind::tree, 1));
  const double block_s = static_cast<double>(limits.block) * load.sample_time_s;
  const std::vector<std::byte> bytes = noise_bytes(limits.block * load.channels);
  Json json{{"workload", load.name}, {"block_samples", limits.block}};
  json["runs"] = Json::array();
  for (const unsigned threads : options.threads) {
    TreeStages stages{load, limits.block, threads, bytes};
    WholeSearch search{load, threads, bytes};
    std::vector<Work> works{
        {"conditioning", block_s, [&] { stages.condition(); }, {}},
        {"tree", block_s, [&] { stages.sum(false); }, {}},
        {"tree_with_boxes", block_s, [&] { stages.sum(true); }, {}},
        {"whole", block_s, [&] { search.push_block(); }, {}},
    };
    Json run{{"threads", threads}};
    if (threads == 1 && options.peers) {  // in turn with what they are compared with
      Fdmt fdmt{load};
      DirectTrials direct{load, stages.trials()};
      works.push_back(fdmt.work());
      works.push_back(direct.work());
      measure(works, options.rounds);
      json["fdmt"] = fdmt.json(works[4].least);
      json["direct"] = json_of(works[5].least);
      works.resize(4);
    } else {
      measure(works, options.rounds);
    }
    for (const Work& work : works) run[work.name] = json_of(work.least);
    json["runs"].push_back(run);
    if (threads != 1) continue;
    json["trials"] = stages.trials().size();
    json["additions_per_s"] = stages.additions_per_s();
    json["loaded_bytes_per_s"] = stages.loaded_bytes_per_s();
    json["tree_state_bytes"] = stages.state_bytes();
  }
  return json;
}

Json measure_all(const Options& options) {
  Json walls = Json::array();
  for (const Wall& wall : measure_walls()) {
    walls.push_back({{"name", wall.name},
                     {"bytes", wall.bytes},
                     {"across_lines", wall.across_lines},
                     {"bytes_per_s", wall.bytes_a_second}});
  }
  Json json{{"compiler", __VERSION__}, {"rounds", options.rounds}, {"walls", walls}};
  json["workloads"] = Json::array();
  for (const Workload& load : workloads) {
    if (std::find(options.names.begin(), options.names.end(), load.name) == options.names.end()) {
      continue;
    }
    json["workloads"].push_back(measure_workload(load, options));
  }
  return json;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  draftstream::Options options;
  CLI::App program{"Cost of each stage of a search, and of what it is compared with"};
  program.add_option("--workload", options.names)->capture_default_str();
  program.add_option("--rounds", options.rounds, "Of which the least counts")
      ->capture_default_str();
  program.add_option("--threads", options.threads)->capture_default_str();
  program.add_option("--peers", options.peers, "FDMT and direct engine, too")
      ->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  std::cout << draftstream::measure_all(options).dump(2) << "\n";
  return 0;
}
