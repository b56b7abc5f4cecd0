// The last seconds of a ring as a picture, against the same by the book.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "ingest/spectrum_ring.hpp"
#include "publishers/page/live_waterfall.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

constexpr std::size_t channels = 4;
constexpr std::uint64_t column_samples = 19;  // of 10 s in 512 columns, at 1 ms

Observation observation_of(double step_mhz) {
  Observation observation;
  const double first = step_mhz < 0.0 ? 1403.0 : 1400.0;
  observation.frequency = FrequencyAxis{Megahertz{first}, Megahertz{step_mhz}, channels};
  observation.time = TimeAxis{{58225, 0.0}, Seconds{1e-3}};
  observation.format = SampleFormat{8};
  return observation;
}

SpectrumRing make_ring(std::uint64_t samples) {
  return SpectrumRing{{.channels = channels,
                       .format = {8},
                       .samples = samples,
                       .huge_pages = false,
                       .lock = false}};
}

std::uint8_t value_of(std::uint64_t sample, std::size_t channel) {
  return static_cast<std::uint8_t>(20 + (sample * 7 + channel * 13) % 11);
}

void publish(SpectrumRing& ring, std::uint64_t samples) {
  const std::uint64_t first = ring.published();
  const auto bytes = ring.claim(samples);
  for (std::uint64_t t = 0; t < samples; ++t) {
    for (std::size_t c = 0; c < channels; ++c) {
      bytes[t * channels + c] = static_cast<std::byte>(value_of(first + t, c));
    }
  }
  ring.publish(samples);
}

double mean_of(std::uint64_t column, std::size_t channel) {
  double sum = 0.0;
  for (std::uint64_t t = 0; t < column_samples; ++t) {
    sum += value_of(column * column_samples + t, channel);
  }
  return sum / static_cast<double>(column_samples);
}

// What cells of a channel should be, for columns [0, count).
std::vector<int> expected(std::size_t channel, std::uint64_t count) {
  std::vector<double> means;
  for (std::uint64_t column = 0; column < count; ++column)
    means.push_back(mean_of(column, channel));
  std::vector<double> sorted = means;
  std::sort(sorted.begin(), sorted.end());
  const double middle = sorted[sorted.size() / 2];
  std::vector<double> distances;
  for (const double mean : means) distances.push_back(std::abs(mean - middle));
  std::sort(distances.begin(), distances.end());
  const double sigma = 1.4826 * distances[distances.size() / 2];
  std::vector<int> cells;
  for (const double mean : means) {
    cells.push_back(
        static_cast<int>(std::clamp(128.0 + 16.0 * (mean - middle) / sigma, 1.0, 255.0)));
  }
  return cells;
}

}  // namespace

TEST_CASE("cells are means of columns in units of their band's noise", "[publishers][page]") {
  const double step = GENERATE(1.0, -1.0);
  CAPTURE(step);
  SpectrumRing ring = make_ring(8192);
  const Observation observation = observation_of(step);
  LiveWaterfall waterfall{ring, observation};
  publish(ring, 1000);
  (void)waterfall.look();  // a look in between changes nothing
  publish(ring, 1000);
  const WaterfallPicture picture = waterfall.look();
  const std::uint64_t whole = 2000 / column_samples;
  CHECK(picture.bands == channels);
  CHECK(picture.columns == 512);
  CHECK(picture.column_samples == column_samples);
  CHECK(picture.looked_at == column_samples);
  CHECK(picture.first_sample == 0);
  CHECK(picture.end_s == Approx(1e-3 * static_cast<double>(whole * column_samples)));
  CHECK(picture.top_mhz == 1403.0);
  CHECK(picture.bottom_mhz == 1400.0);
  REQUIRE(picture.cells.size() == channels * 512);
  for (std::size_t band = 0; band < channels; ++band) {
    const std::size_t channel = step < 0.0 ? band : channels - 1 - band;
    const std::vector<int> cells = expected(channel, whole);
    for (std::size_t i = 0; i < 512; ++i) {
      const bool has_come = i >= 512 - whole;
      const int right = has_come ? cells[i - (512 - whole)] : 0;
      CAPTURE(band, i);
      REQUIRE(std::abs(picture.cells[band * 512 + i] - right) <= 1);  // floats, doubles
    }
  }
}

TEST_CASE("gaps, holes and what was overwritten are no data", "[publishers][page]") {
  SpectrumRing ring = make_ring(4096);
  const Observation observation = observation_of(-1.0);
  LiveWaterfall waterfall{ring, observation};
  publish(ring, column_samples * 20);
  REQUIRE(ring.publish_gap(column_samples * 5, Fate::missing));
  const auto bytes = ring.claim(column_samples);
  std::fill(bytes.begin(), bytes.end(), std::byte{200});
  ring.mark_hole({ring.published(), column_samples, 1, 2});
  ring.publish(column_samples);
  WaterfallPicture picture = waterfall.look();
  const auto cell = [&picture](std::size_t band, std::size_t from_end) {
    return picture.cells[band * 512 + 511 - from_end];
  };
  CHECK(cell(0, 0) == 255);
  CHECK(cell(1, 0) == 0);
  CHECK(cell(2, 0) == 0);
  CHECK(cell(3, 0) == 255);
  for (std::size_t column = 1; column <= 5; ++column) CHECK(cell(0, column) == 0);
  CHECK(cell(0, 6) > 0);

  for (int i = 0; i < 40; ++i) publish(ring, column_samples * 10);  // nobody looks meanwhile
  picture = waterfall.look();
  CHECK(cell(0, 0) > 0);
  CHECK(cell(0, 300) == 0);
  CHECK(ring.published() == column_samples * 426);
}

TEST_CASE("what is copied at a look is bounded", "[publishers][page]") {
  constexpr std::size_t many = 32768;  // a column of 19 spectra has 0.6 MB, 512 of them 300 MB
  Observation observation = observation_of(-1.0);
  observation.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-0.01}, many};
  SpectrumRing ring{
      {.channels = many, .format = {8}, .samples = 12'000, .huge_pages = false, .lock = false}};
  LiveWaterfall waterfall{ring, observation};
  for (int i = 0; i < 20; ++i) {
    (void)ring.claim(500);
    ring.publish(500);
  }
  const WaterfallPicture picture = waterfall.look();
  CHECK(picture.looked_at == 1);
  CHECK(picture.bands == 256);
}
