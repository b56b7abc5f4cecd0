#include "engine/search.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/direct_search.hpp"
#include "engine/raw_history.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/tree_search.hpp"
#include "ingest/errors.hpp"

namespace draftstream {

namespace {

std::unique_ptr<SearchEngine> make_engine(const Observation& observation,
                                          const SearchConfig& config, const SearchLimits& limits) {
  if (config.engine == EngineKind::direct) {
    if (config.backend != BackEnd::cpu) throw ConfigError("the engine direct runs on the CPU only");
    return std::make_unique<DirectSearch>(observation, config, limits);
  }
  return std::make_unique<TreeSearch>(observation, config, limits);
}

}  // namespace

Search::Search(const Observation& observation, const SearchConfig& config) {
  const SearchLimits limits = search_limits(observation, config);
  engine_ = make_engine(observation, config, limits);
  raw_ = std::make_unique<RawHistory>(observation, limits.block, engine_->raw_samples());
}

Search::~Search() = default;

void Search::push(const FilterbankChunk& chunk, const CandidateSink& sink) {
  if (finished_ || !raw_->continued_by(chunk)) {
    throw std::logic_error("Search: a chunk that does not continue the observation");
  }
  for (std::size_t row = 0; row < chunk.samples();) {
    row += raw_->take(chunk, row);
    if (raw_->taken() % raw_->block() == 0) {
      engine_->take(*raw_, raw_->block(), raw_->block(), sink);
    }
  }
}

// The last block is short. Its statistics are those of the last whole block's length of samples,
// where there are as many.
void Search::finish(const CandidateSink& sink) {
  if (finished_) return;
  finished_ = true;
  if (const std::size_t left = raw_->taken() % raw_->block(); left != 0) {
    const std::uint64_t window = std::min<std::uint64_t>(raw_->block(), raw_->taken());
    engine_->take(*raw_, static_cast<std::size_t>(window), left, sink);
  }
  engine_->finish(*raw_, sink);
}

const SearchCounts& Search::counts() const noexcept {
  return engine_->counts();
}
std::uint64_t Search::samples_taken() const noexcept {
  return raw_->taken();
}
std::uint64_t Search::samples_searched() const noexcept {
  return engine_->samples_searched();
}
// The candidates of the last tile are still waiting for the next one; they begin in it, or at most
// two of the widest boxes before, which is less than a block.
std::uint64_t Search::samples_settled() const noexcept {
  const std::uint64_t unsettled = 2 * block_samples();
  return samples_searched() - std::min(samples_searched(), unsettled);
}
std::size_t Search::trials() const noexcept {
  return engine_->trials();
}
std::uint64_t Search::longest_delay() const noexcept {
  return engine_->longest_delay();
}
std::uint64_t Search::block_samples() const noexcept {
  return raw_->block();
}

}  // namespace draftstream
