// The neighbourhood of a candidate, conditioned again from the samples as they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/infer/band_delays.hpp"
#include "engine/infer/sample_window.hpp"
#include "engine/raw_history.hpp"
#include "engine/tree/block_notes.hpp"

namespace draftstream {

/// Threads: one object a thread; it keeps its work space.
class WindowMaker {
 public:
  explicit WindowMaker(const BandDelays& delays);

  /// @param stretches  Shape [rank]: as BandDelays has them.
  /// @param level      A window sample is 2^level samples of the recording: the sum of the good
  ///                   ones over the root of their number, good itself if half of them are.
  /// @return What does not lie in the observation, or is no longer at hand, is not good. Valid
  ///         until the next call.
  [[nodiscard]] const SampleWindow& make(const RawHistory& raw, const BlockNotes& notes,
                                         std::span<const Stretch> stretches, unsigned level);

 private:
  void fill_group(const RawHistory& raw, const BlockNotes& notes, std::size_t first_channel,
                  std::size_t channels);
  void fill_row(const BlockNotes& notes, std::size_t channel, std::span<const float> unpacked);
  void clear(std::size_t rank, std::size_t first, std::size_t end);
  void add_up(std::span<const float> values, std::span<const std::uint8_t> good, std::size_t at,
              std::size_t rank);

  std::vector<std::size_t> ranks_;  // [channel]
  SampleWindow window_;
  std::int64_t first_ = 0;  // samples at hand of the group: [first_, end_)
  std::int64_t end_ = 0;
  std::vector<float> values_;       // [channel of the group][sample], as they came
  std::vector<float> conditioned_;  // of one channel
  std::vector<std::uint8_t> good_;  // of one channel
};

}  // namespace draftstream
