#include "engine/tree/tree_plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace draftstream {
namespace {

constexpr double longest_sweep = 1e9;  // [samples]; lags are kept in 32 bits

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("TreePlan: " + what);
}

bool ascending_from_zero(const std::vector<double>& values) {
  return std::is_sorted(values.begin(), values.end()) && values.front() >= 0.0 &&
         std::none_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

void check(const std::vector<double>& delays, const std::vector<double>& trials,
           const std::vector<unsigned>& radices, int delay_step) {
  if (delays.empty()) refuse("needs at least 1 channel");
  if (delays.size() > most_tree_channels) {
    refuse("found " + std::to_string(delays.size()) + " channels, expected at most " +
           std::to_string(most_tree_channels));
  }
  if (!ascending_from_zero(delays) || delays.front() != 0.0) {
    refuse("delays must ascend from 0");
  }
  if (trials.empty()) refuse("needs at least 1 trial");
  if (!ascending_from_zero(trials)) refuse("trials must ascend and be >= 0");
  if (!(trials.back() * delays.back() < longest_sweep)) {  // also refuses infinities
    refuse("found a sweep of " + std::to_string(trials.back() * delays.back()) +
           " samples, expected fewer than " + std::to_string(longest_sweep));
  }
  if (delay_step < 1) refuse("delay_step is " + std::to_string(delay_step) + ", expected >= 1");
  std::size_t spanned = 1;
  for (const unsigned radix : radices) {
    if (radix < 1) refuse("a radix is 0, expected >= 1");
    spanned = std::min<std::size_t>(spanned, most_tree_channels) * radix;
  }
  if (radices.empty() || spanned < delays.size()) {
    refuse("radices span " + std::to_string(radices.empty() ? 0 : spanned) +
           " channels, expected at least " + std::to_string(delays.size()));
  }
}

std::size_t last_channel(const TreeNode& node) {
  return std::size_t{node.first_channel} + node.channels - 1;
}

// The nodes of all stages; which rows they have is not known yet.
std::vector<TreeStage> lay_out(std::size_t channels, const std::vector<unsigned>& radices) {
  std::vector<TreeStage> stages(radices.size() + 1);
  stages[0].nodes.resize(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    stages[0].nodes[c].first_channel = static_cast<std::uint32_t>(c);
    stages[0].nodes[c].channels = 1;
  }
  for (std::size_t s = 1; s < stages.size(); ++s) {
    const std::vector<TreeNode>& below = stages[s - 1].nodes;
    const std::size_t radix = radices[s - 1];
    stages[s].radix = radices[s - 1];
    stages[s].nodes.reserve((below.size() - 1) / radix + 1);
    for (std::size_t first = 0; first < below.size(); first += radix) {
      const std::size_t last = std::min(first + radix, below.size()) - 1;
      TreeNode node;
      node.first_channel = below[first].first_channel;
      node.channels =
          static_cast<std::uint32_t>(last_channel(below[last]) + 1 - below[first].first_channel);
      node.first_child = static_cast<std::uint32_t>(first);
      node.children = static_cast<std::uint32_t>(last - first + 1);
      stages[s].nodes.push_back(node);
    }
  }
  return stages;
}

using RowDms = std::vector<std::vector<double>>;  // [stage][row]

// Gives a child the rows that its parent's need, ascending and each once, and names them in the
// parent's sources. Delays across the child rise with the parent's DMs, so equal ones are
// neighbours.
void demand_child(const std::vector<double>& delays, int delay_step, const TreeNode& parent,
                  std::size_t index, const std::vector<double>& parent_dms,
                  std::vector<TreeSource>& sources, TreeNode& child,
                  std::vector<double>& child_dms) {
  const double width = delays[last_channel(child)] - delays[child.first_channel];
  const std::size_t first = child_dms.size();
  long long previous = -1;
  for (std::size_t r = 0; r < parent.rows; ++r) {
    const double dm = parent_dms[parent.first_row + r];
    const long long steps = std::llround(dm * width / delay_step);
    if (steps != previous) {
      // No delay across a row (always so in a single channel) is DM 0, whatever its width.
      child_dms.push_back(steps == 0 ? 0.0 : static_cast<double>(steps * delay_step) / width);
      previous = steps;
    }
    sources[parent.first_source + r * parent.children + index].row =
        static_cast<std::uint32_t>(child_dms.size() - 1);
  }
  if (child_dms.size() > std::numeric_limits<std::uint32_t>::max()) {
    refuse("more than 2^32 rows in a stage");
  }
  child.first_row = static_cast<std::uint32_t>(first);
  child.rows = static_cast<std::uint32_t>(child_dms.size() - first);
}

// From the trials down: which rows each node needs, and of which rows below they are made.
// Returns the DM that each row stands for.
RowDms demand_rows(const std::vector<double>& delays, const std::vector<double>& trials,
                   int delay_step, std::vector<TreeStage>& stages) {
  RowDms dms(stages.size());
  dms.back() = trials;
  stages.back().nodes[0].rows = static_cast<std::uint32_t>(trials.size());
  for (std::size_t s = stages.size() - 1; s > 0; --s) {
    TreeStage& stage = stages[s];
    TreeStage& below = stages[s - 1];
    stage.rows = dms[s].size();
    std::size_t sources = 0;
    for (TreeNode& node : stage.nodes) {
      node.first_source = sources;
      sources += std::size_t{node.rows} * node.children;
    }
    stage.sources.resize(sources);
    for (const TreeNode& node : stage.nodes) {
      for (std::size_t i = 0; i < node.children; ++i) {
        demand_child(delays, delay_step, node, i, dms[s], stage.sources,
                     below.nodes[node.first_child + i], dms[s - 1]);
      }
    }
  }
  stages[0].rows = dms[0].size();
  return dms;
}

// From the channels up: each lag is the mean of what the exact track still wants over the child's
// channels, given what the child's row, of rounded lags itself, already has. The mean is all of a
// track that this needs. Returns the sum of each trial's track over the channels.
std::vector<std::int64_t> settle_lags(const std::vector<double>& delays, const RowDms& dms,
                                      std::vector<TreeStage>& stages) {
  std::vector<std::int64_t> tracks_below(stages[0].rows, 0);  // [row], summed over channels
  std::vector<double> behind_below(stages[0].nodes.size(), 0.0);
  for (std::size_t s = 1; s < stages.size(); ++s) {
    TreeStage& stage = stages[s];
    std::vector<std::int64_t> tracks(stage.rows, 0);
    // [node]: of one unit of DM, how far its channels are ahead of its last one, summed.
    std::vector<double> behind(stage.nodes.size(), 0.0);
    for (std::size_t n = 0; n < stage.nodes.size(); ++n) {
      const TreeNode& node = stage.nodes[n];
      for (std::size_t i = 0; i < node.children; ++i) {
        TreeNode& child = stages[s - 1].nodes[node.first_child + i];
        const double channels = child.channels;
        const double wanted = behind_below[node.first_child + i] +
                              channels * (delays[last_channel(node)] - delays[last_channel(child)]);
        behind[n] += wanted;
        for (std::size_t r = 0; r < node.rows; ++r) {
          TreeSource& source = stage.sources[node.first_source + r * node.children + i];
          const std::int64_t has = tracks_below[source.row];
          const double dm = dms[s][node.first_row + r];
          const long lag = std::lround((dm * wanted - static_cast<double>(has)) / channels);
          source.lag = static_cast<std::int32_t>(std::max(0L, lag));
          tracks[node.first_row + r] += has + std::int64_t{child.channels} * source.lag;
          child.longest_lag = std::max(child.longest_lag, source.lag);
        }
        stage.longest_lag = std::max(stage.longest_lag, child.longest_lag);
      }
    }
    tracks_below = std::move(tracks);
    behind_below = std::move(behind);
  }
  return tracks_below;
}

void add_track(const std::vector<TreeStage>& stages, std::size_t s, const TreeNode& node,
               std::size_t row, std::int32_t lag, std::vector<std::int32_t>& track) {
  if (s == 0) {
    track[node.first_channel] = lag;
    return;
  }
  const std::size_t first = node.first_source + (row - node.first_row) * node.children;
  for (std::size_t i = 0; i < node.children; ++i) {
    const TreeSource& source = stages[s].sources[first + i];
    add_track(stages, s - 1, stages[s - 1].nodes[node.first_child + i], source.row,
              lag + source.lag, track);
  }
}

}  // namespace

TreePlan::TreePlan(std::vector<double> delays, std::vector<double> trials,
                   const std::vector<unsigned>& radices, int delay_step)
    : delays_{std::move(delays)}, trials_{std::move(trials)} {
  check(delays_, trials_, radices, delay_step);
  stages_ = lay_out(delays_.size(), radices);
  const RowDms dms = demand_rows(delays_, trials_, delay_step, stages_);
  const std::vector<std::int64_t> tracks = settle_lags(delays_, dms, stages_);

  double delays_sum = 0.0;
  for (const double delay : delays_) delays_sum += delay;
  late_.reserve(trials_.size());
  for (std::size_t k = 0; k < trials_.size(); ++k) {
    const double sum = static_cast<double>(tracks[k]) + trials_[k] * delays_sum;
    late_.push_back(
        static_cast<std::int32_t>(std::lround(sum / static_cast<double>(delays_.size()))));
  }
}

std::vector<std::int32_t> TreePlan::track(std::size_t trial) const {
  std::vector<std::int32_t> track(channels(), 0);
  add_track(stages_, stages_.size() - 1, stages_.back().nodes[0], trial, 0, track);
  return track;
}

double TreePlan::adds_a_sample() const noexcept {
  double adds = 0.0;
  for (std::size_t s = 1; s < stages_.size(); ++s) {
    adds += static_cast<double>(stages_[s].sources.size() - stages_[s].rows);
  }
  return adds;
}

std::size_t TreePlan::bytes() const noexcept {
  std::size_t bytes =
      (delays_.size() + trials_.size()) * sizeof(double) + late_.size() * sizeof(int);
  for (const TreeStage& stage : stages_) {
    bytes += stage.nodes.size() * sizeof(TreeNode) + stage.sources.size() * sizeof(TreeSource);
  }
  return bytes;
}

std::size_t TreePlan::history_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const TreeStage& stage : stages_) {
    for (const TreeNode& node : stage.nodes) {
      bytes += std::size_t{node.rows} * static_cast<std::size_t>(node.longest_lag);
    }
  }
  return bytes;
}

std::vector<unsigned> tree_radices(std::size_t channels) {
  if (channels < 1 || channels > most_tree_channels) {
    throw std::invalid_argument("tree_radices: found " + std::to_string(channels) +
                                " channels, expected 1 to " + std::to_string(most_tree_channels));
  }
  if (channels <= 32) return {static_cast<unsigned>(channels)};
  static const std::vector<unsigned> of_doublings[] = {
      {8, 8},        {8, 16},       {16, 16},      {4, 8, 16},     {8, 8, 16},     {8, 16, 16},
      {8, 4, 8, 16}, {8, 8, 8, 16}, {8, 8, 8, 32}, {8, 8, 16, 32}, {8, 16, 16, 32}};
  std::size_t doublings = 6;
  while ((std::size_t{1} << doublings) < channels) ++doublings;
  return of_doublings[doublings - 6];
}

}  // namespace draftstream
