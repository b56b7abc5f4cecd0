// Injected pulses of many widths: the engine's S/N over that of filters that know the pulse.
// Prints a table; exits 1 if a mean ratio to the exact boxcar filter leaves 0.95 to 1.02 for
// widths of 2 samples and up, or a pulse is lost.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "tests/engine/injected_pulses.hpp"

int main(int argc, char** argv) {
  using namespace draftstream;
  std::size_t pulses = 24;
  std::uint64_t seed = 1;
  unsigned threads = 0;
  CLI::App program{"S/N of injected pulses against exact filters"};
  program.add_option("--pulses", pulses, "Of each width and kind")->capture_default_str();
  program.add_option("--seed", seed, "Of the noise")->capture_default_str();
  program.add_option("--threads", threads, "0: one per core")->capture_default_str();
  CLI11_PARSE(program, argc, argv);

  const double sample_s = test::pulse_band.sample_time_s;
  fmt::print("{:>5} {:>9} {:>5} {:>7} {:>17} {:>17} {:>8} {:>8}\n", "FWHM", "profile", "zdm",
             "found", "/ exact boxcar", "/ matched filter", "DM pull", "t pull");
  bool good = true;
  for (const double width : {1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0}) {
    for (const auto profile : {test::Profile::gaussian, test::Profile::top_hat}) {
      const test::PulsesInNoise injected{test::pulse_noise(pulses, width, seed), width, profile,
                                         seed};
      ++seed;
      for (const ZeroDm zero_dm : {ZeroDm::zdot, ZeroDm::off}) {
        std::vector<double> to_boxcar;
        std::vector<double> to_matched;
        std::vector<double> dm_pulls;
        std::vector<double> toa_pulls;
        for (const test::Recovered& one : injected.search(zero_dm, threads)) {
          if (!one.found) continue;
          to_boxcar.push_back(one.candidate.snr / one.exact_boxcar);
          to_matched.push_back(one.candidate.snr / one.matched_filter);
          dm_pulls.push_back(one.dm_pull());
          toa_pulls.push_back(one.toa_pull(sample_s));
        }
        const test::Mean boxcar = test::mean_of(to_boxcar);
        const test::Mean matched = test::mean_of(to_matched);
        const bool right = width < 2.0 || (boxcar.mean >= 0.95 && boxcar.mean <= 1.02 &&
                                           to_boxcar.size() == pulses);
        good = good && right;
        fmt::print(
            "{:>5.0f} {:>9} {:>5} {:>3}/{:<3} {:>8.3f} +- {:.3f} {:>8.3f} +- {:.3f} "
            "{:>8.2f} {:>8.2f}{}\n",
            width, profile == test::Profile::gaussian ? "Gaussian" : "top hat", name(zero_dm),
            to_boxcar.size(), pulses, boxcar.mean, boxcar.error, matched.mean, matched.error,
            test::rms(dm_pulls), test::rms(toa_pulls), right ? "" : "  <- out of bounds");
      }
    }
  }
  return good ? 0 : 1;
}
