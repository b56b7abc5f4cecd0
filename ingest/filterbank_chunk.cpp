#include "ingest/filterbank_chunk.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace draftstream {

FilterbankChunk::FilterbankChunk(std::uint64_t first, std::size_t samples, std::size_t channels,
                                 SampleFormat format, std::span<const std::byte> bytes,
                                 std::span<const Gap> gaps, std::span<const Hole> holes)
    : first_{first},
      samples_{samples},
      channels_{channels},
      format_{format},
      bytes_{bytes},
      gaps_{gaps},
      holes_{holes} {
  const std::size_t expected = samples * format.spectrum_bytes(channels);
  if (bytes.size() != expected) {
    throw std::invalid_argument(
        fmt::format("FilterbankChunk: shape [{}, {}] needs {} bytes, got {}", samples, channels,
                    expected, bytes.size()));
  }
  std::uint64_t from = first;
  for (const Gap& gap : gaps) {
    if (gap.samples < 1 || gap.first < from || gap.first >= end() ||
        gap.samples > end() - gap.first) {
      throw std::invalid_argument(
          fmt::format("FilterbankChunk: gap of {} samples from {} on, expected it inside [{}, {})",
                      gap.samples, gap.first, from, end()));
    }
    from = gap.end();
  }
  from = first;
  for (const Hole& hole : holes) {
    const bool has_time = hole.samples >= 1 && hole.first >= from && hole.first < end() &&
                          hole.samples <= end() - hole.first;
    const bool has_band = hole.channels >= 1 && hole.first_channel < channels &&
                          hole.channels <= channels - hole.first_channel;
    if (!has_time || !has_band) {
      throw std::invalid_argument(fmt::format(
          "FilterbankChunk: hole of {} samples from {} on and {} channels from {} on, expected it "
          "inside [{}, {}) and [0, {})",
          hole.samples, hole.first, hole.channels, hole.first_channel, from, end(), channels));
    }
    from = hole.first;
  }
}

}  // namespace draftstream
