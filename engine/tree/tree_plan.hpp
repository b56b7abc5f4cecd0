// Which sums a dedispersion tree makes, of which sums, and how late it takes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace draftstream {

inline constexpr std::size_t most_tree_channels = 65536;

/// One summand of a row: a row of the stage below, and how many samples late it is taken.
struct TreeSource {
  std::uint32_t row = 0;
  std::int32_t lag = 0;  ///< [samples], >= 0.
};

/// A group of neighbouring channels, and the rows that are made of them.
struct TreeNode {
  std::uint32_t first_channel = 0;
  std::uint32_t channels = 0;
  std::uint32_t first_row = 0;  ///< In its stage.
  std::uint32_t rows = 0;
  std::uint32_t first_child = 0;  ///< Node of the stage below.
  std::uint32_t children = 0;     ///< 1 to the stage's radix; fewer at the end of an odd band.
  std::size_t first_source = 0;   ///< Of its first row; each row has `children` of them, in order.
  std::int32_t longest_lag = 0;   ///< By which the stage above takes any of its rows.
};

struct TreeStage {
  unsigned radix = 1;
  std::vector<TreeNode> nodes;
  std::vector<TreeSource> sources;  ///< Shape [row][child], node after node.
  std::size_t rows = 0;
  std::int32_t longest_lag = 0;  ///< Of its sources.
};

/// A pruned mixed-radix tree of shifted sums (an FDMT over any list of trials). With x(c, t) the
/// channels, c = 0 the highest frequency,
///
///     row_0[c](t) = x(c, t)
///     row_s[r](t) = sum over i of row_{s-1}[source(s, r, i).row](t - source(s, r, i).lag)
///
/// and the rows of the last stage are the trials, in their order. Time is that of the lowest
/// channel, so every lag looks back. Rows that two trials share are made once; rows that no trial
/// needs are not made. What a trial's row sums does not depend on which other trials there are.
///
/// Plain C++17 without dependencies: CUDA code reads it too.
///
/// @source Zackay & Ofek (2017), ApJ 835, 11 (the tree of radix 2 over all delays).
class TreePlan {
 public:
  /// @param delays       Shape [channel]: delay behind channel 0 of one unit of DM [samples of this
  ///                     tree]; ascending (equal ones are no harm), delays[0] = 0;
  ///                     most_tree_channels at most.
  /// @param trials       DMs, ascending, >= 0; of less than 1e9 samples of delay.
  /// @param radices      Children a node, from the channels up, one number a stage; their product
  ///                     is at least the number of channels, so that the last stage has one node.
  /// @param delay_step   Delays across sub-bands below the last stage are multiples of this
  ///                     [samples].
  /// @throws std::invalid_argument saying which of these does not hold.
  TreePlan(std::vector<double> delays, std::vector<double> trials,
           const std::vector<unsigned>& radices, int delay_step);

  [[nodiscard]] std::size_t channels() const noexcept { return delays_.size(); }
  [[nodiscard]] const std::vector<double>& trials() const noexcept { return trials_; }
  /// Stage 0 is the channels themselves: one node and one row a channel, no sources.
  [[nodiscard]] const std::vector<TreeStage>& stages() const noexcept { return stages_; }

  /// Shape [channel]: by how many samples in all the trial takes each channel late.
  [[nodiscard]] std::vector<std::int32_t> track(std::size_t trial) const;
  /// By how much a trial's time is later than the time at the highest channel [samples]: the mean
  /// over the channels of track + delay, rounded.
  [[nodiscard]] std::int32_t late(std::size_t trial) const noexcept { return late_[trial]; }

  [[nodiscard]] double adds_a_sample() const noexcept;  ///< Additions for one sample of all trials.
  [[nodiscard]] std::size_t bytes() const noexcept;     ///< Of the plan itself.
  /// What the lags look back on: every row's longest lag, channels included, a byte a sample.
  [[nodiscard]] std::size_t history_bytes() const noexcept;

 private:
  std::vector<double> delays_;
  std::vector<double> trials_;
  std::vector<TreeStage> stages_;
  std::vector<std::int32_t> late_;  // [trial]
};

/// Radices that serve a number of channels well: the last ones large, since a stage costs a pass
/// over memory, the first ones small, since few delays differ inside few channels.
/// @throws std::invalid_argument unless there are 1 to most_tree_channels.
[[nodiscard]] std::vector<unsigned> tree_radices(std::size_t channels);

}  // namespace draftstream
