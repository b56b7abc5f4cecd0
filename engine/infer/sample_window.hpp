// Conditioned samples around some tracks, copied out of wherever they are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace draftstream {

/// Samples [first, first + samples). They may lie before the observation, or behind its end.
struct Stretch {
  std::int64_t first = 0;
  std::size_t samples = 0;
};

/// A stretch of each channel. Times are in *window samples*: 2^level samples of the recording, from
/// the start of the observation on. Values have zero mean and unit variance where they are good,
/// and are 0 elsewhere.
///
/// Threads: one writer for each rank; then any number of readers.
class SampleWindow {
 public:
  SampleWindow() = default;
  /// Nothing is good yet. @param stretches  Shape [rank]: as BandDelays orders channels.
  SampleWindow(std::span<const Stretch> stretches, unsigned level);

  /// Other stretches in the same memory. What their samples are is not defined until they are
  /// written.
  void reset(std::span<const Stretch> stretches, unsigned level);

  [[nodiscard]] std::size_t channels() const noexcept { return rows_.size(); }
  [[nodiscard]] unsigned level() const noexcept { return level_; }
  [[nodiscard]] const Stretch& stretch(std::size_t rank) const noexcept { return rows_[rank].here; }

  [[nodiscard]] std::span<float> values(std::size_t rank) noexcept {
    return std::span{values_}.subspan(rows_[rank].place, rows_[rank].here.samples);
  }
  [[nodiscard]] std::span<const float> values(std::size_t rank) const noexcept {
    return std::span{values_}.subspan(rows_[rank].place, rows_[rank].here.samples);
  }
  /// 1 where a sample is good, else 0.
  [[nodiscard]] std::span<std::uint8_t> good(std::size_t rank) noexcept {
    return std::span{good_}.subspan(rows_[rank].place, rows_[rank].here.samples);
  }
  [[nodiscard]] std::span<const std::uint8_t> good(std::size_t rank) const noexcept {
    return std::span{good_}.subspan(rows_[rank].place, rows_[rank].here.samples);
  }

  /// What a channel's stretch holds.
  enum class Content : std::uint8_t { nothing, all_good, mixed };
  [[nodiscard]] Content content(std::size_t rank) const noexcept;

 private:
  struct Row {
    Stretch here;
    std::size_t place = 0;
  };

  unsigned level_ = 0;
  std::vector<Row> rows_;
  std::vector<float> values_;       // row after row
  std::vector<std::uint8_t> good_;  // row after row
};

}  // namespace draftstream
