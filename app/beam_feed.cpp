#include "app/beam_feed.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
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
  [[nodiscard]] std::unique_ptr<Recording> reopen() const override {
    std::vector<std::string> paths;
    for (const RecordedFile& file : recording_->files()) paths.push_back(file.path);
    return open_recordings(paths);
  }
  void fill(SpectrumRing& ring, std::uint64_t chunk_samples) override {
    feed(*recording_, ring,
         {chunk_samples, speed_,
          [this](const Gap& stretch, const std::string& reason) { leave_out(stretch, reason); }});
  }
  [[nodiscard]] std::vector<UnreadStretch> unread() const override { return unread_; }
  void stop(SpectrumRing& ring) noexcept override { ring.stop(); }
  [[nodiscard]] bool whole(std::uint64_t samples_read) const noexcept override {
    return samples_read == recording_->observation().samples;
  }

 private:
  void leave_out(const Gap& stretch, const std::string& reason) {
    if (!unread_.empty() && unread_.back().first + unread_.back().samples == stretch.first) {
      unread_.back().samples += stretch.samples;
      return;
    }
    spdlog::warn("from sample {} on nothing can be read, and is left out: {}", stretch.first,
                 reason);
    unread_.push_back({stretch.first, stretch.samples, reason});
  }

  std::unique_ptr<Recording> recording_;
  double speed_;
  std::vector<UnreadStretch> unread_;  // of the thread that fills, while it does
};

// One source and the rings of all its beams.
//
// Threads: any.
class SharedFeed {
 public:
  SharedFeed(LiveSource& source, std::size_t beams)
      : source_{source}, rings_(beams), missing_{beams}, wanted_{beams} {}

  // Returns when all rings are filled, or nobody wants them any more.
  void fill(std::size_t beam, SpectrumRing& ring) {
    {
      std::unique_lock lock{mutex_};
      rings_[beam] = &ring;
      if (--missing_ > 0) {
        changed_.wait(lock, [this] { return done_ || (missing_ > 0 && wanted_ == 0); });
        if (!done_) ring.finish();
        if (error_ != nullptr) std::rethrow_exception(error_);
        return;
      }
    }
    std::exception_ptr error;
    try {
      source_.feed(rings_);
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock{mutex_};
    done_ = true;
    ended_ = wanted_ > 0;
    error_ = error;
    changed_.notify_all();
    if (error != nullptr) std::rethrow_exception(error);
  }

  // One beam less is wanted.
  void stop() noexcept {
    const std::lock_guard lock{mutex_};
    if (--wanted_ > 0) return;
    source_.stop();
    changed_.notify_all();
  }

  // Whether the observation came to its own end.
  [[nodiscard]] bool ended() const noexcept {
    const std::lock_guard lock{mutex_};
    return ended_;
  }
  [[nodiscard]] bool waits() const noexcept { return source_.waits(); }
  [[nodiscard]] ReaderKind readers() const noexcept { return source_.readers(); }

 private:
  LiveSource& source_;
  std::vector<SpectrumRing*> rings_;  // once none is missing, of the thread that feeds
  mutable std::mutex mutex_;          // guards what follows
  std::condition_variable changed_;   // signalled by: the end of feed(), the last stop()
  std::size_t missing_;               // rings
  std::size_t wanted_;                // beams
  bool done_ = false;
  bool ended_ = false;
  std::exception_ptr error_;
};

class LiveFeed final : public BeamFeed {
 public:
  LiveFeed(std::shared_ptr<SharedFeed> shared, std::size_t beam, Observation observation,
           std::function<std::vector<std::string>()> warnings)
      : shared_{std::move(shared)},
        beam_{beam},
        observation_{std::move(observation)},
        warnings_{std::move(warnings)} {}

  [[nodiscard]] const Observation& observation() const noexcept override { return observation_; }
  [[nodiscard]] std::span<const RecordedFile> files() const noexcept override { return {}; }
  [[nodiscard]] std::vector<std::string> warnings() const override {
    return warnings_ ? warnings_() : std::vector<std::string>{};
  }
  void fill(SpectrumRing& ring, std::uint64_t /*chunk_samples*/) override {
    shared_->fill(beam_, ring);
  }
  // The ring is left to its reader: what has arrived is searched.
  void stop(SpectrumRing& /*ring*/) noexcept override {
    if (!stopped_.exchange(true)) shared_->stop();
  }
  [[nodiscard]] bool whole(std::uint64_t /*samples_read*/) const noexcept override {
    return shared_->ended();
  }
  [[nodiscard]] ReaderKind reader() const noexcept override { return shared_->readers(); }
  [[nodiscard]] bool waits() const noexcept override { return shared_->waits(); }

 private:
  std::shared_ptr<SharedFeed> shared_;  // the beams' own
  std::size_t beam_;
  Observation observation_;
  std::function<std::vector<std::string>()> warnings_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace

std::unique_ptr<BeamFeed> make_recording_feed(std::unique_ptr<Recording> recording, double speed) {
  return std::make_unique<RecordingFeed>(std::move(recording), speed);
}

std::vector<std::unique_ptr<BeamFeed>> make_live_feeds(
    LiveSource& source, const std::vector<Observation>& beams,
    std::function<std::vector<std::string>()> warnings) {
  const auto shared = std::make_shared<SharedFeed>(source, beams.size());
  std::vector<std::unique_ptr<BeamFeed>> feeds;
  for (std::size_t beam = 0; beam < beams.size(); ++beam) {
    feeds.push_back(
        std::make_unique<LiveFeed>(shared, beam, beams[beam], std::exchange(warnings, nullptr)));
  }
  return feeds;
}

}  // namespace draftstream
