#include "training/sky.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "training/burst_set.hpp"
#include "training/interference_source.hpp"
#include "training/levels.hpp"
#include "training/parse_number.hpp"
#include "training/random.hpp"

namespace draftstream {
namespace {

// Noise values that one engine makes: enough to hide its seeding, few enough to stay in the cache.
constexpr std::size_t block_values = std::size_t{1} << 18;

void check(const SkyOptions& options) {
  check_range(static_cast<double>(options.nchans), 1.0, 1 << 20, "simulate: nchans");
  check_range(options.band.bottom.value(), 1e-3, 1e9, "simulate: bottom of the band [MHz]");
  check_range(options.band.top.value(), options.band.bottom.value(), 1e9,
              "simulate: top of the band [MHz]");
  if (options.band.top == options.band.bottom) {
    throw ConfigError(fmt::format("simulate: band: found both edges at {} MHz, expected a width",
                                  options.band.top.value()));
  }
  check_range(options.tsamp.value(), 1e-9, 1e3, "simulate: tsamp [s]");
  check_range(options.duration / options.tsamp, 1.0, 1e13, "simulate: duration in samples");
  constexpr std::array depths{1, 2, 4, 8, 16, 32};
  if (std::find(depths.begin(), depths.end(), options.nbits) == depths.end()) {
    throw ConfigError(
        fmt::format("simulate: nbits: found {}, expected 1, 2, 4, 8, 16 or 32", options.nbits));
  }
}

Observation observe(const SkyOptions& options) {
  check(options);
  const Megahertz width =
      (1.0 / static_cast<double>(options.nchans)) * (options.band.top - options.band.bottom);
  Observation observation;
  observation.frequency =
      options.ascending
          ? FrequencyAxis{options.band.bottom + 0.5 * width, width, options.nchans}
          : FrequencyAxis{options.band.top - 0.5 * width, -1.0 * width, options.nchans};
  observation.time = {options.start, options.tsamp};
  observation.format = {options.nbits, false, options.nbits == 32};
  observation.samples = static_cast<std::uint64_t>(std::llround(options.duration / options.tsamp));
  observation.telescope = options.telescope;
  observation.source_name = options.source_name;
  observation.stored_bits = options.nbits;
  observation.beam = options.beam;
  return observation;
}

// Are its channels at one value throughout?
bool is_stuck(InterferenceKind kind) {
  return kind == InterferenceKind::dead || kind == InterferenceKind::saturated;
}

}  // namespace

class Sky::Impl {
 public:
  explicit Impl(const SkyOptions& options)
      : seed_{options.seed},
        observation_{observe(options)},
        levels_{make_levels(observation_, seed_)},
        channels_{options.nchans},
        block_samples_{std::max<std::size_t>(1, std::bit_floor(block_values / channels_))},
        sources_{make_sources(options)},
        bursts_{all_bursts(options), observation_, recorded_parts()} {
    truth_.seed = seed_;
    truth_.samples = observation_.samples.value();
    truth_.nbits = options.nbits;
    truth_.time = observation_.time;
    truth_.frequency = observation_.frequency;
    truth_.telescope = observation_.telescope;
    truth_.source_name = observation_.source_name;
    truth_.bursts = bursts_.truth();
    for (const auto& source : sources_) truth_.interference.push_back(source->truth());
  }

  void render_block(std::uint64_t block, std::span<float> out) const {
    const SkyBlock piece{block * block_samples_, out.size() / channels_, channels_, out};
    RandomEngine engine = random_engine(seed_, RandomStream::noise, block);
    fill_normal(engine, out);
    bursts_.add(piece);
    for (const auto& source : sources_) source->add(piece);
    for (std::size_t t = 0; t < piece.samples; ++t) {
      const auto spectrum = piece.spectrum(t);
      for (std::size_t c = 0; c < channels_; ++c) {
        spectrum[c] = levels_.mean[c] + levels_.sigma[c] * spectrum[c];
      }
    }
    for (const auto& source : sources_) source->spoil(piece);
  }

  [[nodiscard]] const Observation& observation() const noexcept { return observation_; }
  [[nodiscard]] const Truth& truth() const noexcept { return truth_; }
  [[nodiscard]] std::size_t block_samples() const noexcept { return block_samples_; }

 private:
  using Sources = std::vector<std::unique_ptr<InterferenceSource>>;

  [[nodiscard]] std::vector<Burst> all_bursts(const SkyOptions& options) const {
    std::vector<Burst> bursts = options.bursts;
    const auto drawn = draw_bursts(options.random_bursts, observation_, seed_);
    bursts.insert(bursts.end(), drawn.begin(), drawn.end());
    return bursts;
  }

  // In the order in which they act.
  [[nodiscard]] Sources make_sources(const SkyOptions& options) const {
    std::vector<Interference> list = options.interference;
    std::stable_sort(list.begin(), list.end(),
                     [](const Interference& a, const Interference& b) { return a.kind < b.kind; });
    Sources sources;
    for (const Interference& interference : list) {
      sources.push_back(
          make_interference(interference, observation_, options.interference_seed.value_or(seed_)));
    }
    return sources;
  }

  [[nodiscard]] RecordedParts recorded_parts() const {
    RecordedParts parts;
    for (const auto& source : sources_) {
      const TrueInterference truth = source->truth();
      if (is_stuck(truth.interference.kind)) {
        parts.live.resize(channels_, true);
        for (const std::size_t channel : truth.channels) parts.live[channel] = false;
      }
      if (parts.lost.empty()) parts.lost = source->lost();
    }
    return parts;
  }

  std::uint64_t seed_;
  Observation observation_;
  Levels levels_;
  std::size_t channels_;
  std::size_t block_samples_;
  Sources sources_;
  BurstSet bursts_;
  Truth truth_;
};

Sky::Sky(const SkyOptions& options) : impl_{std::make_unique<Impl>(options)} {}
Sky::~Sky() = default;

const Observation& Sky::observation() const noexcept {
  return impl_->observation();
}
const Truth& Sky::truth() const noexcept {
  return impl_->truth();
}
std::size_t Sky::block_samples() const noexcept {
  return impl_->block_samples();
}

void Sky::render(std::uint64_t first, std::span<float> out) const {
  const std::size_t channels = observation().frequency.channels();
  const std::uint64_t end = first + out.size() / channels;
  if (out.size() % channels != 0 || end > truth().samples) {
    throw std::out_of_range(fmt::format("Sky::render: {} values from spectrum {}, of {} x {}",
                                        out.size(), first, truth().samples, channels));
  }
  const std::uint64_t length = block_samples();
  std::vector<float> scratch;
  for (std::uint64_t at = first; at < end;) {
    const std::uint64_t block = at / length;
    const std::uint64_t stop = std::min(end, (block + 1) * length);
    const auto piece = out.subspan((at - first) * channels, (stop - at) * channels);
    if (at == block * length) {  // a block cut short is the beginning of the whole one
      impl_->render_block(block, piece);
    } else {
      scratch.resize((stop - block * length) * channels);
      impl_->render_block(block, scratch);
      std::copy(scratch.end() - static_cast<std::ptrdiff_t>(piece.size()), scratch.end(),
                piece.begin());
    }
    at = stop;
  }
}

}  // namespace draftstream
