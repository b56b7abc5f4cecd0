// Recall at a rate of false alarms: its bins, its thresholds, and how sure such figures are.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace draftstream {

/// Bins of S/N that recall is told in: [6, 7), [7, 8), [8, 10), [10, 15), [15, 50), [50, inf).
inline constexpr double recall_edges[] = {6.0, 7.0, 8.0, 10.0, 15.0, 50.0};

/// @return Bin of recall_edges; empty below the first.
[[nodiscard]] std::optional<std::size_t> recall_bin(double snr);

/// Tiles of 256 x 256 pixels, 2048 samples by 1024 samples of sweep, that would cover all sweeps
/// inside a scene: samples sweep - sweep^2 / 2 over what one covers. The tiles that networks see
/// overlap, and are more.
/// @param sweep  The largest [samples].
[[nodiscard]] double tiles_in(double samples, double sweep);

/// The least score from which at most `false_rate` others pass a tile: just above that of the best
/// one that must not pass; minus infinity where all may.
/// @param others  Scores of candidates that are no bursts, in any order.
/// @param tiles   That these candidates are from, those without any included.
[[nodiscard]] double threshold_at(double false_rate, std::vector<double> others, double tiles);

/// Bounds of one standard error.
struct Bounds {
  double low = 0.0;
  double high = 0.0;
};

/// Some of many, and what that tells of the probability behind it.
struct Fraction {
  std::size_t passed = 0;
  std::size_t of = 0;

  void count(bool passes) noexcept {
    ++of;
    passed += passes ? 1 : 0;
  }
  /// passed / of; NaN of none.
  [[nodiscard]] double value() const noexcept;
  /// Wilson's score interval for z = 1: with k of n, (k + 1/2 -+ sqrt(k (n - k) / n + 1/4)) /
  /// (n + 1); 0 to 1 of none.
  /// @source Wilson (1927), J. Am. Stat. Assoc. 22, 209.
  [[nodiscard]] Bounds bounds() const noexcept;
  /// Half of what lies between the bounds.
  [[nodiscard]] double error() const noexcept;
};

/// Events in an area, if they come independently: the same interval for n without end,
/// (k + 1/2 -+ sqrt(k + 1/4)) / area.
[[nodiscard]] Bounds rate_bounds(std::size_t events, double area) noexcept;

/// How much larger one fraction is than another of the same things.
struct Difference {
  double value = 0.0;  ///< NaN of none.
  double error = 0.0;  ///< sqrt(a + b - (a - b)^2 / n) / n with a and b that only one of them has.
};

/// What two kinds of judgement say of the same things.
struct Paired {
  std::size_t only_first = 0;
  std::size_t only_second = 0;
  std::size_t of = 0;

  void count(bool first, bool second) noexcept {
    ++of;
    only_first += first && !second ? 1 : 0;
    only_second += second && !first ? 1 : 0;
  }
  /// The first less the second.
  [[nodiscard]] Difference difference() const noexcept;
};

}  // namespace draftstream
