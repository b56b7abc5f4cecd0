// Bursts, added to a stream on its way to the search.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/dispersion.hpp"
#include "ingest/filterbank_chunk.hpp"
#include "ingest/observation.hpp"
#include "training/burst_set.hpp"
#include "training/channel_noise.hpp"
#include "training/evaluation.hpp"

namespace draftstream {

/// How often bursts are put in, and which. DM, S/N and width are log-uniform in their ranges.
struct InjectionRule {
  std::optional<Seconds> every;  ///< Empty = none are, but for those that are asked for.
  double snr_min = 10.0;
  double snr_max = 30.0;
  Seconds width_min{1e-3};  ///< Raised to two samples.
  Seconds width_max{10e-3};
  DispersionMeasure dm_min{20.0};
  DispersionMeasure dm_max{2000.0};  ///< Lowered where its sweep would last a quarter of `every`.
  std::uint64_t seed = 1;
};

struct InjectedBurst {
  std::uint64_t number = 0;  ///< From 1, over all beams; of those asked for, as they were called.
  bool requested = false;    ///< Asked for, and none of the rule's.
  TrueBurst truth;
  MatchTolerance tolerance;  ///< Of a candidate that it is.
  std::uint64_t end = 0;     ///< Sample after its last one.
};

/// Where a burst will come.
struct PlannedBurst {
  Burst burst;
  std::uint64_t first = 0;  ///< Sample of the burst.
  std::uint64_t end = 0;    ///< Sample after its last one.
};

/// Adds bursts to one beam. Burst n comes in the first half of the n-th interval; of several beams,
/// each gets every so many-th. What is added is a function of the samples, the rule and the beam's
/// place alone, and of where bursts that were asked for were put; not of how the samples are cut
/// into chunks.
///
/// A burst's S/N is that over the noise of the spectra just before it; see inject.hpp for how it
/// comes into integers. Where there are too few spectra, or no channel is alive, it is left out.
///
/// Threads: add() one at a time; the others are for any.
class LiveInjector {
 public:
  static constexpr std::uint64_t noise_spectra = 512;  ///< That the noise is measured on.

  using Made = std::function<void(const InjectedBurst&)>;

  /// @param observation  Its number of samples need not be known.
  /// @param place, beams Of this beam among those that are searched.
  /// @param made         Told of each burst before its first sample is returned.
  /// @throws ConfigError on a rule that is out of range.
  LiveInjector(const Observation& observation, const InjectionRule& rule, std::size_t place,
               std::size_t beams, Made made);

  /// The samples with what is put into them. Chunks are to follow each other.
  /// @return A view of `chunk`'s bytes, or of a copy that is valid until the next call; it has the
  ///     chunk's gaps, which hold no burst, and its holes.
  FilterbankChunk add(const FilterbankChunk& chunk);

  /// Puts in one more, as soon as its noise can be measured: behind the last chunk, and behind
  /// those that were asked for before. One of the rule's that it meets is left out, unless that
  /// has begun: then it comes after it.
  /// @param number  What it will be called.
  /// @param burst   Its `toa` is chosen here.
  /// @throws ConfigError on a burst that is out of range.
  PlannedBurst request(std::uint64_t number, const Burst& burst);

  [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }

 private:
  struct Next {
    std::uint64_t number = 0;
    bool requested = false;
    PlannedBurst planned;
    std::optional<BurstSet> set;  // once the noise is known
  };

  [[nodiscard]] PlannedBurst plan(const Burst& burst) const;
  void take_next(std::uint64_t sample);
  void draw_next(std::uint64_t sample);
  void measure(const FilterbankChunk& chunk);
  void begin();
  void add_to_copy(const FilterbankChunk& chunk);

  Observation observation_;
  InjectionRule rule_;
  std::size_t beams_;
  Made made_;
  std::mutex mutex_;           // guards what follows
  std::uint64_t seen_ = 0;     // sample after the last chunk
  std::uint64_t next_number_;  // of the rule's
  Next next_;
  std::deque<Next> requested_;              // behind next_, in order
  std::uint64_t measured_ = 0;              // spectra
  std::vector<std::vector<float>> values_;  // [channel][value]
  ChannelNoise noise_;
  std::vector<float> spectra_;    // unpacked
  std::vector<std::byte> bytes_;  // of the copy
  bool copied_ = false;
  std::atomic<std::uint64_t> left_out_ = 0;
};

}  // namespace draftstream
