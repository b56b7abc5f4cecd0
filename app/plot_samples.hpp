// The samples of a beam, once more: for pictures of what has been searched.
#pragma once

#include <functional>
#include <memory>

#include "ingest/filterbank_chunk.hpp"
#include "ingest/spectrum_ring.hpp"
#include "replay/recording.hpp"
#include "replay/ring_dump.hpp"

namespace draftstream {

/// Threads: one at a time per object.
class PlotSamples {
 public:
  using Visit = std::function<void(const FilterbankChunk& chunk)>;

  PlotSamples() = default;
  PlotSamples(const PlotSamples&) = delete;
  PlotSamples& operator=(const PlotSamples&) = delete;
  virtual ~PlotSamples() = default;

  /// Calls `visit` with what there is of `wanted`, in order, in pieces of a few MiB. Waits for
  /// nothing.
  virtual void read(const RingStretch& wanted, const Visit& visit) = 0;
};

/// @param open  Opens the recording another time; called by the first read(), which throws what it
///              throws.
std::unique_ptr<PlotSamples> make_recorded_samples(
    std::function<std::unique_ptr<Recording>()> open);

/// Of a stream: what has come and was not overwritten; what was is a gap.
std::unique_ptr<PlotSamples> make_ring_samples(SpectrumRing& ring);

}  // namespace draftstream
