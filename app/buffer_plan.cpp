#include "app/buffer_plan.hpp"

#include <algorithm>

namespace draftstream {
namespace {

constexpr std::uint64_t fewest_chunk_samples = 256;
constexpr std::uint64_t most_chunk_bytes = std::uint64_t{16} << 20;
constexpr std::uint64_t chunks_in_ring = 4;
// Of a ring that is not waited for: it has to outlast a search that is held up for a while.
constexpr double seconds_in_ring = 10.0;
constexpr std::uint64_t fewest_ring_bytes = std::uint64_t{16} << 20;
constexpr std::uint64_t most_ring_bytes = std::uint64_t{512} << 20;
constexpr std::uint64_t most_samples = std::uint64_t{1} << 40;  // keeps products below 2^64

}  // namespace

BufferPlan plan_buffers(const Observation& observation, std::optional<std::uint64_t> chunk_samples,
                        ReaderKind reader) {
  const std::uint64_t spectrum_bytes = std::max<std::size_t>(observation.spectrum_bytes(), 1);
  const std::uint64_t all =
      std::clamp<std::uint64_t>(observation.samples.value_or(most_samples), 1, most_samples);
  const double per_second = Seconds{1.0} / observation.time.sample_time;
  const auto second = static_cast<std::uint64_t>(std::min(per_second, 1e9));
  const auto automatic =
      std::clamp(second, fewest_chunk_samples,
                 std::max(most_chunk_bytes / spectrum_bytes, fewest_chunk_samples));
  BufferPlan plan;
  plan.chunk_samples = chunk_samples.value_or(automatic);
  // A chunk longer than the recording, or a ring longer than it, would only take memory; a ring of
  // long chunks too: the feed may wait for the search.
  plan.travel_samples = std::min(plan.chunk_samples, all);
  const bool is_long = plan.travel_samples * spectrum_bytes > most_chunk_bytes;
  plan.ring_samples = std::min(plan.travel_samples * (is_long ? 2 : chunks_in_ring), all);
  if (reader == ReaderKind::opportunistic) {
    const auto time = static_cast<std::uint64_t>(std::min(seconds_in_ring * per_second, 1e12));
    const std::uint64_t wanted = std::min(std::max(time, fewest_ring_bytes / spectrum_bytes),
                                          most_ring_bytes / spectrum_bytes);
    plan.ring_samples = std::max(plan.ring_samples, wanted);
  }
  return plan;
}

}  // namespace draftstream
