// What brings a live stream to the ring.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ingest/observation.hpp"
#include "ingest/packets/packet_report.hpp"
#include "ingest/spectrum_ring.hpp"

namespace draftstream {

/// What brings a live stream, of one beam or several, to their rings.
///
/// Threads: one at a time, which may be another for each call; stop(), readers() and packets() are
/// for any.
class LiveSource {
 public:
  LiveSource() = default;
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;
  virtual ~LiveSource() = default;

  /// Waits for the next observation of the stream. @return Its header, one a beam; empty: the
  /// stream has ended, or stop() was called.
  virtual std::vector<Observation> next_beams() = 0;
  /// Writes the observation into `rings`, one a beam, as their only writer, until it ends, and
  /// finishes them. Returns early when the source or all rings are stopped.
  virtual void feed(std::span<SpectrumRing* const> rings) = 0;
  /// Ends every wait. From any thread, or a signal's.
  virtual void stop() noexcept = 0;

  /// Whether feed() waits for its peer now; a source that cannot tell says that it does. For those
  /// who look for what is stuck. From any thread.
  [[nodiscard]] virtual bool waits() const noexcept { return true; }
  /// Of what kind the rings' readers should be: opportunistic where the sender does not wait.
  [[nodiscard]] virtual ReaderKind readers() const noexcept { return ReaderKind::guaranteed; }
  /// What became of packets since the last observation ended; empty where there are none.
  [[nodiscard]] virtual std::optional<PacketReport> packets() const { return std::nullopt; }
};

/// A live stream of one beam.
class OneBeamSource : public LiveSource {
 public:
  /// As next_beams().
  virtual std::optional<Observation> next_observation() = 0;
  /// As feed() for several.
  virtual void feed(SpectrumRing& ring) = 0;

  std::vector<Observation> next_beams() final {
    std::vector<Observation> beams;
    if (auto observation = next_observation()) beams.push_back(std::move(*observation));
    return beams;
  }
  void feed(std::span<SpectrumRing* const> rings) final { feed(*rings.front()); }
};

}  // namespace draftstream
