#include "engine/search.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "engine/direct_search.hpp"
#include "engine/raw_history.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/tree_search.hpp"
#include "ingest/errors.hpp"

namespace draftstream {

namespace {

std::unique_ptr<SearchEngine> make_engine(const Observation& observation,
                                          const SearchConfig& config, const SearchLimits& limits,
                                          LookSettings looks) {
  if (config.engine == EngineKind::direct) {
    if (looks.wanted()) {
      throw ConfigError("networks: found the engine direct, expected tree, or --no-networks");
    }
    if (config.backend != BackEnd::cpu) throw ConfigError("the engine direct runs on the CPU only");
    return std::make_unique<DirectSearch>(observation, config, limits);
  }
  return std::make_unique<TreeSearch>(observation, config, limits, std::move(looks));
}

}  // namespace

// Candidates of the last tile wait for the next one. Those that are judged wait for one block more,
// and what the detector saw besides may be a block earlier.
Search::Search(const Observation& observation, const SearchConfig& config, LookSettings looks)
    : unsettled_blocks_{looks.networks != nullptr ? 4U : 2U} {
  const SearchLimits limits = search_limits(observation, config);
  engine_ = make_engine(observation, config, limits, std::move(looks));
  raw_ = std::make_unique<RawHistory>(observation, limits.block, engine_->raw_samples());
}

Search::~Search() = default;

bool Search::sheds() const noexcept {
  return engine_->sheds();
}

void Search::shed_by(Shedding shedding) {
  if (!sheds()) throw std::logic_error("Search: this engine leaves nothing out");
  shedding_ = std::move(shedding);
}

void Search::alert_by(PromptSink sink) {
  if (!sheds()) throw ConfigError("found the engine direct, expected tree");
  alert_ = std::move(sink);
}

std::size_t Search::alert_step() const noexcept {
  return 0;
}

void Search::push(const FilterbankChunk& chunk, const CandidateSink& sink) {
  if (finished_ || !raw_->continued_by(chunk)) {
    throw std::logic_error("Search: a chunk that does not continue the observation");
  }
  for (std::size_t row = 0; row < chunk.samples();) {
    row += raw_->take(chunk, row);
    if (raw_->taken() % raw_->block() == 0) {
      const Shed shed = shedding_ ? shedding_(raw_->taken() - raw_->block()) : Shed{};
      engine_->take(*raw_, raw_->block(), raw_->block(), shed, sink);
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
    engine_->take(*raw_, static_cast<std::size_t>(window), left, {}, sink);
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
  const std::uint64_t unsettled = unsettled_blocks_ * block_samples();
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
