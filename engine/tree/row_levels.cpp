#include "engine/tree/row_levels.hpp"

#include <algorithm>
#include <cstring>

#include "engine/tree/byte_rows.hpp"

namespace draftstream {
namespace {

constexpr std::size_t channels_a_task = 64;

// What vectors may read behind a row's end.
constexpr std::size_t behind = 2 * cache_line;

std::size_t stride_of(std::size_t history, std::size_t samples) {
  return spread_stride(history + samples + behind);
}

template <class Body>
void for_channels(WorkerPool& pool, std::size_t channels, const Body& body) {
  const std::size_t tasks = (channels + channels_a_task - 1) / channels_a_task;
  pool.for_each(tasks, [&](std::size_t task, std::size_t) {
    const std::size_t end = std::min(channels, (task + 1) * channels_a_task);
    for (std::size_t c = task * channels_a_task; c < end; ++c) body(c);
  });
}

}  // namespace

RowLevels::RowLevels(std::size_t channels, std::size_t block,
                     const std::vector<std::size_t>& histories)
    : channels_{channels}, block_{block} {
  for (std::size_t l = 0; l < histories.size(); ++l) {
    const std::size_t history = rounded_up(histories[l], cache_line);
    const std::size_t stride = stride_of(history, block >> l);
    levels_.push_back({history, stride, ZeroedMemory{channels * stride + behind}});
  }
}

QuantisedRows RowLevels::begin_block(WorkerPool& pool) {
  for_channels(pool, channels_, [this](std::size_t c) {
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      Level& level = levels_[l];
      std::int8_t* row = level.memory.data() + c * level.stride;
      std::memmove(row, row + samples(l), level.history);
    }
  });
  return {levels_[0].memory.data() + levels_[0].history, levels_[0].stride};
}

void RowLevels::forget(WorkerPool& pool) {
  for_channels(pool, channels_, [this](std::size_t c) {
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      Level& level = levels_[l];
      std::fill_n(level.memory.data() + c * level.stride + samples(l), level.history,
                  std::int8_t{0});
    }
  });
}

void RowLevels::complete(std::size_t begin, std::size_t end, std::size_t samples) {
  for (std::size_t c = begin; c < end; ++c) {
    std::int8_t* finer = levels_[0].memory.data() + c * levels_[0].stride + levels_[0].history;
    std::fill(finer + samples, finer + block_, std::int8_t{0});
    for (std::size_t l = 1; l < levels_.size(); ++l) {
      std::int8_t* row = levels_[l].memory.data() + c * stride(l) + levels_[l].history;
      downsample(finer, {row, this->samples(l)});
      finer = row;
    }
  }
}

void RowLevels::complete(std::size_t samples, WorkerPool& pool) {
  for_channels(pool, channels_, [this, samples](std::size_t c) { complete(c, c + 1, samples); });
}

std::size_t RowLevels::bytes_of(std::size_t channels, std::size_t block,
                                const std::vector<std::size_t>& histories) noexcept {
  std::size_t total = 0;
  for (std::size_t l = 0; l < histories.size(); ++l) {
    const std::size_t stride = stride_of(rounded_up(histories[l], cache_line), block >> l);
    total += ZeroedMemory::room_for(channels * stride + behind);
  }
  return total;
}

std::size_t RowLevels::bytes() const noexcept {
  std::size_t total = 0;
  for (const Level& level : levels_) total += ZeroedMemory::room_for(level.memory.size());
  return total;
}

}  // namespace draftstream
