// Bursts, added to a stream on its way to the search.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
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
  std::optional<Seconds> every;  ///< Empty = none are.
  double snr_min = 10.0;
  double snr_max = 30.0;
  Seconds width_min{1e-3};  ///< Raised to two samples.
  Seconds width_max{10e-3};
  DispersionMeasure dm_min{20.0};
  DispersionMeasure dm_max{2000.0};  ///< Lowered where its sweep would last a quarter of `every`.
  std::uint64_t seed = 1;
};

struct InjectedBurst {
  std::uint64_t number = 0;  ///< From 1, over all beams.
  TrueBurst truth;
  MatchTolerance tolerance;  ///< Of a candidate that it is.
  std::uint64_t end = 0;     ///< Sample after its last one.
};

/// Adds bursts to one beam. Burst n comes in the first half of the n-th interval; of several beams,
/// each gets every so many-th. What is added is a function of the samples, the rule and the beam's
/// place alone, not of how the samples are cut into chunks.
///
/// A burst's S/N is that over the noise of the spectra just before it; see inject.hpp for how it
/// comes into integers. Where there are too few spectra, or no channel is alive, it is left out.
///
/// Threads: one at a time.
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

  [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }  ///< Any thread.

 private:
  struct Next {
    std::uint64_t number = 0;
    Burst burst;
    std::uint64_t first = 0;  // sample of the burst
    std::uint64_t end = 0;
    std::optional<BurstSet> set;  // once the noise is known
  };

  void draw_next(std::uint64_t sample);
  void measure(const FilterbankChunk& chunk);
  void begin();
  void add_to_copy(const FilterbankChunk& chunk);

  Observation observation_;
  InjectionRule rule_;
  std::size_t beams_;
  Made made_;
  std::uint64_t next_number_;
  Next next_;
  std::uint64_t measured_ = 0;              // spectra
  std::vector<std::vector<float>> values_;  // [channel][value]
  ChannelNoise noise_;
  std::vector<float> spectra_;    // unpacked
  std::vector<std::byte> bytes_;  // of the copy
  bool copied_ = false;
  std::atomic<std::uint64_t> left_out_ = 0;
};

}  // namespace draftstream
