// How many times real time the tree and its boxes get through: noise in memory, no conditioning.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "engine/tree/boxcar_pyramid.hpp"
#include "engine/tree/octaves.hpp"
#include "engine/tree/tree_dedisperser.hpp"
#include "engine/tree/zeroed_memory.hpp"

namespace draftstream {
namespace {

struct Workload {
  const char* name;
  std::size_t channels;
  double top_mhz;
  double bottom_mhz;
  double sample_time_s;
  double dm_max;
  unsigned shift;
  double tolerance;
};

constexpr Workload workloads[] = {
    {"W1", 1024, 1500.0, 1200.0, 256e-6, 1500.0, 2, 1.1},
    {"W2", 4096, 1500.0, 1000.0, 98.304e-6, 3000.0, 2, 1.25},
    {"W3", 16384, 800.0, 400.0, 983.04e-6, 13000.0, 0, 1.25},
};

struct Options {
  std::size_t tile = 2048;
  std::size_t chunk = 2048;  // samples of the recording in a call, or a tile of the octave
  double round_s = 1.0;      // of data, about
  unsigned rounds = 5;
  bool boxes = true;
  std::vector<unsigned> threads{1, 2};
};

/// Time this thread has computed: what else runs on the machine counts less in it.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// A tree with its boxes, and noise that it is given again and again.
class Work {
 public:
  Work(const TreePlan& plan, unsigned downsample, const Options& options)
      : dedisperser_{plan, options.tile},
        pyramid_{options.tile},
        samples_{std::max(options.chunk / downsample, options.tile)},
        stride_{spread_stride(dedisperser_.history() + samples_ + cache_line)},
        rows_{plan.channels() * stride_} {
    std::uint64_t bits = 88172645463325252U;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      bits ^= bits << 13U;
      bits ^= bits >> 7U;
      bits ^= bits << 17U;
      int sum = 0;  // of eight numbers from 0 to 7, whose sigma is 6.5
      for (unsigned n = 0; n < 8; ++n) sum += static_cast<int>(bits >> (8 * n) & 7U);
      rows_.data()[i] = static_cast<std::int8_t>((sum - 28) * 10 / 13);
    }
    const double radix = plan.stages().back().radix;
    thresholds_ = pyramid_thresholds(24.0 * std::sqrt(radix), 8.0);
  }

  void process(bool boxes) {
    const auto visit = [this, boxes](const TreePiece& piece) {
      if (boxes && pyramid_.above(piece.sums, piece.samples, thresholds_) != 0) ++hits_;
    };
    const std::int8_t* const first = rows_.data() + dedisperser_.history();
    dedisperser_.process(first, stride_, samples_, std::ref(visit));
  }

  [[nodiscard]] std::size_t samples() const { return samples_; }
  [[nodiscard]] std::size_t hits() const { return hits_; }
  [[nodiscard]] const TreeDedisperser& dedisperser() const { return dedisperser_; }

 private:
  TreeDedisperser dedisperser_;
  BoxcarPyramid pyramid_;
  PyramidValues thresholds_{};
  std::size_t samples_;
  std::size_t stride_;
  ZeroedMemory rows_;
  std::size_t hits_ = 0;
};

/// All octaves of a search, and how often each is called in a round.
struct Search {
  std::vector<std::unique_ptr<Work>> works;
  std::vector<std::size_t> calls;
  double round_s = 0.0;  // of data

  Search(const Workload& load, const Options& options) {
    const double step = (load.bottom_mhz - load.top_mhz) / static_cast<double>(load.channels);
    const FrequencyAxis frequency{Megahertz{load.top_mhz + 0.5 * step}, Megahertz{step},
                                  load.channels};
    const Seconds sample_time{load.sample_time_s};
    DmRange range;
    range.max = DispersionMeasure{load.dm_max};
    range.tolerance = load.tolerance;
    std::size_t longest = 1;  // samples of the recording in the longest call; calls are powers of 2
    std::vector<std::size_t> lengths;
    OctaveOptions octave_options;
    octave_options.shift = load.shift;
    for (const Octave& octave : plan_octaves(frequency, sample_time, range, octave_options)) {
      works.push_back(std::make_unique<Work>(plan_tree(frequency, sample_time, octave),
                                             octave.downsample, options));
      lengths.push_back(works.back()->samples() * octave.downsample);
      longest = std::max(longest, lengths.back());
    }
    const double longest_s = static_cast<double>(longest) * load.sample_time_s;
    const auto times = static_cast<std::size_t>(std::ceil(options.round_s / longest_s));
    for (const std::size_t length : lengths) calls.push_back(times * longest / length);
    round_s = static_cast<double>(times) * longest_s;
  }

  void round(bool boxes) {
    for (std::size_t i = 0; i < works.size(); ++i) {
      for (std::size_t n = 0; n < calls[i]; ++n) works[i]->process(boxes);
    }
  }
};

void print_octaves(const Workload& load, const Search& search) {
  for (const auto& work : search.works) {
    fmt::print("  {}: rows", load.name);
    for (const TreeStage& stage : work->dedisperser().plan().stages()) {
      fmt::print(" {}", stage.rows);
    }
    fmt::print(", {:.1f} MB\n", static_cast<double>(work->dedisperser().state_bytes()) / 1e6);
  }
}

/// Each thread searches a sky of its own: what they share is the machine.
void measure(const Workload& load, const Options& options, unsigned threads) {
  std::vector<Search> searches;
  for (unsigned n = 0; n < threads; ++n) searches.emplace_back(load, options);
  if (threads == options.threads.front()) print_octaves(load, searches[0]);
  for (Search& search : searches) search.round(options.boxes);
  double wall_s = 1e9;  // of the best round
  double computed_s = 1e9;
  for (unsigned n = 0; n < options.rounds; ++n) {
    std::vector<double> computed(threads, 0.0);
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> running;
    for (unsigned i = 0; i < threads; ++i) {
      running.emplace_back([&search = searches[i], &spent = computed[i], &options] {
        const double first = thread_seconds();
        search.round(options.boxes);
        spent = thread_seconds() - first;
      });
    }
    for (std::thread& thread : running) thread.join();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    wall_s = std::min(wall_s, spent.count());
    computed_s = std::min(computed_s, std::accumulate(computed.begin(), computed.end(), 0.0));
  }
  TreeSeconds stages;
  std::size_t hits = 0;
  for (const Search& search : searches) {
    for (const auto& work : search.works) {
      stages.sub_bands += work->dedisperser().seconds().sub_bands;
      stages.trials += work->dedisperser().seconds().trials;
      hits += work->hits();
    }
  }
  const double percent = 100.0 / (stages.sub_bands + stages.trials);
  const double data_s = threads * searches[0].round_s;
  fmt::print(
      "{}, {} threads: {:.1f} x real time, {:.1f} a second of computing; sub-bands {:.0f} %, "
      "trials "
      "with boxes {:.0f} %; {} pieces above\n",
      load.name, threads, data_s / wall_s, data_s / computed_s, percent * stages.sub_bands,
      percent * stages.trials, hits);
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  using namespace draftstream;
  Options options;
  std::vector<std::string> names{"W1", "W2", "W3"};
  CLI::App program{"Speed of the tree and its boxes on noise in memory"};
  program.add_option("--workload", names)->capture_default_str();
  program.add_option("--tile", options.tile)->capture_default_str();
  program.add_option("--chunk", options.chunk)->capture_default_str();
  program.add_option("--round-s", options.round_s, "of data")->capture_default_str();
  program.add_option("--rounds", options.rounds, "the best counts")->capture_default_str();
  program.add_option("--boxes", options.boxes)->capture_default_str();
  program.add_option("--threads", options.threads)->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  for (const Workload& load : workloads) {
    if (std::find(names.begin(), names.end(), load.name) == names.end()) continue;
    for (const unsigned count : options.threads) measure(load, options, count);
  }
  return 0;
}
