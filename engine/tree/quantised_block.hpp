// What is known of a block whose samples were conditioned to 8 bits each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/condition.hpp"
#include "ingest/ledger.hpp"

namespace draftstream {

/// Steps of a quantised sample that make one standard deviation of a channel's noise.
inline constexpr float steps_a_sigma = 5.0F;

/// A ConditionedBlock without its values: those are 8 bits each, in rows of the caller's, and can
/// be computed again from the raw samples. Buffers are kept from block to block.
struct QuantisedBlock {
  std::size_t channels = 0;
  std::size_t samples = 0;
  std::vector<Fate> fates;              ///< Shape [time]: what became of each spectrum.
  std::vector<Weight> spectra;          ///< Shape [time]: what its samples are worth in channels
                                        ///< that are not flagged; single ones may be missing (NaN).
  std::vector<bool> flagged;            ///< Shape [channel]: taken out of the whole block.
  std::size_t good_samples = 0;         ///< Spectra whose fate is `searched`.
  std::vector<ChannelScaling> scaling;  ///< Shape [channel].
  std::vector<float> zero_dm;           ///< Shape [time]: z, 0 where not good.
};

/// Where quantised samples go: a row for each channel, the highest frequency first; sample t of the
/// channel of rank r lies at first[r * stride + t].
struct QuantisedRows {
  std::int8_t* first = nullptr;
  std::size_t stride = 0;  ///< [bytes]
};

/// Told that rows [begin, end) are written, by the thread that wrote them: they lie in its caches.
using RowsWritten = std::function<void(std::size_t begin, std::size_t end)>;

/// Conditioned values of a stretch of one channel, unrounded and of any height:
///
///     values[i] = (raw[i] - mean) / sigma - share * z(first + i),  0 where not good
///
/// @param first  Of the block's samples; first + raw.size() <= block.samples.
/// @param raw    As unpacked; NaN is missing.
/// @param values As long as `raw`.
void condition_again(const QuantisedBlock& block, std::size_t channel, std::size_t first,
                     std::span<const float> raw, std::span<float> values);

}  // namespace draftstream
