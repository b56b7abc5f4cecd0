// Networks on a CPU and on a CUDA device, in single and in half precision: how far apart their
// logits are, and how many inputs a second they take. Exit status: 1 if they are too far apart, 77
// if there is no device.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/infer/inference_model.hpp"

extern "C" draftstream::InferenceModel* draftstream_open_network(
    const char* path, draftstream::NetworkKind kind, const draftstream::NetworkOptions& options);

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int skipped = 77;
constexpr std::size_t count = 64;           // inputs
constexpr double most_apart_single = 0.05;  // logits: devices may multiply in 19 bits (TF32)
constexpr double most_apart_half = 0.5;

struct Options {
  std::string models = "models";
  double seconds = 3.0;  // of a measurement, about
};

// Noise, with a bright vertical line in every other input, which is a pulse to both networks.
std::vector<std::uint8_t> inputs_for(NetworkKind kind) {
  const NetworkShape shape = shape_of(kind);
  const bool tiles = kind == NetworkKind::detector;
  const auto rows = static_cast<std::size_t>(shape.rows);
  const auto columns = static_cast<std::size_t>(shape.columns);
  std::mt19937 random{1};
  std::normal_distribution<float> noise{tiles ? 22.0F : 0.0F, tiles ? 8.0F : 20.0F};
  std::vector<std::uint8_t> inputs(count * shape.bytes());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::size_t column = i % columns;
    const std::size_t row = i / columns % rows;
    const bool bright =
        i / shape.bytes() % 2 == 1 && column == columns / 2 && (!tiles || row / 8 == rows / 16);
    const float value = noise(random) + (bright ? 60.0F : 0.0F);
    inputs[i] = tiles ? static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F))
                      : static_cast<std::uint8_t>(
                            static_cast<std::int8_t>(std::clamp(value, -127.0F, 127.0F)));
  }
  return inputs;
}

std::size_t logits_of(NetworkKind kind) {  // of an output: they come first
  return kind == NetworkKind::detector ? std::size_t{64} * 64 : 1;
}

struct Row {
  NetworkKind kind = NetworkKind::detector;
  NetworkOptions options;
  double apart = 0.0;  // from the CPU's in single precision
  double inputs_a_second = 0.0;
};

class Bench {
 public:
  Bench(const Options& options, NetworkKind kind)
      : options_{options}, kind_{kind}, inputs_{inputs_for(kind)} {}

  Row measure(const NetworkOptions& how) {
    const std::string path = options_.models + "/" + name(kind_) + ".pt";
    const std::unique_ptr<InferenceModel> model{draftstream_open_network(path.c_str(), kind_, how)};
    const std::vector<float> outputs = run(*model);
    if (reference_.empty()) reference_ = outputs;
    Row row{kind_, how, apart(outputs), 0.0};
    std::size_t done = 0;
    const Clock::time_point begin = Clock::now();
    double seconds = 0.0;
    while (seconds < options_.seconds) {
      (void)run(*model);
      done += count;
      seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    row.inputs_a_second = static_cast<double>(done) / seconds;
    return row;
  }

 private:
  // In the batches of a search.
  [[nodiscard]] std::vector<float> run(InferenceModel& model) const {
    const NetworkShape shape = shape_of(kind_);
    const std::size_t batch = kind_ == NetworkKind::detector ? 8 : 32;
    std::vector<float> outputs(count * shape.outputs);
    for (std::size_t first = 0; first < count; first += batch) {
      model.run(std::span{inputs_}.subspan(first * shape.bytes(), batch * shape.bytes()), batch,
                std::span{outputs}.subspan(first * shape.outputs, batch * shape.outputs));
    }
    return outputs;
  }

  [[nodiscard]] double apart(const std::vector<float>& outputs) const {
    const std::size_t each = shape_of(kind_).outputs;
    double most = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < logits_of(kind_); ++j) {
        const double a = outputs[i * each + j];
        const double b = reference_[i * each + j];
        most = std::max(most, std::isfinite(a) ? std::abs(a - b) : INFINITY);
      }
    }
    return most;
  }

  const Options& options_;
  NetworkKind kind_;
  std::vector<std::uint8_t> inputs_;
  std::vector<float> reference_;
};

void print(const std::vector<Row>& rows) {
  std::printf("%-11s %-5s %-7s %12s %14s\n", "network", "on", "as", "logits apart", "inputs a s");
  for (const Row& row : rows) {
    std::printf("%-11s %-5s %-7s %12.2g %14.0f\n", name(row.kind), name(row.options.device),
                name(row.options.precision), row.apart, row.inputs_a_second);
  }
}

int run(const Options& options) {
  std::vector<Row> rows;
  std::string no_device;
  for (const NetworkKind kind : {NetworkKind::detector, NetworkKind::classifier}) {
    Bench bench{options, kind};
    for (const NetworkDevice device : {NetworkDevice::cpu, NetworkDevice::cuda}) {
      for (const auto precision : {NetworkPrecision::single, NetworkPrecision::half}) {
        try {
          rows.push_back(bench.measure({device, precision}));
        } catch (const std::invalid_argument& error) {  // no such device
          no_device = error.what();
        }
      }
    }
  }
  print(rows);
  for (const Row& row : rows) {
    const bool half = row.options.precision == NetworkPrecision::half;
    if (row.apart <= (half ? most_apart_half : most_apart_single)) continue;
    std::fprintf(stderr, "%s on %s, %s: logits are off by %g\n", name(row.kind),
                 name(row.options.device), name(row.options.precision), row.apart);
    return EXIT_FAILURE;
  }
  if (no_device.empty()) return EXIT_SUCCESS;
  std::fprintf(stderr, "skipped what needs a device: %s\n", no_device.c_str());
  return skipped;
}

int usage() {
  std::fputs("usage: bench_networks [--models DIR] [--seconds S]\n", stderr);
  return 2;
}

}  // namespace
}  // namespace draftstream

int main(int argc, char** argv) {
  draftstream::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (i + 1 < argc && argument == "--models") {
      options.models = argv[++i];
    } else if (i + 1 < argc && argument == "--seconds") {
      options.seconds = std::atof(argv[++i]);
    } else {
      return draftstream::usage();
    }
  }
  try {
    return draftstream::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_networks: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
