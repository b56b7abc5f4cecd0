#include "training/random.hpp"

#include <array>
#include <cmath>

namespace draftstream {
namespace {

constexpr std::size_t layers = 256;
// Where the outermost layer begins, and the area of each layer: Doornik (2005), table for C = 256.
constexpr double tail_begin = 3.6541528853610088;
constexpr double layer_area = 0.00492867323399;

double density(double x) {
  return std::exp(-0.5 * x * x);
}  // of the normal, not normalised

struct Ziggurat {
  std::array<double, layers + 1> edge{};    // layer i reaches to |x| < edge[i]; falls to 0
  std::array<double, layers + 1> height{};  // density at edge[i]
  // Kept as floats, so that the last bit of exp and log, which varies by machine, drops out.
  std::array<float, layers> scale{};           // edge[i] / 2^31
  std::array<std::uint32_t, layers> surely{};  // below this, |x| < edge[i + 1]: under the curve

  Ziggurat() {
    edge[0] = layer_area / density(tail_begin);
    edge[1] = tail_begin;
    for (std::size_t i = 2; i < layers; ++i) {
      edge[i] = std::sqrt(-2.0 * std::log(layer_area / edge[i - 1] + density(edge[i - 1])));
    }
    edge[layers] = 0.0;
    for (std::size_t i = 0; i <= layers; ++i) height[i] = density(edge[i]);
    for (std::size_t i = 0; i < layers; ++i) {
      scale[i] = static_cast<float>(edge[i] * 0x1.0p-31);
      surely[i] = static_cast<std::uint32_t>(static_cast<float>(edge[i + 1] / edge[i]) * 0x1.0p31F);
    }
  }
};

const Ziggurat ziggurat;

// Beyond tail_begin: exponential deviates, accepted in proportion to the normal density.
float tail(RandomEngine& engine, bool negative) {
  for (;;) {
    const double x = -std::log(1.0 - uniform(engine)) / tail_begin;
    const double y = -std::log(1.0 - uniform(engine));
    if (2.0 * y >= x * x) {
      return static_cast<float>(negative ? -(tail_begin + x) : tail_begin + x);
    }
  }
}

inline float draw(RandomEngine& engine) {
  for (;;) {
    const std::uint64_t bits = engine();
    const auto layer = static_cast<std::size_t>(bits & (layers - 1));
    const auto position = static_cast<std::int32_t>(bits >> 32U);
    const float x = static_cast<float>(position) * ziggurat.scale[layer];
    const std::uint32_t distance = position < 0 ? 0U - static_cast<std::uint32_t>(position)
                                                : static_cast<std::uint32_t>(position);
    if (distance < ziggurat.surely[layer]) return x;
    if (layer == 0) return tail(engine, position < 0);
    const double low = ziggurat.height[layer];
    const double high = ziggurat.height[layer + 1];
    if (low + uniform(engine) * (high - low) < density(x)) return x;
  }
}

// The mixing step of splitmix64. Source: Steele, Lea & Flood (2014), OOPSLA, with the constants of
// Stafford's variant 13.
std::uint64_t mix(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

}  // namespace

RandomEngine random_engine(std::uint64_t seed, RandomStream stream, std::uint64_t index) {
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  const auto high = [](std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32U); };
  std::seed_seq words{low(seed), high(seed), static_cast<std::uint32_t>(stream), low(index),
                      high(index)};
  return RandomEngine{words};
}

double log_uniform(RandomEngine& engine, double low, double high) {
  return low * std::pow(high / low, uniform(engine));
}

double hashed_uniform(std::uint64_t seed, RandomStream stream, std::uint64_t a, std::uint64_t b) {
  const std::uint64_t bits = mix(mix(mix(mix(seed) ^ static_cast<std::uint64_t>(stream)) ^ a) ^ b);
  return static_cast<double>(bits >> 11U) * 0x1.0p-53;
}

void fill_normal(RandomEngine& engine, std::span<float> out) {
  for (float& value : out) value = draw(engine);
}

float normal(RandomEngine& engine) {
  return draw(engine);
}

}  // namespace draftstream
