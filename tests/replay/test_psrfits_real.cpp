// Recordings of real telescopes and other projects' writers; skipped where they are absent.
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "replay/psrfits_recording.hpp"
#include "replay/sigproc_recording.hpp"
#include "tests/replay/psrfits_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_data.hpp"

namespace draftstream {
namespace {

using test::read_all;
using test::test_data;

struct Real {
  const char* file;
  std::size_t channels;
  std::uint64_t samples;
  SampleFormat format;
  int pols;
  double first_mhz, step_mhz;
  double sample_time_s;
  UtcInstant start;
};

TEST_CASE("real PSRFITS files have their shape, band and start", "[replay][psrfits][real]") {
  const UtcInstant askap{58682, 53595 + 0.3637763159349561};
  const auto real = GENERATE_COPY(values<Real>({
      {"your_28.fits", 336, 5523, {8, false, false}, 1, 1465.0, -1.0, 0.00126646875, askap},
      {"frb180417b28_4bit_scl.sf", 336, 5120, float_samples, 1, 1465.0, -1.0, 0.00126646875, askap},
      {"frb180417b28_8bit_1pol.sf",
       336,
       5120,
       {8, false, false},
       1,
       1465.0,
       -1.0,
       0.00126646875,
       askap},
      {"your_test_4pol.fits",
       512,
       200,
       float_samples,
       4,
       1780.0,
       -1.5625,
       2.048e-05,
       {58164, 16599 + 2.31899321079254e-07}},
  }));
  const auto path = test_data(real.file);
  if (!path) {
    WARN("skipped: no test data " << real.file);
    return;
  }
  INFO(real.file);
  const auto recording = open_psrfits(*path);
  const Observation& observation = recording->observation();
  CHECK(observation.frequency ==
        FrequencyAxis{Megahertz{real.first_mhz}, Megahertz{real.step_mhz}, real.channels});
  CHECK(*observation.samples == real.samples);
  CHECK(observation.format == real.format);
  CHECK(observation.stored_pols == real.pols);
  CHECK(observation.time.sample_time.value() == real.sample_time_s);
  CHECK(observation.time.start == real.start);
  CHECK(recording->gaps().empty());
}

TEST_CASE("a recording without rows is refused", "[replay][psrfits][real]") {
  const auto path = test_data("your_empty.fits");
  if (!path) {
    WARN("skipped: no test data your_empty.fits");
    return;
  }
  CHECK_THROWS_WITH(open_psrfits(*path), ContainsSubstring(*path + ": HDU SUBINT, keyword NAXIS2: "
                                                                   "found 0 rows"));
}

TEST_CASE("the same burst has the same samples in both formats", "[replay][psrfits][real]") {
  const std::string file = GENERATE("your_28.fits", "frb180417b28_8bit_1pol.sf");
  const auto psrfits_path = test_data(file);
  const auto sigproc_path = test_data("your_28.fil");
  if (!psrfits_path || !sigproc_path) {
    WARN("skipped: no test data " << file << " or your_28.fil");
    return;
  }
  const auto psrfits = read_all(*open_psrfits(*psrfits_path));
  const auto sigproc = read_all(*open_sigproc(*sigproc_path, {}));
  REQUIRE(sigproc.size() == std::size_t{5120} * 336);
  REQUIRE(psrfits.size() >= sigproc.size());
  CHECK(std::equal(sigproc.begin(), sigproc.end(), psrfits.begin()));
  CHECK(std::all_of(psrfits.begin() + static_cast<long>(sigproc.size()), psrfits.end(),
                    [](float value) { return value == 0.0F; }));
}

TEST_CASE("scaled 4-bit samples follow the 8-bit original", "[replay][psrfits][real]") {
  const auto scaled_path = test_data("frb180417b28_4bit_scl.sf");
  const auto original_path = test_data("your_28.fil");
  if (!scaled_path || !original_path) {
    WARN("skipped: no test data frb180417b28_4bit_scl.sf or your_28.fil");
    return;
  }
  const auto scaled = read_all(*open_psrfits(*scaled_path));
  const auto original = read_all(*open_sigproc(*original_path, {}));
  REQUIRE(scaled.size() == original.size());
  // 15 steps of 4 bits span the noise: the mean error is a fraction of a step of some 10 units.
  double error = 0.0;
  for (std::size_t i = 0; i < scaled.size(); ++i) error += std::abs(scaled[i] - original[i]);
  CHECK(error / static_cast<double>(scaled.size()) < 4.0);
}

}  // namespace
}  // namespace draftstream
