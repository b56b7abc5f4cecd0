#include "engine/tree/tree_blocks.hpp"

#include <algorithm>
#include <utility>

#include "engine/stopwatch.hpp"

namespace draftstream {
namespace {

// Spectra that are in no gap.
std::uint64_t arrived_of(const FilterbankChunk& block) {
  std::uint64_t samples = block.samples();
  for (const Gap& gap : block.gaps()) samples -= gap.samples;
  return samples;
}

std::vector<std::size_t> histories(const std::vector<std::unique_ptr<OctaveSearch>>& parts) {
  std::vector<std::size_t> longest{0};
  for (const auto& part : parts) {
    longest.resize(std::max(longest.size(), part->level() + 1));
    longest[part->level()] = std::max(longest[part->level()], part->history());
  }
  return longest;
}

}  // namespace

TreeBlocks::TreeBlocks(const Observation& observation, const SearchConfig& config,
                       const SearchLimits& limits, const SearchTrials& trials, std::size_t noted,
                       WorkerPool& pool, SearchCounts& counts)
    : config_{config},
      block_{limits.block},
      trials_{trials},
      pool_{pool},
      counts_{counts},
      conditioner_{observation.frequency, observation.format, config_.condition, pool},
      notes_{observation.frequency.channels(), block_, noted},
      parts_{make_parts(observation, limits)},
      rows_{observation.frequency.channels(), block_, histories(parts_)} {}

std::vector<std::unique_ptr<OctaveSearch>> TreeBlocks::make_parts(const Observation& observation,
                                                                  const SearchLimits& limits) {
  const OctaveSetup setup{observation, config_, limits, trials_.plan, notes_};
  std::vector<std::unique_ptr<OctaveSearch>> parts;
  std::size_t trial = 0;
  for (const Octave& octave : trials_.octaves) {
    parts.push_back(std::make_unique<OctaveSearch>(setup, octave, trial, pool_));
    trial += octave.trials.size();
  }
  return parts;
}

void TreeBlocks::take(RawHistory& raw, std::size_t window, std::size_t samples, const Shed& shed) {
  const std::size_t octaves = count_octaves_left_out(shed);
  if (window != samples || (!shed.block && arrived_of(raw.newest(samples)) != 0)) {
    condition_block(raw, window, samples);
    search_block(false, octaves);
    return;
  }
  // Where nothing has come in for long, all sums are 0: nothing is lost by not making them.
  const bool is_silent = unused_ >= parts_.back()->reach();
  take_unused(raw.newest(samples), shed.block, shed.block || is_silent);
  search_block(shed.block || is_silent, octaves);
}

void TreeBlocks::take_nothing() {
  (void)begin_rows();
  rows_.complete(0, pool_);
  notes_.add_nothing();
  search_block(false, 0);
}

// @return How many can be left out, of those that should be.
std::size_t TreeBlocks::count_octaves_left_out(const Shed& shed) {
  const std::size_t octaves =
      shed.block ? 0 : std::min(shed.octaves, trials_.octave_trials.size() - 1);
  if (octaves > 0) ++counts_.shed.blocks_of_fewer_octaves;
  counts_.shed.octaves_left_out += octaves;
  return octaves;
}

// @param silent  Trees go past it, so nobody reads its rows.
void TreeBlocks::take_unused(const FilterbankChunk& block, bool skip, bool silent) {
  const Stopwatch watch{counts_.seconds.condition};
  if (silent) {
    rows_behind_ = true;
  } else {
    (void)begin_rows();
    rows_.complete(0, pool_);
  }
  notes_.add_unused(block, Fate::overrun);
  const QuantisedBlock& notes = notes_.at(notes_.end() - 1);
  if (skip) {
    counts_.count_skipped(notes.fates, arrived_of(block));
    unused_ = parts_.back()->reach();  // trees begin anew behind it
  } else {
    counts_.count_block(notes.fates, notes.flagged);
    unused_ += block_;
  }
}

QuantisedRows TreeBlocks::begin_rows() {
  if (std::exchange(rows_behind_, false)) rows_.forget(pool_);
  return rows_.begin_block(pool_);
}

void TreeBlocks::condition_block(RawHistory& raw, std::size_t window, std::size_t samples) {
  const Stopwatch watch{counts_.seconds.condition};
  const QuantisedRows rows = begin_rows();
  QuantisedBlock& block = notes_.next();
  const std::size_t skipped = window - samples;
  conditioner_.condition(
      raw.newest(window), skipped, rows, block,
      [this, samples](std::size_t begin, std::size_t end) { rows_.complete(begin, end, samples); });
  notes_.add(skipped);
  counts_.count_block(std::span{std::as_const(block.fates)}.subspan(skipped), block.flagged);
  unused_ = 0;
}

void TreeBlocks::search_block(bool skip, std::size_t octaves_left_out) {
  const Stopwatch watch{counts_.seconds.dedisperse};
  // Octaves of which all is searched end before this trial.
  const std::vector<std::size_t>& firsts = trials_.octave_trials;
  const std::size_t end = skip                   ? 0
                          : octaves_left_out > 0 ? firsts[firsts.size() - octaves_left_out]
                                                 : trials_.plan.trials();
  pool_.for_each(parts_.size(), [this, end](std::size_t i, std::size_t) {
    if (parts_[i]->first_trial() < end) {
      parts_[i]->search(rows_);
    } else {
      parts_[i]->pass();
    }
  });
  for (const auto& part : parts_) {
    counts_.boxes += part->boxes_looked_at();
    counts_.boxes_above += part->detections().size();
  }
}

const OctaveSearch& TreeBlocks::part_of(std::size_t trial) const {
  const auto above =
      std::upper_bound(parts_.begin(), parts_.end(), trial,
                       [](std::size_t one, const auto& part) { return one < part->first_trial(); });
  return **(above - 1);
}

std::uint64_t TreeBlocks::hits_dropped() const noexcept {
  std::uint64_t dropped = 0;
  for (const auto& part : parts_) dropped += part->hits_dropped();
  return dropped;
}

}  // namespace draftstream
