#include "training/swept_signal.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace draftstream {
namespace {

constexpr std::uint64_t fewest_smooth = 4;  // samples in which a rise and a fall can be told

struct Span {
  std::uint64_t first, end;

  [[nodiscard]] std::uint64_t samples() const noexcept { return end - first; }
};

Span span_of(const SweptSignal& signal, std::size_t channel) {
  const double sweep = static_cast<double>(signal.samples) - signal.width;
  const auto [in, out] = std::minmax(signal.crossings[channel], signal.crossings[channel + 1]);
  const auto begin = static_cast<std::uint64_t>(std::max(0.0, std::floor(in * sweep)));
  const auto end = static_cast<std::uint64_t>(std::ceil(out * sweep + signal.width));
  return {signal.first + std::min(begin, signal.samples - 1),
          signal.first + std::clamp(end, begin + 1, signal.samples)};
}

bool smooth(const SweptSignal& signal, const Span& span) {
  return signal.smooth && span.samples() >= fewest_smooth;
}

// Sum of the squared profile over a channel's samples: that of sin^4 is 3/8 of them.
double squares(const SweptSignal& signal, const Span& span) {
  return (smooth(signal, span) ? 0.375 : 1.0) * static_cast<double>(span.samples());
}

}  // namespace

void add_swept_signal(const SweptSignal& signal, const SkyBlock& sigmas) {
  double sum = 0.0;
  for (std::size_t i = 0; i < signal.strengths.size(); ++i) {
    const double strength = signal.strengths[i];
    sum += strength * strength * squares(signal, span_of(signal, i));
  }
  const double amplitude = signal.snr / std::sqrt(sum);
  for (std::size_t i = 0; i < signal.strengths.size(); ++i) {
    const Span span = span_of(signal, i);
    const double power = amplitude * static_cast<double>(signal.strengths[i]);
    const double phase = std::numbers::pi / static_cast<double>(span.samples());
    const bool shaped = smooth(signal, span);
    const std::uint64_t end = std::min(span.end, sigmas.end());
    for (std::uint64_t t = std::max(span.first, sigmas.first); t < end; ++t) {
      const double wave =
          shaped ? std::sin(phase * (static_cast<double>(t - span.first) + 0.5)) : 1.0;
      sigmas.values[(t - sigmas.first) * sigmas.channels + signal.first_channel + i] +=
          static_cast<float>(power * wave * wave);
    }
  }
}

}  // namespace draftstream
