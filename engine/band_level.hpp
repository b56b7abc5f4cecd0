// The level of the whole band, where it wanders: gain steps, red noise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace draftstream {

/// Looks at the zero-DM series of a block, the mean of all good channels. Bursts hardly move it:
/// they are dispersed, or shorter than what it takes medians over.
///
/// Threads: one at a time per object.
class BandLevel {
 public:
  /// Does it wander by more than noise does? Medians of stretches of 512 samples have errors of
  /// 0.055 sigma; they have to differ by 0.45: three neighbours from others, as no pulse does it,
  /// or the first or last one alone. Sigma is that of neighbours' differences, which no level
  /// moves.
  /// @param series  Shape [time].
  /// @param valid   Shape [time]: 0 where the series is not to be looked at.
  [[nodiscard]] bool wanders(std::span<const float> series, std::span<const std::uint8_t> valid);

  /// Leaves the level of the valid samples; what is not valid stays as it is. They are cut in two
  /// where their means differ most, the parts again, as long as the difference is significant and
  /// both parts have 512 samples, or 64 at an end of the block. Each part has its own running
  /// median: over 2049 samples, down to 1025 towards either end, always as many before as behind;
  /// over the first or last 1025 in what is nearer to an end than that. It is exact to 1/64 of
  /// sigma. Where too few are valid to tell sigma, the level is 0.
  void keep(std::span<float> series, std::span<const std::uint8_t> valid);

 private:
  struct Part {
    std::size_t first = 0;
    std::size_t end = 0;
  };

  void measure(std::span<const float> series, std::span<const std::uint8_t> valid);
  void cut();
  [[nodiscard]] std::size_t place_of_step(const Part& part) const;
  [[nodiscard]] float median_of(std::size_t first, std::size_t end);
  void take_codes();
  void follow(const Part& part);
  void add(std::uint16_t code);
  void remove(std::uint16_t code);
  [[nodiscard]] float middle();

  float sigma_ = 0.0F;  // of the series at hand
  std::vector<float> work_;
  std::vector<float> medians_;  // of stretches

  std::vector<float> kept_;     // valid samples, and then their level
  std::vector<double> before_;  // before_[i]: sum of kept_[0, i)
  std::vector<Part> parts_;     // in order
  std::vector<Part> uncut_;
  std::vector<std::uint16_t> codes_;   // of kept_, in units of step_ above lowest_
  std::vector<std::uint16_t> counts_;  // [code]: in the window
  std::size_t inside_ = 0;             // the window
  std::size_t below_ = 0;              // of them, those below middle_
  std::uint16_t middle_ = 0;
  float step_ = 0.0F;
  float lowest_ = 0.0F;
};

}  // namespace draftstream
