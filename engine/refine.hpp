// A closer look at a detection: DM, time and width between the steps of the search.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/boxcar.hpp"
#include "engine/candidate.hpp"
#include "engine/conditioned_samples.hpp"
#include "engine/dedisperse.hpp"
#include "engine/dm_plan.hpp"
#include "ingest/time_axis.hpp"

namespace draftstream {

/// Sample indices [first, end).
struct SampleRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

/// What lies between the tracks of two DMs.
struct NearTracks {
  DispersionMeasure low;
  DispersionMeasure high;
  SampleRange samples;  ///< At the highest channel.
};

/// Searches around a detection: DMs in steps of an eighth of the plan's, every width from half to
/// twice its own, every start within its width of its own; again around what that finds, in finer
/// steps, as long as boxes get narrower and S/N grows. The detection itself is among them.
class Refiner {
 public:
  /// Samples behind the end of a tile that refine() may look at, on top of the longest delay.
  static constexpr std::size_t reach_samples = std::size_t{3} * widest_boxcar;

  Refiner(const DmPlan& plan, const Dedisperser& dedisperser, Seconds sample_time,
          std::uint32_t widest)
      : plan_{plan}, dedisperser_{dedisperser}, sample_time_{sample_time}, widest_{widest} {}

  /// All that refine() looks at.
  [[nodiscard]] NearTracks tracks_near(const Detection& detection, const SampleRange& reach) const;

  /// Threads: any number at once.
  /// @param share        What conditioning leaves of the variance; see NoiseModel.
  /// @param least_goods  A box with fewer good samples a sample of width is not looked at.
  /// @param reach        Samples, at the highest channel, that the history holds for every trial.
  /// @return Everything about the candidate but its members.
  [[nodiscard]] Candidate refine(const Detection& detection, const ConditionedSamples& samples,
                                 double share, double least_goods, const SampleRange& reach) const;

 private:
  struct Box {
    double snr = 0.0;
    double dm = 0.0;
    std::uint64_t first = 0;
    std::uint32_t width = 1;
  };

  [[nodiscard]] Box best_at(const Box& around, const ConditionedSamples& samples, double dm,
                            double share, double least_goods, const SampleRange& reach) const;
  void describe_losses(const ConditionedSamples& samples, const Box& box,
                       Candidate& candidate) const;

  const DmPlan& plan_;
  const Dedisperser& dedisperser_;
  Seconds sample_time_;
  std::uint32_t widest_;
};

}  // namespace draftstream
