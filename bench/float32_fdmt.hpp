// The fast dispersion measure transform as public programs have it, to be compared with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/frequency_axis.hpp"
#include "ingest/units.hpp"

namespace draftstream {

/// Radix 2, single precision, all delays of 0 to `max_delay` samples between the edges of the band,
/// one whole block after the other through each stage. With A_0[c][d] the sum of the newest d + 1
/// samples of channel c, and two sub-bands L below H next to each other,
///
///     A[d](t) = A_L[d - h](t) + A_H[h](t - (d - h))
///
/// where h is the delay inside H, rounded: d times H's share of the sub-bands' common delay. Time
/// is that of the lowest frequency.
///
/// @source Zackay & Ofek (2017), ApJ 835, 11, section 3.
class Float32Fdmt {
 public:
  /// @param block  Samples of a block that are new; each is summed with the `max_delay` before it.
  Float32Fdmt(const FrequencyAxis& frequency, std::size_t max_delay, std::size_t block);

  /// @param channels  Shape [rank][max_delay + block], the highest frequency first.
  void process(const float* channels);

  /// The newest block's series: `block` samples.
  [[nodiscard]] const float* trial(std::size_t delay) const noexcept {
    return from_.data() + delay * length_ + max_delay_;
  }

  /// Samples that a trial sums, channel by channel: from `newest` back to `newest` - `more`.
  struct Stretch {
    std::int32_t late = 0;  ///< How far the newest one lies before the trial's time.
    std::int32_t more = 0;
  };
  [[nodiscard]] std::vector<Stretch> track(std::size_t delay) const;  ///< Shape [rank].

  [[nodiscard]] double adds_a_sample() const noexcept;  ///< For all trials.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return (from_.capacity() + to_.capacity()) * sizeof(float);
  }
  /// The same, and the rows of the largest stage, without building one.
  [[nodiscard]] static double adds_a_sample(const FrequencyAxis& frequency, std::size_t max_delay);
  [[nodiscard]] static std::size_t most_rows(const FrequencyAxis& frequency, std::size_t max_delay);

 private:
  struct Node {
    std::size_t first_row = 0;
    std::size_t rows = 0;  // delays 0 to rows - 1
    double top = 0.0;      // f^-2 of its edges [MHz^-2]
    double bottom = 0.0;
  };
  using Stage = std::vector<Node>;  // the highest frequency first

  static std::vector<Stage> plan(const FrequencyAxis& frequency, std::size_t max_delay);
  static std::size_t rows_of(const Stage& stage) noexcept;

  std::size_t max_delay_;
  std::size_t length_;
  std::vector<Stage> stages_;
  std::vector<float> from_;  // [row][length]
  std::vector<float> to_;
};

}  // namespace draftstream
