// False alarms in white noise, 1e9 samples times trials and more, against Gaussian statistics.
// Prints a table; exits 1 if a row is off by more than 4 of its own errors.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "tests/engine/false_alarm_count.hpp"

int main(int argc, char** argv) {
  using namespace draftstream;
  std::size_t segments = 40;
  std::uint64_t seed = 1;
  test::NoiseSegment segment;
  segment.samples = std::size_t{1} << 18U;
  CLI::App program{"False alarms in white noise against Gaussian statistics"};
  program.add_option("--segments", segments, "Pieces of independent noise")->capture_default_str();
  program.add_option("--samples", segment.samples, "Samples in each")->capture_default_str();
  program.add_option("--dm-max", segment.dm_max, "Highest DM")->capture_default_str();
  program.add_option("--seed", seed, "Of the first piece")->capture_default_str();
  program.add_option("--threads", segment.threads, "0: one per core")->capture_default_str();
  CLI11_PARSE(program, argc, argv);

  const auto rows = test::count_false_alarms(segment, {4.0, 5.0, 6.0, 7.0, 8.0}, segments, seed);
  fmt::print("{} pieces, {:.3g} samples x trials, {:.3g} boxes\n", segments, rows[0].sample_trials,
             rows[0].boxes);
  fmt::print("{:>9} {:>12} {:>12} {:>10} {:>9} {:>8}\n", "threshold", "boxes above", "expected",
             "error", "ratio", "off by");
  bool good = true;
  double boxes_a_peak = 1.0;
  for (const test::FalseAlarms& row : rows) {
    if (row.above >= 100.0) boxes_a_peak = row.boxes_a_peak();
    const double error = row.error(boxes_a_peak);
    const double off = (row.above - row.expected()) / error;
    fmt::print("{:>9.1f} {:>12.0f} {:>12.4g} {:>10.3g} {:>9.3f} {:>+8.1f}\n", row.threshold,
               row.above, row.expected(), error, row.above / row.expected(), off);
    good = good && std::abs(off) <= 4.0;
  }
  fmt::print("{}\n", good ? "as Gaussian noise should" : "NOT as Gaussian noise should");
  return good ? 0 : 1;
}
