// What conditioning costs: nanoseconds a sample, and seconds of data a second, on white noise with
// a burst and a few bad channels.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <vector>

#include <fmt/format.h>

#include "engine/condition.hpp"
#include "engine/tree/quantised_conditioner.hpp"
#include "tests/support/synthetic_sky.hpp"

namespace {

using namespace draftstream;

struct Cost {
  double wall_s = 1e300;
  double cores_s = 1e300;  ///< Of all threads together.
};

// The least of some runs.
template <class Run>
Cost least(std::size_t runs, Run run) {
  Cost best;
  for (std::size_t i = 0; i < runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cores_begin = std::clock();
    run();
    const std::clock_t cores_spent = std::clock() - cores_begin;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    best.wall_s = std::min(best.wall_s, spent.count());
    best.cores_s = std::min(best.cores_s, static_cast<double>(cores_spent) / CLOCKS_PER_SEC);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t channels = 1024;
  std::size_t samples = 8192;
  double sample_time_s = 256e-6;
  int bits = 8;
  std::size_t runs = 20;
  bool reference = false;
  std::vector<unsigned> threads{1, 2};
  CLI::App program{"Speed of conditioning on one block"};
  program.add_option("--channels", channels)->capture_default_str();
  program.add_option("--samples", samples, "Of a block")->capture_default_str();
  program.add_option("--tsamp", sample_time_s, "[s]")->capture_default_str();
  program.add_option("--bits", bits)->capture_default_str();
  program.add_option("--runs", runs, "The fastest counts")->capture_default_str();
  program.add_option("--threads", threads)->capture_default_str();
  program.add_flag("--reference", reference, "The float conditioner, too");
  CLI11_PARSE(program, argc, argv);

  const double step = -300.0 / static_cast<double>(channels);
  test::Sky sky{{1500.0 + 0.5 * step, step, channels, sample_time_s}, samples, 1};
  sky.add({300.0, 1000.0, 8.0, 50.0});
  for (std::size_t t = 0; t < samples; ++t) {
    sky.at(t, channels / 3) = 0.0F;
    sky.at(t, channels / 2) += t % 100 < 10 ? 4.0F : 0.0F;
  }
  const SampleFormat format{bits, false, bits == 32};
  const auto middle = bits >= 8 ? 100.0F : static_cast<float>(1U << (bits - 1)) - 0.5F;
  const auto bytes = sky.stored(format, middle, std::max(0.8F, middle / 8.0F));
  const FilterbankChunk chunk{0, samples, channels, format, bytes, {}};
  const double all = static_cast<double>(channels * samples);
  const double observed_s = static_cast<double>(samples) * sample_time_s;
  const auto print = [&](const char* what, unsigned count, const Cost& cost) {
    fmt::print("{}, {} threads: {:.3f} ns of a core a sample, {:.0f} x real time\n", what, count,
               cost.cores_s / all * 1e9, observed_s / cost.wall_s);
  };
  const auto frequency = sky.observation(format).frequency;
  for (const unsigned count : threads) {
    WorkerPool pool{count};
    QuantisedConditioner conditioner{frequency, format, ConditionConfig{}, pool};
    const std::size_t stride = (samples + 127) / 128 * 128 + 64;
    std::vector<std::int8_t> rows(channels * stride);
    QuantisedBlock block;
    print("8-bit rows", count, least(runs, [&] {
            conditioner.condition(chunk, 0, {rows.data(), stride}, block);
          }));
    if (!reference) continue;
    Conditioner plain{frequency, format, ConditionConfig{}, pool};
    ConditionedBlock values;
    print("floats", count,
          least(std::min<std::size_t>(runs, 3), [&] { plain.condition(chunk, values); }));
  }
  return 0;
}
