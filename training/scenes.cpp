#include "training/scenes.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"
#include "training/parse_number.hpp"
#include "training/random.hpp"
#include "training/random_bursts.hpp"

namespace draftstream {
namespace {

// A choice and how often it is made, relative to the others of its table.
template <class Choice>
struct Weighted {
  Choice choice;
  double weight;
};

constexpr std::array channel_counts{
    Weighted<std::size_t>{128, 0.20},  Weighted<std::size_t>{256, 0.40},
    Weighted<std::size_t>{336, 0.10},  Weighted<std::size_t>{512, 0.20},
    Weighted<std::size_t>{1024, 0.10},
};
constexpr std::array depths{
    Weighted<int>{1, 0.08}, Weighted<int>{2, 0.17},  Weighted<int>{4, 0.10},
    Weighted<int>{8, 0.50}, Weighted<int>{32, 0.15},
};
constexpr std::array filters{
    Weighted<ZeroDm>{ZeroDm::off, 0.5},
    Weighted<ZeroDm>{ZeroDm::plain, 0.1},
    Weighted<ZeroDm>{ZeroDm::zdot, 0.4},
};
constexpr std::array counts_of_kinds{
    Weighted<std::size_t>{1, 0.5},
    Weighted<std::size_t>{2, 0.3},
    Weighted<std::size_t>{3, 0.2},
};
// Dead channels are drawn by themselves.
constexpr std::array kinds{
    Weighted<InterferenceKind>{InterferenceKind::narrowband, 0.15},
    Weighted<InterferenceKind>{InterferenceKind::impulses, 0.18},
    Weighted<InterferenceKind>{InterferenceKind::radar, 0.10},
    Weighted<InterferenceKind>{InterferenceKind::chirps, 0.12},
    Weighted<InterferenceKind>{InterferenceKind::perytons, 0.08},
    Weighted<InterferenceKind>{InterferenceKind::blips, 0.15},
    Weighted<InterferenceKind>{InterferenceKind::red_noise, 0.06},
    Weighted<InterferenceKind>{InterferenceKind::gains, 0.08},
    Weighted<InterferenceKind>{InterferenceKind::saturated, 0.02},
    Weighted<InterferenceKind>{InterferenceKind::dropouts, 0.06},
};

constexpr double largest_dm = 5000.0;
constexpr double shortest_sweep = 30.0;  // [samples]
constexpr double longest_sweep = 0.5;    // of the scene
constexpr double longest_tail = 250.0;   // tau at the bottom of the band [samples]

template <class Choice>
Choice pick(std::span<const Weighted<Choice>> table, RandomEngine& engine) {
  double sum = 0.0;
  for (const auto& entry : table) sum += entry.weight;
  double left = uniform(engine) * sum;
  for (const auto& entry : table) {
    left -= entry.weight;
    if (left < 0.0) return entry.choice;
  }
  return table.back().choice;  // by rounding
}
template <class Choice, std::size_t count>
Choice pick(const std::array<Weighted<Choice>, count>& table, RandomEngine& engine) {
  return pick(std::span<const Weighted<Choice>>{table}, engine);
}

bool happens(double probability, RandomEngine& engine) {
  return uniform(engine) < probability;
}

Band draw_telescope_band(RandomEngine& engine) {
  Band band = scene_bands[static_cast<std::size_t>(uniform(engine) * scene_bands.size())];
  const Megahertz width = band.top - band.bottom;
  const bool cut = happens(0.3, engine);
  const double above = uniform(engine, 0.0, 0.3);
  const double below = uniform(engine, 0.0, 0.3);
  if (cut) band = {band.top - above * width, band.bottom + below * width};
  return band;
}

void draw_times(SkyOptions& sky, RandomEngine& engine) {
  constexpr double shortest_s = 1.0;
  constexpr double longest_s = 8.0;
  constexpr double finest_s = 64e-6;
  constexpr double coarsest_s = 1.024e-3;
  const double most_samples =
      static_cast<double>(most_scene_values) / static_cast<double>(sky.nchans);
  const double duration =
      log_uniform(engine, shortest_s, std::min(longest_s, coarsest_s * most_samples));
  sky.tsamp = Seconds{log_uniform(engine, std::max(finest_s, duration / most_samples), coarsest_s)};
  sky.duration = std::floor(duration / sky.tsamp.value()) * sky.tsamp;
}

// Rates are such that a few events fall into a scene.
double draw_amount(InterferenceKind kind, const SkyOptions& sky, RandomEngine& engine) {
  const double duration = sky.duration.value();
  const auto few = [&](double most) { return uniform(engine, 1.0, most) / duration; };
  switch (kind) {
    case InterferenceKind::narrowband:
      return log_uniform(engine, 0.004, 0.2);
    case InterferenceKind::impulses:
      return log_uniform(engine, 1.0, 30.0) / duration;
    case InterferenceKind::radar:
      return log_uniform(engine, 30.0, 1500.0) * sky.tsamp.value();
    case InterferenceKind::chirps:
      return few(4.0);
    case InterferenceKind::perytons:
      return few(3.0);
    case InterferenceKind::blips:
      return log_uniform(engine, 1.0, 40.0) / duration;
    case InterferenceKind::red_noise:
      return log_uniform(engine, 0.02, 0.3);
    case InterferenceKind::gains:
    case InterferenceKind::dropouts:
      return few(3.0);
    case InterferenceKind::dead:
      return log_uniform(engine, 0.004, 0.2);
    case InterferenceKind::saturated:
      break;
  }
  return log_uniform(engine, 0.004, 0.03);
}

std::vector<Interference> draw_interference(const SkyOptions& sky, double part,
                                            RandomEngine& engine) {
  std::vector<Interference> list;
  const auto add = [&](InterferenceKind kind) {
    list.push_back({kind, draw_amount(kind, sky, engine)});
  };
  if (happens(part, engine)) {
    std::vector<Weighted<InterferenceKind>> left(kinds.begin(), kinds.end());
    for (std::size_t count = pick(counts_of_kinds, engine); count > 0; --count) {
      const auto kind = pick(std::span<const Weighted<InterferenceKind>>{left}, engine);
      std::erase_if(left, [&](const auto& entry) { return entry.choice == kind; });
      add(kind);
    }
  }
  if (happens(0.5, engine)) add(InterferenceKind::dead);
  return list;
}

Burst draw_burst(const Scene& scene, const SceneRecipe& recipe, const FrequencyAxis& frequency,
                 RandomEngine& engine) {
  const double tsamp = scene.sky.tsamp.value();
  const double duration = scene.sky.duration.value();
  Burst burst;
  const double sweep_a_dm =
      dispersion_delay(DispersionMeasure{1.0}, frequency.lowest(), frequency.highest()).value();
  const double dm_min = std::min(shortest_sweep * tsamp / sweep_a_dm, scene.dm_max.value());
  burst.dm = DispersionMeasure{log_uniform(engine, dm_min, scene.dm_max.value())};
  burst.snr =
      happens(0.93, engine) ? log_uniform(engine, 5.0, 50.0) : log_uniform(engine, 50.0, 400.0);
  if (recipe.snr) burst.snr = *recipe.snr;
  burst.width = Seconds{log_uniform(engine, 0.6, 100.0) * tsamp};
  if (happens(0.6, engine)) {
    const double bottom = std::pow(frequency.middle() / frequency.lowest(), 4.0);  // f^-4
    burst.tau = Seconds{std::min(log_uniform(engine, 0.3, 60.0), longest_tail / bottom) * tsamp};
  }
  burst.index = 2.0 * static_cast<double>(normal(engine));
  if (happens(0.4, engine)) burst.band = draw_band(frequency, 0.15, 0.9, engine);
  if (happens(0.5, engine)) draw_scintillation(burst, frequency, engine);
  if (happens(0.12, engine)) {
    const bool drifts = happens(0.5, engine);
    draw_components(burst, drifts, frequency, engine);
  }
  if (happens(0.1, engine)) draw_slant(burst, engine);

  const double margin = 3.0 * burst.width.value();
  const double after = burst.dm.value() * sweep_a_dm + margin + burst.spread().value() +
                       burst.slant.value() + 5.0 * burst.tau.value();
  burst.toa = Seconds{margin + uniform(engine) * std::max(0.0, duration - margin - after)};
  return burst;
}

/// Draws bursts, and sets the largest DM.
void add_bursts(Scene& scene, const SceneRecipe& recipe, const FrequencyAxis& frequency,
                RandomEngine& engine) {
  const double sweep_a_dm =
      dispersion_delay(DispersionMeasure{1.0}, frequency.lowest(), frequency.highest()).value();
  scene.dm_max = DispersionMeasure{
      std::min(largest_dm, longest_sweep * scene.sky.duration.value() / sweep_a_dm)};
  if (!happens(recipe.bursts, engine)) return;
  const std::size_t count = happens(0.08, engine) ? 2 : 1;
  for (std::size_t i = 0; i < count; ++i) {
    scene.sky.bursts.push_back(draw_burst(scene, recipe, frequency, engine));
  }
}

void check(const SceneRecipe& recipe) {
  check_range(recipe.bursts, 0.0, 1.0, "scene: part with bursts");
  check_range(recipe.interference, 0.0, 1.0, "scene: part with interference");
  if (recipe.snr) check_range(*recipe.snr, 1e-3, 1e6, "scene: S/N");
}

}  // namespace

Scene draw_scene(std::uint64_t seed, const SceneRecipe& recipe) {
  check(recipe);
  RandomEngine engine = random_engine(seed, RandomStream::scenes);
  Scene scene;
  SkyOptions& sky = scene.sky;
  sky.seed = engine();
  sky.band = draw_telescope_band(engine);
  sky.nchans = pick(channel_counts, engine);
  sky.nbits = pick(depths, engine);
  scene.zero_dm = pick(filters, engine);
  draw_times(sky, engine);
  sky.interference = draw_interference(sky, recipe.interference, engine);

  const Megahertz width =
      (1.0 / static_cast<double>(sky.nchans)) * (sky.band.top - sky.band.bottom);
  const FrequencyAxis frequency{sky.band.top - 0.5 * width, -1.0 * width, sky.nchans};
  add_bursts(scene, recipe, frequency, engine);
  return scene;
}

Scene draw_scene_in(const Observation& stretch, std::uint64_t seed, const SceneRecipe& recipe) {
  check(recipe);
  RandomEngine engine = random_engine(seed, RandomStream::scenes);
  Scene scene;
  scene.sky.seed = engine();
  scene.sky.nchans = stretch.frequency.channels();
  scene.sky.nbits = stretch.format.bits;
  scene.sky.tsamp = stretch.time.sample_time;
  scene.sky.duration = stretch.time.since_start(static_cast<double>(stretch.samples.value()));
  scene.zero_dm = pick(filters, engine);
  add_bursts(scene, recipe, stretch.frequency, engine);
  return scene;
}

}  // namespace draftstream
