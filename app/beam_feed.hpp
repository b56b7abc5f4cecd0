// What brings the samples of a beam to its ring.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ingest/live_source.hpp"
#include "ingest/observation.hpp"
#include "ingest/spectrum_ring.hpp"
#include "replay/recording.hpp"

namespace draftstream {

/// Spectra that are there and could not be read.
struct UnreadStretch {
  std::uint64_t first = 0;  ///< Sample of the observation.
  std::uint64_t samples = 0;
  std::string reason;  ///< One sentence.
};

/// One observation, from a recording or a live source.
///
/// Threads: fill() belongs to one; stop() is for any, and so is all else once fill() has returned.
class BeamFeed {
 public:
  BeamFeed() = default;
  BeamFeed(const BeamFeed&) = delete;
  BeamFeed& operator=(const BeamFeed&) = delete;
  virtual ~BeamFeed() = default;

  [[nodiscard]] virtual const Observation& observation() const noexcept = 0;
  /// Empty where nothing was recorded.
  [[nodiscard]] virtual std::span<const RecordedFile> files() const noexcept = 0;
  /// The recording opened another time, to be read beside fill(); null where nothing was recorded.
  /// @throws as open_recordings().
  [[nodiscard]] virtual std::unique_ptr<Recording> reopen() const { return nullptr; }
  /// What was odd so far, one sentence each. From any thread, at any time.
  [[nodiscard]] virtual std::vector<std::string> warnings() const = 0;

  /// In order, those that touch as one. Once fill() has returned.
  [[nodiscard]] virtual std::vector<UnreadStretch> unread() const { return {}; }

  /// Writes the observation into `ring`, as its only writer, until it ends, then ring.finish().
  /// @param chunk_samples  Spectra at once, where the source does not decide it.
  virtual void fill(SpectrumRing& ring, std::uint64_t chunk_samples) = 0;
  /// Ends fill() early. What a live source has brought stays in the ring, to be read.
  virtual void stop(SpectrumRing& ring) noexcept = 0;
  /// Whether the observation came to its own end, of which so many spectra were read.
  [[nodiscard]] virtual bool whole(std::uint64_t samples_read) const noexcept = 0;
  /// Whether fill() waits for data now; what cannot tell says that it does. From any thread.
  [[nodiscard]] virtual bool waits() const noexcept { return true; }
  /// Of what kind the ring's reader should be: opportunistic where fill() cannot wait for it.
  [[nodiscard]] virtual ReaderKind reader() const noexcept { return ReaderKind::guaranteed; }
};

/// @param speed  x real time; 0 = as fast as it is taken.
std::unique_ptr<BeamFeed> make_recording_feed(std::unique_ptr<Recording> recording, double speed);

/// Feeds of the beams of an observation: the last fill() to be called writes all their rings, on
/// its thread, and the others return when it does. So fill() is to be called for each of them. The
/// source goes on as long as one of them has not been stopped, and is then stopped for good.
/// @param source    Must outlive them.
/// @param beams     That it announced last; at least one.
/// @param warnings  Of the source, since it began to wait for this observation: told by the first
///                  feed. Any thread.
std::vector<std::unique_ptr<BeamFeed>> make_live_feeds(
    LiveSource& source, const std::vector<Observation>& beams,
    std::function<std::vector<std::string>()> warnings);

}  // namespace draftstream
