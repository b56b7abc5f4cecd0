// Where a burst's power lies, channel by channel.
#include <cmath>
#include <vector>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "training/burst_template.hpp"
#include "training/pulse_profile.hpp"

using namespace draftstream;

namespace {

constexpr Seconds sample_time{50e-6};

struct Moments {
  double sum = 0.0;
  double mean = 0.0;  // [s from sample 0]
  double variance = 0.0;
};

Moments moments(const BurstTemplate& shape, std::size_t channel, Seconds step) {
  const SampleRange range = shape.range(channel);
  std::vector<float> profile(static_cast<std::size_t>(range.samples()));
  shape.fill(channel, range.first, profile);
  Moments result;
  double square = 0.0;
  const double origin = static_cast<double>(range.first);
  for (std::size_t i = 0; i < profile.size(); ++i) {
    const double t = (static_cast<double>(i) + 0.5) * step.value();  // middle of the sample
    result.sum += profile[i];
    result.mean += profile[i] * t;
    square += profile[i] * t * t;
  }
  result.mean /= result.sum;
  result.variance = square / result.sum - result.mean * result.mean;
  result.mean += origin * step.value();
  return result;
}

}  // namespace

TEST_CASE("each channel's pulse arrives when the law says", "[training][burst_template]") {
  struct Row {
    const char* what;
    double dm;
    std::size_t channel;
    double mean;  // [s]: toa + k dm (f^-2 - f_top^-2), by hand with k = 4149.377593360996
  };
  // Centres 1500, 1499.5, ... MHz.
  const FrequencyAxis frequency{Megahertz{1500.0}, Megahertz{-0.5}, 1001};
  const auto row = GENERATE(values<Row>({
      {"top channel, where t is defined", 500.0, 0, 2.0},
      {"1250 MHz: 500 k (6.4e-7 - 4.444444e-7)", 500.0, 500, 2.405716920},
      {"1000 MHz: 500 k (1e-6 - 4.444444e-7)", 500.0, 1000, 3.152604887},
      {"no electrons", 0.0, 1000, 2.0},
  }));
  INFO(row.what);
  Burst burst;
  burst.dm = DispersionMeasure{row.dm};
  burst.toa = Seconds{2.0};
  const BurstTemplate shape{burst, frequency, sample_time};
  const Moments found = moments(shape, row.channel, sample_time);
  CHECK(std::abs(found.mean - row.mean) < 1e-6);
  CHECK(std::abs(found.sum - 1.0) < 2e-6);
}

TEST_CASE("a channel smears a pulse by its own width", "[training][burst_template][property]") {
  const FrequencyAxis frequency{Megahertz{1400.0}, Megahertz{-1.0}, 200};
  const double dm = GENERATE(0.0, 100.0, 1000.0, 5000.0);
  const std::size_t channel = GENERATE(std::size_t{0}, std::size_t{199});
  Burst burst;
  burst.dm = DispersionMeasure{dm};
  burst.toa = Seconds{1.0};
  burst.width = Seconds{0.2e-3};
  const Moments found = moments(BurstTemplate{burst, frequency, sample_time}, channel, sample_time);
  const double f = frequency.centre(channel).value();
  const double smear = 2.0 * dispersion_constant * dm / (f * f * f);  // 1 MHz wide
  const double sigma = burst.width.value() / fwhm_per_sigma;
  // The last term is Sheppard's: all of a sample's power is put at its middle.
  const double expected =
      sigma * sigma + smear * smear / 12.0 + sample_time.value() * sample_time.value() / 12.0;
  CAPTURE(dm, channel, smear);
  CHECK(std::abs(found.variance / expected - 1.0) < 2e-3);
}

TEST_CASE("scattering delays a pulse by tau, and by f^-4", "[training][burst_template]") {
  const FrequencyAxis frequency{Megahertz{1600.0}, Megahertz{-8.0}, 101};  // middle: 1200
  Burst burst;
  burst.dm = DispersionMeasure{0.0};
  burst.toa = Seconds{1.0};
  burst.tau = Seconds{4e-3};
  const BurstTemplate shape{burst, frequency, sample_time};
  CHECK(std::abs(moments(shape, 50, sample_time).mean - 1.004) < 1e-7 + 4e-3 * 2e-5);
  CHECK(std::abs(moments(shape, 100, sample_time).mean - (1.0 + 4e-3 * 5.0625)) < 1e-6);  // 1.5^4
  CHECK(std::abs(moments(shape, 0, sample_time).mean - (1.0 + 4e-3 * 0.31640625)) < 1e-6);
  const double sigma = burst.width.value() / fwhm_per_sigma;
  CHECK(std::abs(moments(shape, 50, sample_time).variance / (sigma * sigma + 16e-6) - 1.0) < 1e-3);
}

TEST_CASE("spectral index and band decide what each channel gets", "[training][burst_template]") {
  const FrequencyAxis frequency{Megahertz{1000.0}, Megahertz{10.0}, 101};  // ascending; middle 1500
  Burst burst;
  burst.toa = Seconds{1.0};
  burst.index = 2.0;
  burst.band = Band{Megahertz{1800.0}, Megahertz{1295.0}};
  const BurstTemplate shape{burst, frequency, sample_time};
  CHECK(shape.weight(29) == 0.0);  // 1290 MHz
  CHECK(shape.range(29).samples() == 0);
  CHECK(std::abs(shape.weight(30) - 0.7511111) < 1e-6);  // (1300 / 1500)^2
  CHECK(shape.weight(50) == 1.0);
  CHECK(std::abs(shape.weight(80) - 1.44) < 1e-12);
  CHECK(shape.weight(81) == 0.0);
  CHECK(std::abs(moments(shape, 80, sample_time).sum - 1.44) < 1e-5);

  burst.band = Band{Megahertz{1004.0}, Megahertz{1001.0}};
  CHECK_THROWS_WITH(BurstTemplate(burst, frequency, sample_time),
                    ContainsSubstring("key 'band': found 1004 to 1001 MHz"));
}

TEST_CASE("wide channels at low frequencies keep the law's curve", "[training][burst_template]") {
  const FrequencyAxis frequency{Megahertz{450.0}, Megahertz{-100.0}, 3};
  Burst burst;
  burst.dm = DispersionMeasure{20.0};
  burst.toa = Seconds{0.5};
  burst.width = Seconds{10e-3};
  burst.tau = Seconds{GENERATE(0.0, 5e-3)};
  const Seconds step{2e-3};
  const BurstTemplate shape{burst, frequency, step};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const double centre = frequency.centre(channel).value();
    const PulseProfile profile{burst.width, std::pow(350.0 / centre, 4.0) * burst.tau};
    const SampleRange range = shape.range(channel);
    std::vector<float> found(static_cast<std::size_t>(range.samples()));
    shape.fill(channel, range.first, found);
    double worst = 0.0;
    double peak = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      constexpr int frequencies = 2000;  // plain average over the channel
      double expected = 0.0;
      const double t = static_cast<double>(range.first + static_cast<std::int64_t>(i)) * 2e-3;
      for (int j = 0; j < frequencies; ++j) {
        const double f = centre - 50.0 + 100.0 * (j + 0.5) / frequencies;
        const double arrival =
            0.5 + dispersion_delay(burst.dm, Megahertz{f}, Megahertz{450.0}).value();
        expected +=
            (profile.integral(t + 2e-3 - arrival) - profile.integral(t - arrival)) / frequencies;
      }
      worst = std::max(worst, std::abs(expected - static_cast<double>(found[i])));
      peak = std::max(peak, expected);
    }
    CAPTURE(channel, peak);
    CHECK(worst < 0.01 * peak);
  }
}

TEST_CASE("a piece of a profile equals that piece of the whole", "[training][burst_template]") {
  const FrequencyAxis frequency{Megahertz{1400.0}, Megahertz{-1.0}, 8};
  Burst burst;
  burst.toa = Seconds{1.0};
  burst.tau = Seconds{1e-3};
  burst.components = GENERATE(1U, 3U);
  burst.spacing = Seconds{burst.components > 1 ? 50e-3 : 0.0};  // far apart: with a hole
  const BurstTemplate shape{burst, frequency, sample_time};
  const SampleRange range = shape.range(5);
  std::vector<float> whole(static_cast<std::size_t>(range.samples()));
  shape.fill(5, range.first, whole);
  for (std::size_t from = 0; from < whole.size(); from += 17) {
    std::vector<float> piece(std::min<std::size_t>(17, whole.size() - from));
    shape.fill(5, range.first + static_cast<std::int64_t>(from), piece);
    CHECK(
        std::equal(piece.begin(), piece.end(), whole.begin() + static_cast<std::ptrdiff_t>(from)));
  }
}

TEST_CASE("components follow each other, each by its ratio", "[training][burst_template]") {
  const FrequencyAxis frequency{Megahertz{1400.0}, Megahertz{-1.0}, 8};
  Burst burst;
  burst.toa = Seconds{1.0};
  burst.width = Seconds{1e-3};
  burst.components = 3;
  burst.spacing = Seconds{40e-3};
  burst.ratio = 0.5;
  const BurstTemplate shape{burst, frequency, sample_time};
  CHECK(std::abs(shape.weight(0) - 1.75) < 1e-2);  // 1 + 1/2 + 1/4; index 0
  for (std::size_t k = 0; k < 3; ++k) {
    // 20 ms around where it should be, by hand: 1.00, 1.04 and 1.08 s in channel 0.
    const std::int64_t first = 19'800 + 800 * static_cast<std::int64_t>(k);
    std::vector<float> part(400);
    shape.fill(0, first, part);
    double sum = 0.0;
    double moment = 0.0;
    for (std::size_t i = 0; i < part.size(); ++i) {
      sum += part[i];
      moment += part[i] * (static_cast<double>(first) + static_cast<double>(i) + 0.5) * 50e-6;
    }
    CAPTURE(k);
    CHECK(std::abs(sum - std::pow(0.5, static_cast<double>(k))) < 1e-5);
    CHECK(std::abs(moment / sum - (1.0 + 0.04 * static_cast<double>(k))) < 1e-6);
  }
  // From the first one's begin to the last one's end.
  burst.components = 1;
  burst.spacing = Seconds{0.0};
  const BurstTemplate single{burst, frequency, sample_time};
  CHECK(shape.range(3).first == single.range(3).first);
  CHECK(std::abs(shape.range(3).end - single.range(3).end - 1600) <= 1);
}

TEST_CASE("each component's band lies lower by the drift", "[training][burst_template]") {
  const FrequencyAxis frequency{Megahertz{1499.5}, Megahertz{-1.0}, 100};
  Burst burst;
  burst.dm = DispersionMeasure{0.0};
  burst.toa = Seconds{1.0};
  burst.width = Seconds{1e-3};
  burst.components = 2;
  burst.spacing = Seconds{20e-3};
  burst.band = Band{Megahertz{1480.0}, Megahertz{1470.0}};
  burst.drift_mhz_ms = 1.5;  // 30 MHz from one to the next
  const BurstTemplate shape{burst, frequency, sample_time};
  for (std::size_t c = 0; c < 100; ++c) {
    const bool first = c >= 20 && c < 30;
    const bool second = c >= 50 && c < 60;
    CAPTURE(c);
    CHECK((shape.range(c).samples() > 0) == (first || second));
    if (first) CHECK(std::abs(moments(shape, c, sample_time).mean - 1.0) < 1e-6);
    if (second) CHECK(std::abs(moments(shape, c, sample_time).mean - 1.02) < 1e-6);
  }
}

TEST_CASE("a slant delays the bottom of the band", "[training][burst_template]") {
  const FrequencyAxis frequency{Megahertz{1200.0}, Megahertz{1.0}, 101};  // ascending
  Burst burst;
  burst.dm = DispersionMeasure{0.0};
  burst.toa = Seconds{1.0};
  burst.slant = Seconds{8e-3};
  const BurstTemplate all{burst, frequency, sample_time};
  CHECK(std::abs(moments(all, 100, sample_time).mean - 1.0) < 1e-6);
  CHECK(std::abs(moments(all, 50, sample_time).mean - 1.004) < 1e-6);
  CHECK(std::abs(moments(all, 0, sample_time).mean - 1.008) < 1e-6);
  burst.band = Band{Megahertz{1280.0}, Megahertz{1240.0}};
  const BurstTemplate part{burst, frequency, sample_time};
  CHECK(std::abs(moments(part, 80, sample_time).mean - 1.0) < 1e-6);
  CHECK(std::abs(moments(part, 50, sample_time).mean - 1.006) < 1e-6);
}
