// A recording in memory, whose samples are a function of their indices.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ingest/errors.hpp"
#include "replay/recording.hpp"

namespace draftstream::test {

/// 8-bit samples; spectra in gaps are zeros.
class FakeRecording final : public Recording {
 public:
  /// @param offset  Sample t of channel c is value(offset + t, c).
  FakeRecording(std::string path, UtcInstant start, std::uint64_t samples, std::uint64_t offset = 0)
      : offset_{offset} {
    observation_.frequency = FrequencyAxis{Megahertz{1500.0}, Megahertz{-1.0}, 3};
    observation_.time = {start, Seconds{0.001}};
    observation_.format = {8, false, false};
    observation_.samples = samples;
    observation_.source_name = "B0531+21";
    files_.push_back({std::move(path), 0, samples, "SIGPROC"});
  }

  static std::byte value(std::uint64_t t, std::uint64_t channel) {
    return static_cast<std::byte>(1 + (t * 7 + channel * 31) % 251);
  }

  Observation& change() { return observation_; }
  void add_gap(const Gap& gap) { gaps_.push_back(gap); }
  /// Of spectra [first, end) none can be read.
  void fail_between(std::uint64_t first, std::uint64_t end) { damage_.push_back({first, end}); }
  void warn(const std::string& text) { warnings_.push_back(text); }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
  [[nodiscard]] std::uint64_t spectra_read() const { return spectra_read_; }

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const Gap> gaps() const noexcept override { return gaps_; }
  [[nodiscard]] std::span<const std::string> warnings() const noexcept override {
    return warnings_;
  }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return files_; }

  void read(std::uint64_t first, std::span<std::byte> out) override {
    const std::uint64_t count = out.size() / 3;
    if (first + count > *observation_.samples) throw std::out_of_range("FakeRecording");
    for (const auto& [damaged, end] : damage_) {
      if (first < end && damaged < first + count) {
        throw InputError("row " + std::to_string(damaged), "damage", "data");
      }
    }
    for (std::uint64_t t = first; t < first + count; ++t) {
      const bool lost = std::ranges::any_of(
          gaps_, [t](const Gap& gap) { return gap.first <= t && t < gap.end(); });
      for (std::uint64_t c = 0; c < 3; ++c) {
        out[(t - first) * 3 + c] = lost ? std::byte{0} : value(offset_ + t, c);
      }
    }
    spectra_read_ += count;
  }

  void forget_before(std::uint64_t sample) override { forgotten_ = sample; }

 private:
  Observation observation_;
  std::uint64_t offset_;
  std::vector<Gap> gaps_;
  std::vector<std::string> warnings_;
  std::vector<RecordedFile> files_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> damage_;
  std::uint64_t forgotten_ = 0;
  std::uint64_t spectra_read_ = 0;
};

}  // namespace draftstream::test
