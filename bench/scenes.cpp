// What it costs to draw and render a scene for training, on one thread.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <numeric>
#include <vector>

#include "training/scenes.hpp"

using namespace draftstream;

namespace {

double cpu_s() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct Cost {
  double construct_ms;
  double render_ms;
  double values;
};

Cost cost_of(const SkyOptions& options, std::vector<float>& values) {
  const double begin = cpu_s();
  const Sky sky{options};
  const double constructed = cpu_s();
  values.resize(sky.truth().samples * options.nchans);
  const double ready = cpu_s();
  sky.render(0, values);
  return {1e3 * (constructed - begin), 1e3 * (cpu_s() - ready), static_cast<double>(values.size())};
}

void print(const char* what, const std::vector<Cost>& costs) {
  std::vector<double> all;
  double construct = 0.0;
  double values = 0.0;
  for (const Cost& cost : costs) {
    all.push_back(cost.construct_ms + cost.render_ms);
    construct += cost.construct_ms;
    values += cost.values;
  }
  std::sort(all.begin(), all.end());
  const double sum = std::accumulate(all.begin(), all.end(), 0.0);
  const auto n = static_cast<double>(all.size());
  fmt::print(
      "{:<34} mean {:6.1f} ms ({:.1f} before rendering), median {:6.1f}, 95 % {:6.1f}, "
      "{:.0f} million values/s\n",
      what, sum / n, construct / n, all[all.size() / 2], all[all.size() * 95 / 100],
      1e-3 * values / sum);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t count = 300;
  CLI::App program{"What a scene for training costs: CPU time of one thread"};
  program.add_option("--scenes", count, "How many (default 300)")->check(CLI::Range(1, 1000000));
  CLI11_PARSE(program, argc, argv);

  std::vector<float> values(most_scene_values);
  std::vector<Cost> drawn;
  std::vector<Cost> alike;    // the same, each of 2 s and 256 channels
  std::vector<Cost> without;  // and without bursts
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    SkyOptions sky = draw_scene(seed).sky;
    drawn.push_back(cost_of(sky, values));
    const double scale = 2.0 / sky.duration.value();
    for (Burst& burst : sky.bursts) burst.toa = scale * burst.toa;
    sky.nchans = 256;
    sky.duration = Seconds{2.0};
    sky.tsamp = Seconds{256e-6};
    alike.push_back(cost_of(sky, values));
    sky.bursts.clear();
    without.push_back(cost_of(sky, values));
  }
  print("as drawn", drawn);
  print("of 2 s, 256 channels, 256 us", alike);
  print("the same, without bursts", without);
  return 0;
}
