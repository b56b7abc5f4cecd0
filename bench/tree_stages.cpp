#include "bench/tree_stages.hpp"

#include <algorithm>
#include <bit>

#include "engine/tree/octave_search.hpp"
#include "engine/tree/search_octaves.hpp"
#include "engine/tree/tree_noise.hpp"

namespace draftstream {

TreeStages::TreeStages(const Workload& load, std::size_t block, unsigned threads,
                       const std::vector<std::byte>& bytes)
    : observation_{load.observation()},
      block_{block},
      chunk_{0, block, load.channels, observation_.format, bytes, {}},
      pool_{threads},
      conditioner_{observation_.frequency, observation_.format, ConditionConfig{}, pool_} {
  const SearchConfig config = load.config(EngineKind::tree, threads);
  std::vector<std::size_t> histories{0};
  for (const Octave& octave :
       split_for_threads(observation_, octaves_of_search(observation_, config, block), threads)) {
    const auto level = static_cast<std::size_t>(std::countr_zero(octave.downsample));
    TreePlan plan = plan_tree(observation_.frequency, observation_.time.sample_time, octave);
    const float sigma = tree_sigmas(plan, std::vector<std::uint8_t>(load.channels, 1)).front();
    std::array<float, pyramid_widths.size()> shares{};
    shares.fill(1.0F);
    parts_.push_back(std::unique_ptr<Part>{
        new Part{octave.downsample,
                 level,
                 TreeDedisperser{std::move(plan)},
                 BoxSearch{octave.trials.size(), block >> level},
                 BoxThresholds::of(static_cast<double>(sigma), config.threshold_snr, shares),
                 {}}});
    histories.resize(std::max(histories.size(), level + 1), 0);
    histories[level] = std::max(histories[level], parts_.back()->tree.history());
  }
  rows_ = std::make_unique<RowLevels>(load.channels, block, histories);
  newest_ = rows_->begin_block(pool_);
  condition();
  rows_->complete(block_, pool_);
}

void TreeStages::condition() {
  conditioner_.condition(chunk_, 0, newest_, notes_);
}

void TreeStages::sum(bool boxes) {
  pool_.for_each(parts_.size(), [&](std::size_t i, std::size_t) {
    Part& part = *parts_[i];
    part.hits.clear();
    part.tree.process(rows_->first(part.level), rows_->stride(part.level),
                      rows_->samples(part.level), [&part, boxes](const TreePiece& piece) {
                        if (boxes) part.boxes.search(piece, part.thresholds, part.hits);
                      });
  });
}

std::vector<DispersionMeasure> TreeStages::trials() const {
  std::vector<DispersionMeasure> all;
  for (const auto& part : parts_) {
    for (const double trial : part->tree.plan().trials()) all.emplace_back(trial);
  }
  return all;
}

double TreeStages::additions_per_s() const noexcept {
  double sum = 0.0;
  for (const auto& part : parts_) {
    sum += part->tree.plan().adds_a_sample() / part->downsample /
           observation_.time.sample_time.value();
  }
  return sum;
}

double TreeStages::loaded_bytes_per_s() const noexcept {
  double sum = 0.0;
  for (const auto& part : parts_) {
    for (const TreeStage& stage : part->tree.plan().stages()) {
      sum += static_cast<double>(stage.sources.size()) / part->downsample /
             observation_.time.sample_time.value();
    }
  }
  return sum;
}

std::size_t TreeStages::state_bytes() const noexcept {
  std::size_t sum = rows_->bytes();
  for (const auto& part : parts_) sum += part->tree.state_bytes();
  return sum;
}

}  // namespace draftstream
