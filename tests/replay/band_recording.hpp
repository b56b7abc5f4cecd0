// A recording of any band in memory, whose samples are a function of their indices.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "replay/beam_blocks.hpp"
#include "replay/recording.hpp"

namespace draftstream::test {

struct Band {
  std::size_t channels = 8;
  std::uint64_t samples = 64;
  int beam = 0;
  bool ascending = false;
  SampleFormat format{};  ///< 8-bit unsigned, or 32-bit floats.
  UtcInstant start{60000, 3600.5};
  Seconds sample_time{0.001024};
  std::vector<Gap> gaps{};
};

class BandRecording final : public Recording {
 public:
  explicit BandRecording(const Band& band) : gaps_{band.gaps} {
    const double step = band.ascending ? 0.25 : -0.25;
    observation_.frequency = FrequencyAxis{Megahertz{1400.0}, Megahertz{step}, band.channels};
    observation_.time = {band.start, band.sample_time};
    observation_.format = band.format;
    observation_.samples = band.samples;
    observation_.beam = band.beam;
    files_.push_back({"band.fil", 0, band.samples, "SIGPROC"});
  }

  /// 1 to 250, so that CHIME keeps it exactly.
  static unsigned value(std::uint64_t t, std::uint64_t channel, int beam) {
    return static_cast<unsigned>(1 +
                                 (t * 37 + channel * 11 + static_cast<unsigned>(beam) * 101) % 250);
  }

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const Gap> gaps() const noexcept override { return gaps_; }
  [[nodiscard]] std::span<const std::string> warnings() const noexcept override { return {}; }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return files_; }

  void read(std::uint64_t first, std::span<std::byte> out) override {
    const std::size_t channels = observation_.frequency.channels();
    const std::size_t bytes = static_cast<std::size_t>(observation_.format.bits) / 8;
    for (std::size_t i = 0; i < out.size() / bytes; ++i) {
      const unsigned value =
          BandRecording::value(first + i / channels, i % channels, *observation_.beam);
      if (bytes == 1) {
        out[i] = static_cast<std::byte>(value);
      } else {
        const auto number = static_cast<float>(value) + 0.125F;
        std::memcpy(out.data() + 4 * i, &number, 4);
      }
    }
  }
  void forget_before(std::uint64_t /*sample*/) override {}

 private:
  Observation observation_;
  std::vector<Gap> gaps_;
  std::vector<RecordedFile> files_;
};

inline BeamBlocks blocks_of(const std::vector<Band>& bands) {
  std::vector<std::unique_ptr<Recording>> recordings;
  for (const Band& band : bands) recordings.push_back(std::make_unique<BandRecording>(band));
  return BeamBlocks{std::move(recordings)};
}

}  // namespace draftstream::test
