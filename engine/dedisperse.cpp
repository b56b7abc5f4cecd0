#include "engine/dedisperse.hpp"

#include <algorithm>
#include <array>

#include "engine/row_sums.hpp"

namespace draftstream {
namespace {

// Rows of so many channels, `reach` samples long, stay in the first-level cache while all trials
// add them. Each sum still takes its channels in order.
constexpr std::size_t channels_a_pass = 4 * rows_at_once;

// Calls add(rows, part) for groups of channels and pieces of the outputs; row(c, n) finds a row.
template <class Value, class Out, class Row, class Add>
void along_tracks(std::span<const std::uint32_t> channels,
                  std::span<const std::span<const std::int32_t>> delays, std::uint64_t first,
                  std::span<const std::span<Out>> out, Row row, Add add) {
  if (out.empty()) return;
  for (const auto& series : out) std::fill(series.begin(), series.end(), Out{0});
  for (std::size_t i = 0; i < out[0].size(); i += ConditionedSamples::reach) {
    for (std::size_t pass = 0; pass < channels.size(); pass += channels_a_pass) {
      const std::size_t end = std::min(pass + channels_a_pass, channels.size());
      for (std::size_t trial = 0; trial < out.size(); ++trial) {
        const auto part =
            out[trial].subspan(i, std::min(ConditionedSamples::reach, out[trial].size() - i));
        std::array<const Value*, rows_at_once> rows{};
        for (std::size_t c = pass; c < end; c += rows_at_once) {
          const std::size_t count = std::min(rows_at_once, end - c);
          for (std::size_t k = 0; k < count; ++k) {
            const std::uint32_t channel = channels[c + k];
            rows[k] = row(channel, first + i + static_cast<std::uint64_t>(delays[trial][channel]));
          }
          add(std::span<const Value* const>{rows.data(), count}, part);
        }
      }
    }
  }
}

}  // namespace

void Dedisperser::sum(const ConditionedSamples& samples,
                      std::span<const std::span<const std::int32_t>> delays, std::uint64_t first,
                      std::span<const std::span<float>> sums) const {
  along_tracks<float>(
      channels_, delays, first, sums,
      [&](std::uint32_t channel, std::uint64_t n) { return samples.values(channel, n); }, add_rows);
}

void Dedisperser::count(const ConditionedSamples& samples,
                        std::span<const std::span<const std::int32_t>> delays, std::uint64_t first,
                        std::span<const std::span<std::uint16_t>> goods) const {
  static_assert(sizeof(Weight) == 1 && static_cast<std::uint8_t>(Weight::good) == 1);
  along_tracks<std::uint8_t>(
      channels_, delays, first, goods,
      [&](std::uint32_t channel, std::uint64_t n) {
        return reinterpret_cast<const std::uint8_t*>(samples.weights(channel, n));
      },
      count_good);
}

}  // namespace draftstream
