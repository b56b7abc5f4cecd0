#include "app/chunk_log.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "publishers/iso8601.hpp"

namespace draftstream {

ChunkLog::ChunkLog(const Beams& beams, const Results& results, bool wanted)
    : beams_{beams}, results_{results}, wanted_{wanted}, next_(beams.size()) {}

void ChunkLog::searched(std::size_t beam, std::uint64_t samples) {
  if (!wanted_) return;
  const std::uint64_t chunk_samples = beams_[beam]->buffers().chunk_samples;
  const bool all = samples == beams_[beam]->observation().samples;
  std::uint64_t& next = next_[beam];
  for (; (next + 1) * chunk_samples <= samples; ++next) {
    spdlog::info("{}", line(beam, next, (next + 1) * chunk_samples));
  }
  if (all && next * chunk_samples < samples) spdlog::info("{}", line(beam, next++, samples));
}

std::string ChunkLog::line(std::size_t beam, std::uint64_t chunk, std::uint64_t end) const {
  const Observation& observation = beams_[beam]->observation();
  const std::uint64_t first = chunk * beams_[beam]->buffers().chunk_samples;
  const auto seconds = [&](std::uint64_t sample) {
    return observation.time.since_start(static_cast<double>(sample)).value();
  };
  std::string text =
      fmt::format("chunk {:03}: samples {} to {}, {:.3f} to {:.3f} s, from {}", chunk, first,
                  end - 1, seconds(first), seconds(end),
                  format_iso8601(observation.time.instant(static_cast<double>(first))));
  if (beams_.size() > 1) text = fmt::format("beam {}: {}", observation.beam.value_or(0), text);
  if (const auto total = observation.samples) {
    const double part = static_cast<double>(end) / static_cast<double>(*total);
    text += fmt::format(", {:.0f} %", 100.0 * part);
  }
  const auto found = results_.events();
  return text + fmt::format(", {} candidate{} so far", found, found == 1 ? "" : "s");
}

}  // namespace draftstream
