#include "ingest/packets/stream_beams.hpp"

#include <algorithm>

namespace draftstream {

void StreamBeams::begin(std::span<const std::uint64_t> ids) {
  if (!any_) return;
  ids_.clear();
  for (const std::uint64_t id : ids) {
    if (!index_of(id)) ids_.push_back(id);
  }
}

std::optional<std::size_t> StreamBeams::index_of(std::uint64_t id) const noexcept {
  const auto found = std::find(ids_.begin(), ids_.end(), id);
  if (found == ids_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - ids_.begin());
}

std::vector<Observation> StreamBeams::headers(Observation observation) const {
  std::vector<Observation> all;
  for (const std::uint64_t id : ids_) {
    observation.beam = static_cast<int>(id);
    all.push_back(observation);
  }
  return all;
}

StreamStart start_of_cells(const StreamBeams& beams, const FrequencyAxis& frequency,
                           const TimeAxis& time, const PacketSamples& samples, bool as_float,
                           std::size_t group_channels, std::size_t block_samples) {
  StreamStart start;
  start.grid = {beams.count(), frequency.channels() / group_channels, group_channels, block_samples,
                assembled_format(samples, as_float)};
  Observation observation;
  observation.frequency = frequency;
  observation.time = time;
  observation.format = start.grid.format;
  observation.stored_bits = samples.kind == SampleKind::f32 ? 32 : 8;
  observation.stored_pols = samples.sum_two ? 2 : 1;
  start.beams = beams.headers(observation);
  return start;
}

}  // namespace draftstream
