// Which frequency each channel of a spectrum is centred at.
#pragma once

#include <cstddef>
#include <vector>

#include "ingest/units.hpp"

namespace draftstream {

/// Channel centres: regular steps, or a table. Channel 0 may be the highest or the lowest.
class FrequencyAxis {
 public:
  FrequencyAxis() = default;

  /// Channel c is centred at first + c * step; `step` is negative when channel 0 is the highest.
  /// @throws std::invalid_argument unless channels >= 1, step is finite and not 0, and every
  ///         centre is finite and > 0 MHz.
  FrequencyAxis(Megahertz first, Megahertz step, std::size_t channels);

  /// Channel c is centred at centres[c]. Any order; need not be evenly spaced.
  /// @throws std::invalid_argument unless there is at least one and each is finite and > 0 MHz.
  explicit FrequencyAxis(std::vector<Megahertz> centres);

  [[nodiscard]] std::size_t channels() const noexcept { return centres_.size(); }
  [[nodiscard]] Megahertz centre(std::size_t channel) const { return centres_[channel]; }

  [[nodiscard]] Megahertz first() const { return centres_.front(); }
  /// Mean signed step from one channel to the next [MHz]; 0 for a single tabled channel. Of use
  /// for tables only where they are in order.
  [[nodiscard]] Megahertz step() const noexcept { return step_; }
  /// Width of one channel [MHz], >= 0: |step|, or for a table the median distance between
  /// neighbouring frequencies, which neither their order nor a hole in the band changes. 0 where
  /// unknown.
  [[nodiscard]] Megahertz channel_width() const noexcept { return width_; }
  [[nodiscard]] Megahertz highest() const noexcept { return highest_; }  ///< Highest centre.
  [[nodiscard]] Megahertz lowest() const noexcept { return lowest_; }    ///< Lowest centre.
  [[nodiscard]] Megahertz middle() const noexcept { return 0.5 * (highest_ + lowest_); }
  [[nodiscard]] bool regular() const noexcept { return regular_; }

  friend bool operator==(const FrequencyAxis&, const FrequencyAxis&) = default;

 private:
  void check_centres() const;
  void find_edges();

  std::vector<Megahertz> centres_;
  Megahertz step_;
  Megahertz width_;
  Megahertz highest_;
  Megahertz lowest_;
  bool regular_ = false;
};

}  // namespace draftstream
