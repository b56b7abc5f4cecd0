// Beams of one sky: each with noise of its own, all with the same interference.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/support/catch.hpp"
#include "training/sky.hpp"

using namespace draftstream;

namespace {

SkyOptions beam(int number) {
  SkyOptions options;
  options.nchans = 16;
  options.tsamp = Seconds{1e-3};
  options.duration = Seconds{20.0};
  options.seed = 100 + static_cast<std::uint64_t>(number);
  options.beam = number;
  options.interference = parse_interference("dropouts:1");
  return options;
}

// Spectra that hold nothing.
std::vector<std::size_t> dropouts(const SkyOptions& options) {
  const Sky sky{options};
  std::vector<float> values(20'000 * options.nchans);
  sky.render(0, values);
  std::vector<std::size_t> found;
  for (std::size_t t = 0; t < 20'000; ++t) {
    const auto* spectrum = values.data() + t * options.nchans;
    if (std::all_of(spectrum, spectrum + options.nchans, [](float v) { return v == 0.0F; })) {
      found.push_back(t);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("beams with one seed for interference share it, and nothing else", "[training][sky]") {
  SkyOptions one = beam(1);
  SkyOptions two = beam(2);
  CHECK(dropouts(one) != dropouts(two));
  one.interference_seed = 7;
  two.interference_seed = 7;
  CHECK(dropouts(one).size() > 20);
  CHECK(dropouts(one) == dropouts(two));

  one.interference.clear();
  two.interference.clear();
  std::vector<float> noise(100 * one.nchans);
  std::vector<float> other(noise.size());
  Sky{one}.render(0, noise);
  Sky{two}.render(0, other);
  CHECK(noise != other);
  one.interference_seed = std::nullopt;
  Sky{one}.render(0, other);
  CHECK(noise == other);
}

TEST_CASE("a sky is of the beam it is said to be of", "[training][sky]") {
  CHECK(Sky{beam(12)}.observation().beam == 12);
  CHECK_FALSE(Sky{SkyOptions{}}.observation().beam.has_value());
}
