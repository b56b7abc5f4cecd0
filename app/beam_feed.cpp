#include "app/beam_feed.hpp"

#include <atomic>
#include <utility>

#include "replay/feeder.hpp"

namespace draftstream {
namespace {

class RecordingFeed final : public BeamFeed {
 public:
  RecordingFeed(std::unique_ptr<Recording> recording, double speed)
      : recording_{std::move(recording)}, speed_{speed} {}

  [[nodiscard]] const Observation& observation() const noexcept override {
    return recording_->observation();
  }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override {
    return recording_->files();
  }
  [[nodiscard]] std::vector<std::string> warnings() const override {
    return {recording_->warnings().begin(), recording_->warnings().end()};
  }
  void fill(SpectrumRing& ring, std::uint64_t chunk_samples) override {
    feed(*recording_, ring, FeedOptions{chunk_samples, speed_});
  }
  void stop(SpectrumRing& ring) noexcept override { ring.stop(); }
  [[nodiscard]] bool whole(std::uint64_t samples_read) const noexcept override {
    return samples_read == recording_->observation().samples;
  }

 private:
  std::unique_ptr<Recording> recording_;
  double speed_;
};

class LiveFeed final : public BeamFeed {
 public:
  LiveFeed(LiveSource& source, Observation observation,
           std::function<std::vector<std::string>()> warnings)
      : source_{source}, observation_{std::move(observation)}, warnings_{std::move(warnings)} {}

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return {}; }
  [[nodiscard]] std::vector<std::string> warnings() const override { return warnings_(); }

  void fill(SpectrumRing& ring, std::uint64_t /*chunk_samples*/) override {
    source_.feed(ring);
    ended_ = !stopped_;
  }
  // The ring is left to its reader: what has arrived is searched.
  void stop(SpectrumRing& /*ring*/) noexcept override {
    stopped_ = true;
    source_.stop();
  }
  [[nodiscard]] bool whole(std::uint64_t /*samples_read*/) const noexcept override {
    return ended_;
  }

 private:
  LiveSource& source_;
  Observation observation_;
  std::function<std::vector<std::string>()> warnings_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> ended_ = false;
};

}  // namespace

std::unique_ptr<BeamFeed> make_recording_feed(std::unique_ptr<Recording> recording, double speed) {
  return std::make_unique<RecordingFeed>(std::move(recording), speed);
}

std::unique_ptr<BeamFeed> make_live_feed(LiveSource& source, Observation observation,
                                         std::function<std::vector<std::string>()> warnings) {
  return std::make_unique<LiveFeed>(source, std::move(observation), std::move(warnings));
}

}  // namespace draftstream
