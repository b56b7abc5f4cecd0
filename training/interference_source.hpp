// What every kind of interference can do to a piece of the sky.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ingest/observation.hpp"
#include "training/burst_template.hpp"
#include "training/interference.hpp"
#include "training/sky_block.hpp"
#include "training/truth.hpp"

namespace draftstream {

/// One kind of interference over a whole recording; a function of seed and sample index alone.
///
/// Threads: const members may be called from several threads at once.
class InterferenceSource {
 public:
  InterferenceSource() = default;
  InterferenceSource(const InterferenceSource&) = delete;
  InterferenceSource& operator=(const InterferenceSource&) = delete;
  virtual ~InterferenceSource() = default;

  /// Adds power to values in units of each channel's noise, mean 0. Blocks that draw noise of their
  /// own (narrowband) must be those of Sky::block_samples.
  virtual void add(const SkyBlock& /*sigmas*/) const {}

  /// Changes values in stored units, after the receiver's levels were applied.
  virtual void spoil(const SkyBlock& /*stored*/) const {}

  /// Spectra of the recording that it leaves nothing in; in order, none touches another.
  [[nodiscard]] virtual std::vector<SampleRange> lost() const { return {}; }

  /// What came in samples [0, samples of the observation).
  [[nodiscard]] virtual TrueInterference truth() const = 0;
};

/// @param observation  Must outlive the source; its `samples` must be known.
std::unique_ptr<InterferenceSource> make_interference(const Interference& interference,
                                                      const Observation& observation,
                                                      std::uint64_t seed);

// One factory a kind, each in the file of its name; make_interference picks.
std::unique_ptr<InterferenceSource> make_narrowband(const Interference&, const Observation&,
                                                    std::uint64_t seed);
std::unique_ptr<InterferenceSource> make_impulses(const Interference&, const Observation&,
                                                  std::uint64_t seed);
std::unique_ptr<InterferenceSource> make_radar(const Interference&, const Observation&,
                                               std::uint64_t seed);
std::unique_ptr<InterferenceSource> make_chirps(const Interference&, const Observation&,
                                                std::uint64_t seed);
std::unique_ptr<InterferenceSource> make_perytons(const Interference&, const Observation&,
                                                  std::uint64_t seed);
std::unique_ptr<InterferenceSource> make_blips(const Interference&, const Observation&,
                                               std::uint64_t seed);
std::unique_ptr<InterferenceSource> make_red_noise(const Interference&, const Observation&,
                                                   std::uint64_t seed);
std::unique_ptr<InterferenceSource> make_dropouts(const Interference&, const Observation&,
                                                  std::uint64_t seed);
std::unique_ptr<InterferenceSource> make_gains(const Interference&, const Observation&,
                                               std::uint64_t seed);
std::unique_ptr<InterferenceSource> make_stuck_channels(const Interference&, const Observation&,
                                                        std::uint64_t seed);

}  // namespace draftstream
