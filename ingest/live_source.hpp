// What brings a live stream to the ring.
#pragma once

#include <optional>

#include "ingest/observation.hpp"
#include "ingest/spectrum_ring.hpp"

namespace draftstream {

/// What brings a live stream to the ring.
class LiveSource {
 public:
  virtual ~LiveSource() = default;
  /// Waits for the next observation of the stream. @return Its header; empty: the stream has ended,
  /// or stop() was called.
  virtual std::optional<Observation> next_observation() = 0;
  /// Writes the observation into `ring`, as its only writer, until it ends, then ring.finish().
  /// Returns at once when ring or source are stopped.
  virtual void feed(SpectrumRing& ring) = 0;
  /// Ends every wait. From any thread, or a signal's.
  virtual void stop() noexcept = 0;
};

}  // namespace draftstream
