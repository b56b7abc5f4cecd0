#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "engine/cuda/tree_device.hpp"
#include "engine/cuda/tree_layout.hpp"

namespace draftstream {
namespace {

/// Calls body(place) for every block, with thread 0.
template <class Body>
void for_each_block(const Blocks& blocks, Body body) {
  for (std::uint32_t z = 0; z < blocks.z; ++z) {
    for (std::uint32_t y = 0; y < blocks.y; ++y) {
      for (std::uint32_t x = 0; x < blocks.x; ++x) body(ThreadPlace{x, y, z, 0});
    }
  }
}

/// Calls step(place) for every thread of a block, forwards and backwards in turn: a step in which
/// one thread needs what another one does in the same step would show. Then all have waited.
template <class Step>
void for_each_thread(ThreadPlace at, Step step) {
  static thread_local bool backwards = false;
  backwards = !backwards;
  for (std::uint32_t i = 0; i < threads_a_block; ++i) {
    at.thread = backwards ? threads_a_block - 1 - i : i;
    step(at);
  }
}

template <class Step>
void launch(const Blocks& blocks, Step step) {
  for_each_block(blocks, [&](const ThreadPlace& block) { for_each_thread(block, step); });
}

class TreeTwin final : public TreeDevice {
 public:
  TreeTwin(const TreePlan& plan, const TreeDeviceOptions& options)
      : options_{options},
        layout_{plan, options.samples, options.kept},
        beams_{static_cast<std::uint32_t>(options.beams)},
        trials_{static_cast<std::uint32_t>(layout_.trials())},
        segments_{layout_.chunk / box_segment},
        incoming_(2 * options.beams * layout_.channels.size() * options.samples / samples_a_word),
        rows_(options.beams * layout_.row_bytes / samples_a_word),
        series_(options.beams * layout_.series_samples),
        thresholds_(options.beams * trials_),
        seen_(options.beams * trials_ * (segments_ + 1)) {}

  void put(const std::int8_t* const* rows, std::size_t stride) override {
    if (waiting_ == 2) throw std::logic_error("TreeDevice: a chunk too many was put");
    ++waiting_;
    std::uint32_t* to = incoming_.data() + put_ % 2 * (incoming_.size() / 2);
    ++put_;
    for (std::size_t beam = 0; beam < options_.beams; ++beam) {
      for (std::size_t c = 0; c < layout_.channels.size(); ++c) {
        std::memcpy(to, rows[beam] + c * stride, layout_.chunk);
        to += layout_.chunk / samples_a_word;
      }
    }
  }

  void start(const BoxThresholds* thresholds) override {
    if (waiting_ == 0) throw std::logic_error("TreeDevice: nothing was put");
    --waiting_;
    start_again(thresholds);
  }

  void restart(std::uint64_t first) override {
    if (waiting_ != 0) throw std::logic_error("TreeDevice: restarted while a chunk waits");
    std::fill(rows_.begin(), rows_.end(), 0U);
    std::fill(series_.begin(), series_.end(), std::int16_t{0});
    std::fill(seen_.begin(), seen_.end(), 0U);
    state_.next = first;
  }

  void start_again(const BoxThresholds* thresholds) override {
    std::copy_n(thresholds, thresholds_.size(), thresholds_.begin());
    sum();
    launch_look();
  }

  void finish(std::vector<FoundCell>& found) override {
    // In two launches, as a device does where there are too many cells for one.
    const std::uint32_t at_once = trials_ / 2 + 1;
    for (std::uint32_t trial = 0; trial < trials_; trial += at_once) {
      const CellsWork work{boxes(), trial, nullptr, nullptr, 0};
      const std::uint32_t trials = std::min(at_once, trials_ - trial);
      for_each_block(cells_blocks(trials, layout_.chunk, beams_), [&](const ThreadPlace& block) {
        if (cells_wanted(work, block)) find_cells(work, block, found);
      });
    }
  }

  void series(std::size_t beam, std::size_t trial, std::uint64_t first, std::size_t samples,
              std::int16_t* to) override {
    const std::int16_t* const ring =
        series_ring(boxes(), static_cast<std::uint32_t>(beam), static_cast<std::uint32_t>(trial));
    for (std::size_t t = 0; t < samples; ++t) {
      to[t] = ring[ring_place(first, static_cast<std::uint32_t>(t), 0, layout_.series_mask)];
    }
  }

  std::vector<std::uint32_t> seen() override {
    std::vector<std::uint32_t> seen;
    for (std::size_t series = 0; series < options_.beams * trials_; ++series) {
      const auto first = seen_.begin() + static_cast<std::ptrdiff_t>(series * (segments_ + 1));
      seen.insert(seen.end(), first + 1, first + 1 + segments_);
    }
    return seen;
  }

  std::size_t bytes() const noexcept override {
    return (incoming_.size() + rows_.size()) * samples_a_word +
           series_.size() * sizeof(std::int16_t) + thresholds_.size() * sizeof(BoxThresholds) +
           seen_.size() * sizeof(std::uint32_t);
  }

 private:
  BoxWork boxes() {
    return {&state_,       series_.data(),     layout_.series_mask, trials_,
            layout_.chunk, thresholds_.data(), seen_.data()};
  }

  void sum() {
    const std::uint64_t all = std::uint64_t{beams_} * trials_;
    const BeginWork begin{&state_, seen_.data(), all, segments_, layout_.chunk};
    launch(begin_blocks(all), [&](const ThreadPlace& at) { begin_chunk(begin, at); });

    const auto channels = static_cast<std::uint32_t>(layout_.channels.size());
    const TakeWork take{&state_,      incoming_.data(),  layout_.channels.data(),
                        rows_.data(), layout_.row_bytes, channels,
                        beams_,       layout_.chunk};
    launch(row_blocks(channels, layout_.chunk, beams_),
           [&](const ThreadPlace& at) { take_samples(take, at); });

    for (const StageLayout& stage : layout_.stages) {
      const StageWork work{
          &state_,           stage.rows.data(), stage.sources.data(),   rows_.data(),
          layout_.row_bytes, series_.data(),    layout_.series_samples, layout_.chunk,
          stage.factor};
      launch(row_blocks(static_cast<std::uint32_t>(stage.rows.size()), layout_.chunk, beams_),
             [&](const ThreadPlace& at) { sum_rows(work, at); });
    }
  }

  void launch_look() {
    const BoxWork work = boxes();
    LookMemory memory{};
    for_each_block(look_blocks(trials_, layout_.chunk, beams_), [&](const ThreadPlace& block) {
      std::array<LookBits, threads_a_block> bits{};
      for_each_thread(block, [&](const ThreadPlace& at) { look_load(work, at, memory); });
      for_each_thread(
          block, [&](const ThreadPlace& at) { look_fours(work, at, memory, bits[at.thread]); });
      for (std::uint32_t level = 0; level < look_levels; ++level) {
        for_each_thread(block, [&](const ThreadPlace& at) {
          look_level(work, at, level, memory, bits[at.thread]);
        });
      }
      std::uint32_t* const seen =
          seen_of(work, block.z, block.x) + 1 + std::size_t{block.y} * look_segments;
      const auto length = static_cast<std::uint32_t>(look_length(work, block));
      for (std::uint32_t segment = 0; segment < length / box_segment; ++segment) {
        seen[segment] = 0;
        for (const LookBits& one : bits) seen[segment] |= one.of[segment];
      }
    });
  }

  void find_cells(const CellsWork& work, const ThreadPlace& block, std::vector<FoundCell>& found) {
    CellsMemory memory{};
    for_each_thread(block, [&](const ThreadPlace& at) { cells_load(work, at, memory); });
    for_each_thread(block, [&](const ThreadPlace& at) { cells_parts(at, memory); });
    for_each_thread(block, [&](const ThreadPlace& at) { cells_before(at, memory); });
    for_each_thread(block, [&](const ThreadPlace& at) { cells_boxes(work, at, memory); });
    for_each_thread(block, [&](const ThreadPlace& at) {
      FoundCell cell;
      if (cells_collect(work, at, memory, cell)) found.push_back(cell);
    });
  }

  TreeDeviceOptions options_;
  TreeLayout layout_;
  std::uint32_t beams_;
  std::uint32_t trials_;
  std::uint32_t segments_;
  TreeState state_;
  std::vector<std::uint32_t> incoming_;  // words of samples
  std::vector<std::uint32_t> rows_;
  std::vector<std::int16_t> series_;
  std::vector<BoxThresholds> thresholds_;
  std::vector<std::uint32_t> seen_;
  std::size_t put_ = 0;
  int waiting_ = 0;  // chunks put and not started
};

}  // namespace

std::unique_ptr<TreeDevice> make_tree_twin(const TreePlan& plan, const TreeDeviceOptions& options) {
  return std::make_unique<TreeTwin>(plan, options);
}

}  // namespace draftstream
