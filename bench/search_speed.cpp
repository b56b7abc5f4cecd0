// How many seconds of data the search gets through in a second: white noise of any shape.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "tests/engine/search_run.hpp"

int main(int argc, char** argv) {
  using namespace draftstream;
  std::size_t channels = 1024;
  double top_mhz = 1500.0;
  double bottom_mhz = 1200.0;
  double sample_time_s = 256e-6;
  double dm_max = 1500.0;
  double seconds = 10.0;
  std::vector<unsigned> threads{1, 2};
  CLI::App program{"Speed of the search on white noise of 8 bits"};
  program.add_option("--channels", channels)->capture_default_str();
  program.add_option("--top-mhz", top_mhz)->capture_default_str();
  program.add_option("--bottom-mhz", bottom_mhz)->capture_default_str();
  program.add_option("--tsamp", sample_time_s, "[s]")->capture_default_str();
  program.add_option("--dm-max", dm_max)->capture_default_str();
  program.add_option("--duration", seconds, "[s]")->capture_default_str();
  program.add_option("--threads", threads)->capture_default_str();
  CLI11_PARSE(program, argc, argv);

  const double step = (bottom_mhz - top_mhz) / static_cast<double>(channels);
  const test::Sky sky{{top_mhz + 0.5 * step, step, channels, sample_time_s},
                      static_cast<std::size_t>(std::lround(seconds / sample_time_s)),
                      1};
  constexpr SampleFormat format{8};
  const auto bytes = sky.stored(format, 100.0F, 12.0F);
  for (const unsigned count : threads) {
    SearchConfig config;
    config.dm_max = DispersionMeasure{dm_max};
    config.threads = count;
    const auto begin = std::chrono::steady_clock::now();
    const auto run = test::run_search(sky.observation(format), bytes, config);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    const StageSeconds& stages = run.counts.seconds;
    fmt::print(
        "{} threads: {:.2f} x real time; x real time by stage: condition {:.1f}, dedisperse and "
        "boxcars {:.2f}, cluster {:.0f}\n",
        count, seconds / spent.count(), seconds / stages.condition, seconds / stages.dedisperse,
        seconds / stages.cluster);
  }
  return 0;
}
