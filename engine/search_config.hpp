// What can be chosen about a search. Defaults are what an operator who chose nothing should get.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ingest/units.hpp"

namespace draftstream {

/// What is subtracted from all channels of a spectrum to take out broad-band, undispersed signals.
enum class ZeroDm {
  off,
  plain,  ///< The mean over good channels (Eatough et al. 2009).
  zdot,   ///< Per channel, its regression on that mean (Men et al. 2019).
};

/// How trials are summed.
enum class EngineKind {
  tree,    ///< By trees of shifted sums in 8 bits: fast.
  direct,  ///< Each by itself, in single precision: the reference.
};

/// What sums the trees.
enum class BackEnd {
  cpu,
  cuda,
  walked,  ///< CUDA's kernels, walked by the CPU: slow, for tests.
};

std::string_view name(BackEnd back_end);  ///< "cpu", "cuda": as in the configuration.
std::string_view name(EngineKind kind);   ///< "tree", "direct": as in the configuration.
std::string_view name(ZeroDm filter);     ///< "off", "plain", "zdot": as in the configuration.

/// How samples become values of zero mean and unit variance, weighted 0 where there are no data.
struct ConditionConfig {
  Seconds block{2.0};  ///< Shortest block that statistics are taken over; see condition.hpp.
  ZeroDm zero_dm = ZeroDm::zdot;
  bool flag_channels = true;   ///< Take out channels that are dead, saturated or too noisy.
  bool flag_kurtosis = false;  ///< Take out channels by spectral kurtosis; see spectral_flags.hpp.
  bool flag_iqrm = false;      ///< Take out channels noisier than their neighbours, by IQRM.
  bool flag_periodic =
      false;  ///< Take out channels with periods of their own; see periodicity.hpp.
  double impulse_sigma = 8.0;  ///< Take out spectra whose zero-DM S/N exceeds this; 0 = never.
  std::vector<bool> masked_channels;  ///< Shape [channel], true = never used; empty = none.
};

/// What is searched for.
struct SearchConfig {
  ConditionConfig condition;
  EngineKind engine = EngineKind::tree;
  BackEnd backend = BackEnd::cpu;  ///< Never changes results.
  DispersionMeasure dm_min{0.0};
  DispersionMeasure dm_max{2000.0};
  double dm_tolerance = 1.25;  ///< Smearing between trials, relative to that of a trial itself.
  /// Of the tree: DM octave k is searched at samples 2^max(0, k - shift) as long; see octaves.hpp.
  unsigned octave_shift = 2;
  double threshold_snr = 7.0;
  std::optional<Seconds> widest;       ///< Widest boxcar; empty = 512 samples.
  double max_frac_missing = 0.5;       ///< Boxes with less data than this leaves are not searched.
  double max_candidates_per_s = 20.0;  ///< Of observing time, by rank; the rest is counted.
  unsigned threads = 0;                ///< 0 = one per core.
};

}  // namespace draftstream
