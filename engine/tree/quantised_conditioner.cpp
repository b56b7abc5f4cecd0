#include "engine/tree/quantised_conditioner.hpp"

#include <span>
#include <utility>

#include "engine/channel_order.hpp"
#include "engine/tree/byte_rows.hpp"

namespace draftstream {

QuantisedConditioner::QuantisedConditioner(const FrequencyAxis& frequency, SampleFormat format,
                                           const ConditionConfig& config, WorkerPool& pool)
    : pool_{pool}, ranked_{channels_by_rank(frequency)} {
  if (format.bits <= 8) {
    bytes_ = std::make_unique<ByteConditioner>(frequency, format, config, pool);
  } else {
    floats_ = std::make_unique<Conditioner>(frequency, format, config, pool);
  }
}

void QuantisedConditioner::condition(const FilterbankChunk& chunk, std::size_t skipped,
                                     const QuantisedRows& rows, QuantisedBlock& block,
                                     const RowsWritten& written) {
  if (bytes_) {
    bytes_->condition(chunk, skipped, rows, block, written);
  } else {
    condition_floats(chunk, skipped, rows, block, written);
  }
}

void QuantisedConditioner::condition_floats(const FilterbankChunk& chunk, std::size_t skipped,
                                            const QuantisedRows& rows, QuantisedBlock& block,
                                            const RowsWritten& written) {
  floats_->condition(chunk, values_);
  block.channels = values_.channels;
  block.samples = values_.samples;
  block.fates = values_.fates;
  block.flagged = values_.flagged;
  block.good_samples = values_.good_samples;
  block.scaling = values_.scaling;
  block.zero_dm = values_.zero_dm;
  block.spectra.assign(block.samples, Weight::missing);
  for (std::size_t t = 0; t < block.samples; ++t) {
    if (block.fates[t] == Fate::searched) block.spectra[t] = Weight::good;
    if (block.fates[t] == Fate::masked) block.spectra[t] = Weight::masked;
  }
  dither_.reserve(block.samples);
  pool_.for_each(ranked_.size(), [&](std::size_t rank, std::size_t) {
    const auto row = std::as_const(values_).row(ranked_[rank]).subspan(skipped);
    const std::uint8_t* const dither = dither_.of(rank, chunk.first()).data() + skipped;
    quantise(row, steps_a_sigma, dither, rows.first + rank * rows.stride);
    if (written) written(rank, rank + 1);
  });
}

}  // namespace draftstream
