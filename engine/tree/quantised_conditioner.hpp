// Stored samples become rows of 8-bit values of 5 steps a sigma: conditioning for the tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/condition.hpp"
#include "engine/search_config.hpp"
#include "engine/tree/byte_conditioner.hpp"
#include "engine/tree/dither.hpp"
#include "engine/tree/quantised_block.hpp"
#include "engine/worker_pool.hpp"
#include "ingest/filterbank_chunk.hpp"
#include "ingest/frequency_axis.hpp"

namespace draftstream {

/// Conditions as Conditioner does: the same stages, the same decisions. What it writes is
///
///     row(rank of c)[t] = saturate(round(5 * value(c, t) + dither)),  0 where not good
///
/// with a dither of up to half a step where the recording may have few levels
/// (engine/tree/dither.hpp), of values that differ from Conditioner's by no more than 1e-3 (8 bits
/// and less, where z comes from gains of 15 bits) or not at all (16 bits, float). Samples of up to
/// 8 bits are conditioned by integers, without allocations once buffers have the size of a block;
/// others by a Conditioner.
///
/// Threads: one at a time per object; work is shared out over `pool`, and changes no bit.
class QuantisedConditioner {
 public:
  /// @throws ConfigError if the given mask has another number of channels, or leaves none.
  QuantisedConditioner(const FrequencyAxis& frequency, SampleFormat format,
                       const ConditionConfig& config, WorkerPool& pool);

  /// @param chunk    One whole block, gaps included.
  /// @param skipped  The first samples of the block that are looked at, but not written.
  /// @param rows     chunk.samples() - skipped samples are written in each row, nothing behind
  /// them.
  /// @param block    Filled, skipped samples included.
  /// @param written  Called for rows as they are done, if it is not empty.
  void condition(const FilterbankChunk& chunk, std::size_t skipped, const QuantisedRows& rows,
                 QuantisedBlock& block, const RowsWritten& written = {});

 private:
  void condition_floats(const FilterbankChunk& chunk, std::size_t skipped,
                        const QuantisedRows& rows, QuantisedBlock& block,
                        const RowsWritten& written);

  WorkerPool& pool_;
  std::vector<std::uint32_t> ranked_;  // [rank]: channel
  std::unique_ptr<ByteConditioner> bytes_;
  std::unique_ptr<Conditioner> floats_;  // of formats that are not bytes
  ConditionedBlock values_;
  Dither dither_;
};

}  // namespace draftstream
