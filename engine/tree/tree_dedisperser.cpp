#include "engine/tree/tree_dedisperser.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/tree/row_sums_int8.hpp"
#include "engine/tree/tree_arithmetic.hpp"
#include "engine/zeroed_memory.hpp"

namespace draftstream {
namespace {

using RowPointers = std::array<const std::int8_t*, most_rows_in_a_sum>;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point& last) {
  const Clock::time_point now = Clock::now();
  const std::chrono::duration<double> spent = now - std::exchange(last, now);
  return spent.count();
}

std::size_t samples_of(std::int32_t lag) {
  return static_cast<std::size_t>(lag);
}

/// Samples of a node's rows that outlive a tile, where its rows do not.
std::size_t kept_samples(const TreeNode& node) {
  return rounded_up(samples_of(node.longest_lag), cache_line);
}

/// Rows at equal distances: sample 0 of the tile of `first_row` is at `first`.
struct EvenRows {
  const std::int8_t* first = nullptr;
  std::size_t stride = 0;
  std::size_t first_row = 0;

  [[nodiscard]] const std::int8_t* operator()(const TreeSource& source) const {
    const std::size_t offset = (source.row - first_row) * stride;
    return first + static_cast<std::ptrdiff_t>(offset) - source.lag;
  }
};

/// A stage whose rows live until the next sub-band only; what outlives them is their end, from
/// which the next tile's rows take their history.
struct WorkStage {
  std::size_t offset = 0;         // of its first row in the work space
  std::size_t stride = 0;         // of its rows: history, then a tile
  std::size_t history = 0;        // in front of a tile
  std::vector<std::size_t> kept;  // [node]: offset of the histories of its rows
};

/// The rows of a node, each a ring whose beginning is repeated behind its end, so that any tile of
/// it is contiguous.
struct Ring {
  std::int8_t* memory = nullptr;
  std::size_t stride = 0;
  std::size_t capacity = 0;
  std::size_t now = 0;  // where the tile begins
  std::size_t first_row = 0;
  bool has_history = false;  // if not, each tile begins at 0

  [[nodiscard]] std::int8_t* row(std::size_t r) const { return memory + (r - first_row) * stride; }

  [[nodiscard]] const std::int8_t* operator()(const TreeSource& source) const {
    const std::size_t lag = samples_of(source.lag);
    return row(source.row) + (now >= lag ? now - lag : now + capacity - lag);
  }

  /// Keeps the beginning and what is behind the end alike, after `samples` were written at `now`.
  void repeat(std::int8_t* row, std::size_t samples, std::size_t tile) const {
    if (!has_history) return;
    if (now + samples > capacity) std::memcpy(row, row + capacity, now + samples - capacity);
    if (now < tile) std::memcpy(row + capacity + now, row + now, std::min(samples, tile - now));
  }
};

}  // namespace

struct TreeDedisperser::Impl {
  TreePlan plan;
  std::size_t tile;
  RowSumsInt8 sums = row_sums_int8();
  std::vector<std::int16_t> factors;   // [stage - 1]
  std::size_t last;                    // the stage of the trials
  std::vector<WorkStage> work_stages;  // [stage], of those below the sub-bands
  std::vector<Ring> rings;             // [sub-band], the nodes of stage last - 1
  std::vector<ZeroedMemory> memory;    // of all rows
  std::int8_t* work = nullptr;
  std::int8_t* kept = nullptr;
  std::int16_t* series = nullptr;     // lookback, then a tile
  std::int16_t* lookbacks = nullptr;  // [trial][tree_lookback]
  std::uint64_t processed = 0;
  TreeSeconds seconds;
  bool only_count;  // memory, and take none
  std::size_t state_bytes = 0;

  Impl(TreePlan what, std::size_t tile_samples, bool only_count_memory);

  [[nodiscard]] const TreeStage& stage(std::size_t s) const { return plan.stages()[s]; }
  [[nodiscard]] std::size_t nodes_a_sub_band(std::size_t s) const;
  void lay_out_work();
  void lay_out_rings();
  std::int8_t* new_memory(std::size_t bytes);
  std::int16_t* int16_memory(std::size_t count);

  void do_tile(const EvenRows& channels, std::size_t samples, const Visit& visit);
  void make_sub_band(std::size_t sub_band, const EvenRows& channels, std::size_t samples);
  void make_trial(std::size_t trial, const EvenRows& channels, std::size_t samples,
                  const Visit& visit);
};

TreeDedisperser::Impl::Impl(TreePlan what, std::size_t tile_samples, bool only_count_memory)
    : plan{std::move(what)},
      tile{tile_samples},
      last{plan.stages().size() - 1},
      only_count{only_count_memory} {
  if (tile == 0 || tile % tree_grid != 0) {
    throw std::invalid_argument("TreeDedisperser: a tile of " + std::to_string(tile) +
                                " samples; expected a multiple of " + std::to_string(tree_grid));
  }
  std::vector<unsigned> radices;
  for (std::size_t s = 1; s <= last; ++s) radices.push_back(stage(s).radix);
  if (*std::max_element(radices.begin(), radices.end()) > most_rows_in_a_sum) {
    throw std::invalid_argument("TreeDedisperser: a radix is above " +
                                std::to_string(most_rows_in_a_sum));
  }
  factors = stage_factors(radices);
  if (last > 1) {
    lay_out_work();
    lay_out_rings();
  }
  series = int16_memory(tree_lookback + tile);
  lookbacks = int16_memory(tree_lookback * plan.trials().size());
}

std::int8_t* TreeDedisperser::Impl::new_memory(std::size_t bytes) {
  state_bytes += ZeroedMemory::room_for(bytes);
  return only_count ? nullptr : memory.emplace_back(bytes).data();
}

std::int16_t* TreeDedisperser::Impl::int16_memory(std::size_t count) {
  return reinterpret_cast<std::int16_t*>(new_memory(count * sizeof(std::int16_t)));
}

/// Nodes of stage s in a sub-band; the last one may have fewer.
std::size_t TreeDedisperser::Impl::nodes_a_sub_band(std::size_t s) const {
  std::size_t nodes = 1;
  for (std::size_t above = s + 1; above < last; ++above) nodes *= stage(above).radix;
  return nodes;
}

void TreeDedisperser::Impl::lay_out_work() {
  std::size_t work_end = 0;
  std::size_t kept_end = 0;
  work_stages.resize(last - 1);
  for (std::size_t s = 1; s + 1 < last; ++s) {
    WorkStage& rows = work_stages[s];
    rows.offset = work_end;
    rows.history = rounded_up(samples_of(stage(s + 1).longest_lag), cache_line);
    rows.stride = spread_stride(rows.history + tile);
    const std::vector<TreeNode>& nodes = stage(s).nodes;
    const std::size_t in_one = nodes_a_sub_band(s);
    std::size_t most = 0;
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      rows.kept.push_back(kept_end);
      kept_end += nodes[n].rows * kept_samples(nodes[n]);
      const TreeNode& first = nodes[n - n % in_one];
      most = std::max<std::size_t>(most, nodes[n].first_row + nodes[n].rows - first.first_row);
    }
    work_end += most * rows.stride;
  }
  work = new_memory(work_end);
  kept = new_memory(kept_end);
}

void TreeDedisperser::Impl::lay_out_rings() {
  std::size_t bytes = 0;
  for (const TreeNode& node : stage(last - 1).nodes) {
    Ring ring;
    ring.has_history = node.longest_lag > 0;
    ring.capacity = rounded_up(samples_of(node.longest_lag) + tile, cache_line);
    ring.stride = spread_stride(ring.capacity + (ring.has_history ? tile : 0));
    ring.first_row = node.first_row;
    bytes += node.rows * ring.stride;
    rings.push_back(ring);
  }
  std::int8_t* next = new_memory(bytes);
  if (only_count) return;
  for (std::size_t b = 0; b < rings.size(); ++b) {
    rings[b].memory = next;
    next += stage(last - 1).nodes[b].rows * rings[b].stride;
  }
}

void TreeDedisperser::Impl::make_sub_band(std::size_t sub_band, const EvenRows& channels,
                                          std::size_t samples) {
  RowPointers from;
  const auto make_row = [&](std::size_t s, const TreeNode& node, std::size_t r,
                            const EvenRows& below, std::int8_t* sum) {
    const TreeSource* const sources = &stage(s).sources[node.first_source + r * node.children];
    for (std::size_t i = 0; i < node.children; ++i) from[i] = below(sources[i]);
    sums.to_int8(from.data(), node.children, factors[s - 1], sum, samples);
  };
  EvenRows below = channels;
  for (std::size_t s = 1; s + 1 < last; ++s) {
    const WorkStage& rows = work_stages[s];
    const std::vector<TreeNode>& nodes = stage(s).nodes;
    const std::size_t in_one = nodes_a_sub_band(s);
    const std::size_t first = sub_band * in_one;
    std::int8_t* sum = work + rows.offset + rows.history;
    const EvenRows made{sum, rows.stride, nodes[first].first_row};
    for (std::size_t n = first; n < std::min(first + in_one, nodes.size()); ++n) {
      const std::size_t history = kept_samples(nodes[n]);
      std::int8_t* end = kept + rows.kept[n];
      for (std::size_t r = 0; r < nodes[n].rows; ++r) {
        make_row(s, nodes[n], r, below, sum);
        std::memcpy(sum - history, end, history);
        std::memcpy(end, sum + samples - history, history);
        sum += rows.stride;
        end += history;
      }
    }
    below = made;
  }
  const TreeNode& node = stage(last - 1).nodes[sub_band];
  const Ring& ring = rings[sub_band];
  for (std::size_t r = 0; r < node.rows; ++r) {
    std::int8_t* const row = ring.row(node.first_row + r);
    for (std::size_t t = 0; t < samples; t += cache_line) {
      __builtin_prefetch(row + 2 * ring.stride + ring.now + t, 1, 2);  // to be written soon
    }
    make_row(last - 1, node, r, below, row + ring.now);
    ring.repeat(row, samples, tile);
  }
}

void TreeDedisperser::Impl::make_trial(std::size_t trial, const EvenRows& channels,
                                       std::size_t samples, const Visit& visit) {
  RowPointers from;
  const std::size_t children = stage(last).nodes[0].children;
  const TreeSource* const sources = &stage(last).sources[trial * children];
  if (last > 1) {
    for (std::size_t i = 0; i < children; ++i) from[i] = rings[i](sources[i]);
  } else {
    for (std::size_t i = 0; i < children; ++i) from[i] = channels(sources[i]);
  }
  std::int16_t* const lookback = lookbacks + trial * tree_lookback;
  std::int16_t* const sum = series + tree_lookback;
  std::copy_n(lookback, tree_lookback, series);
  sums.to_int16(from.data(), children, sum, samples);
  std::copy_n(series + samples, tree_lookback, lookback);
  visit({trial, sum, samples, processed});
}

void TreeDedisperser::Impl::do_tile(const EvenRows& channels, std::size_t samples,
                                    const Visit& visit) {
  Clock::time_point clock = Clock::now();
  for (std::size_t b = 0; b < rings.size(); ++b) make_sub_band(b, channels, samples);
  seconds.sub_bands += seconds_since(clock);
  for (std::size_t k = 0; k < plan.trials().size(); ++k) make_trial(k, channels, samples, visit);
  seconds.trials += seconds_since(clock);
  for (Ring& ring : rings) {
    if (ring.has_history) ring.now = (ring.now + samples) % ring.capacity;
  }
  processed += samples;
}

TreeDedisperser::TreeDedisperser(TreePlan plan, std::size_t tile)
    : impl_{std::make_unique<Impl>(std::move(plan), tile, false)} {}
TreeDedisperser::TreeDedisperser(TreeDedisperser&&) noexcept = default;
TreeDedisperser& TreeDedisperser::operator=(TreeDedisperser&&) noexcept = default;
TreeDedisperser::~TreeDedisperser() = default;

void TreeDedisperser::process(const std::int8_t* rows, std::size_t stride, std::size_t samples,
                              const Visit& visit) {
  if (samples % tree_grid != 0) {
    throw std::invalid_argument("TreeDedisperser: found " + std::to_string(samples) +
                                " samples, expected a multiple of " + std::to_string(tree_grid));
  }
  for (std::size_t t = 0; t < samples; t += impl_->tile) {
    impl_->do_tile({rows + t, stride, 0}, std::min(impl_->tile, samples - t), visit);
  }
}

void TreeDedisperser::restart(std::uint64_t first) {
  for (ZeroedMemory& rows : impl_->memory) std::fill_n(rows.data(), rows.size(), std::int8_t{0});
  impl_->processed = first;
}

const TreePlan& TreeDedisperser::plan() const noexcept {
  return impl_->plan;
}

const TreeSeconds& TreeDedisperser::seconds() const noexcept {
  return impl_->seconds;
}

std::size_t TreeDedisperser::history() const noexcept {
  return samples_of(impl_->stage(1).longest_lag);
}

std::size_t TreeDedisperser::state_bytes() const noexcept {
  return impl_->state_bytes;
}

std::size_t TreeDedisperser::state_bytes_of(TreePlan plan, std::size_t tile) {
  return Impl{std::move(plan), tile, true}.state_bytes;
}

}  // namespace draftstream
