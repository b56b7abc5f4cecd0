// How many times real time a CUDA device gets through the tree and its boxes: noise, no
// conditioning. Exit status: 77 if there is no device.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/gpu/workloads.hpp"
#include "engine/cuda/tree_device.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int skipped = 77;
// Samples of the recording in a chunk, but one look's of a tree at least. Short ones leave rows in
// the device's cache, long ones have fewer launches.
constexpr std::size_t chunks[] = {4096, 16384};

struct Options {
  std::string workload;  // "" = all
  double seconds = 3.0;  // of a measurement, about
  bool json = false;
};

std::vector<std::int8_t> noise(std::size_t count) {
  std::vector<std::int8_t> values(count);
  std::uint64_t bits = 88172645463325252U;
  for (std::int8_t& value : values) {
    bits ^= bits << 13U;
    bits ^= bits >> 7U;
    bits ^= bits << 17U;
    int sum = 0;  // of eight numbers from 0 to 7, whose sigma is 6.5
    for (unsigned n = 0; n < 8; ++n) sum += static_cast<int>(bits >> (8 * n) & 7U);
    value = static_cast<std::int8_t>((sum - 28) * 10 / 13);
  }
  return values;
}

/// One octave of several beams on the device.
struct Part {
  std::unique_ptr<TreeDevice> device;
  std::size_t samples;  // of a chunk
  std::size_t calls;    // in a round
  std::vector<BoxThresholds> thresholds;
  std::vector<const std::int8_t*> rows;  // [beam]

  void put() { device->put(rows.data(), samples); }
};

/// All octaves of a search. A round is the same length of data for each.
struct Search {
  std::vector<std::int8_t> values;  // of one beam's longest chunk; all beams are the same
  std::vector<Part> parts;
  std::vector<FoundCell> found;
  std::size_t trials = 0;
  std::size_t bytes = 0;
  double round_s = 0.0;  // of data

  Search(const bench::Workload& load, std::size_t beams, std::size_t chunk_samples) {
    const std::vector<bench::WorkOctave> octaves = bench::plan_workload(load);
    const std::size_t longest =
        std::max<std::size_t>(chunk_samples, look_samples * octaves.back().downsample);
    values = noise(load.channels * chunk_samples);
    for (const bench::WorkOctave& octave : octaves) {
      const TreePlan plan = bench::plan_of(load, octave);
      Part part;
      part.samples = std::max<std::size_t>(look_samples, chunk_samples / octave.downsample);
      part.calls = longest / (part.samples * octave.downsample);
      part.device = make_tree_cuda(plan, {beams, part.samples, 2 * part.samples});
      BoxThresholds thresholds;
      const double sigma = 24.0 * std::sqrt(static_cast<double>(plan.stages().back().radix));
      for (std::size_t w = 0; w < pyramid_widths.size(); ++w) {
        const double sum = 8.0 * sigma * std::sqrt(static_cast<double>(pyramid_widths[w]));
        thresholds.sums[w] = static_cast<std::int32_t>(sum);
        thresholds.first_look[w] = static_cast<std::int16_t>(
            std::min(32767.0, 0.94 * sum / static_cast<double>(1U << pyramid_halvings(w))));
      }
      part.thresholds.assign(beams * octave.trials.size(), thresholds);
      part.rows.assign(beams, values.data());
      trials += octave.trials.size();
      bytes += part.device->bytes();
      parts.push_back(std::move(part));
      parts.back().put();
      parts.back().put();
    }
    round_s = static_cast<double>(longest) * load.sample_time_s;
  }

  /// @param copies  Whether new samples travel to the device for every chunk.
  void round(bool copies) {
    std::size_t left = 1;
    for (std::size_t call = 0; left > 0; ++call) {
      left = 0;
      for (Part& part : parts) {
        if (call >= part.calls) continue;
        if (copies) {
          part.device->start(part.thresholds.data());
        } else {
          part.device->start_again(part.thresholds.data());
        }
        left += part.calls - call - 1;
      }
      for (Part& part : parts) {
        if (call >= part.calls) continue;
        if (copies) part.put();
        part.device->finish(found);
      }
      found.clear();
    }
  }
};

/// Seconds of data searched in a second, of one beam times beams.
double rate(Search& search, bool copies, const Options& options) {
  search.round(copies);
  double best = 0.0;
  const auto end = Clock::now() + std::chrono::duration<double>{options.seconds};
  while (Clock::now() < end) {
    const auto begin = Clock::now();
    search.round(copies);
    const std::chrono::duration<double> spent = Clock::now() - begin;
    best = std::max(best, search.round_s / spent.count());
  }
  return best;
}

/// Prints one line of the table, or one object of the list.
void measure(const bench::Workload& load, std::size_t beams, std::size_t chunk,
             const Options& options, const char* comma) {
  Search search{load, beams, chunk};
  const double all = static_cast<double>(beams);
  const double copied = all * rate(search, true, options);
  const double resident = all * rate(search, false, options);
  if (options.json) {
    std::printf(
        "%s\n  {\"workload\": \"%s\", \"beams\": %zu, \"chunk_samples\": %zu, \"trials\": %zu, "
        "\"x_real_time_resident\": %.1f, \"x_real_time_with_copies\": %.1f, "
        "\"device_bytes\": %zu}",
        comma, load.name, beams, chunk, search.trials, resident, copied, search.bytes);
  } else {
    std::printf("%-4s %6zu %6zu %6zu %12.1f %12.1f %10.0f\n", load.name, beams, chunk,
                search.trials, resident, copied, static_cast<double>(search.bytes) / 1e6);
  }
  std::fflush(stdout);
}

int run(const Options& options) {
  const CudaPresence presence = cuda_presence();
  if (!presence.usable) {
    std::fprintf(stderr, "skipped: %s\n", presence.words.c_str());
    return skipped;
  }
  if (options.json) {
    std::printf("{\"device\": \"%s\", \"rates\": [", presence.words.c_str());
  } else {
    std::printf("%s\nx real time, seconds of data of all beams in a second\n",
                presence.words.c_str());
    std::printf("%-4s %6s %6s %6s %12s %12s %10s\n", "", "beams", "chunk", "trials", "resident",
                "with copies", "MB");
  }
  const char* comma = "";
  for (const bench::Workload& load : bench::workloads) {
    if (!options.workload.empty() && options.workload != load.name) continue;
    for (const std::size_t beams : {1U, 4U}) {
      for (const std::size_t chunk : chunks) {
        measure(load, beams, chunk, options, comma);
        comma = ",";
      }
    }
  }
  if (options.json) std::printf("\n]}\n");
  return 0;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  draftstream::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--workload" && i + 1 < argc) {
      options.workload = argv[++i];
    } else if (argument == "--seconds" && i + 1 < argc) {
      options.seconds = std::atof(argv[++i]);
    } else {
      std::fprintf(stderr, "usage: bench_gpu_speed [--workload W1|W2|W3] [--seconds S] [--json]\n");
      return 2;
    }
  }
  try {
    return draftstream::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "failed: %s\n", error.what());
    return 1;
  }
}
