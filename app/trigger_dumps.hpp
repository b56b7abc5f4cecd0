// The raw samples around events, kept as recordings.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "app/settings.hpp"
#include "engine/candidate.hpp"
#include "ingest/observation.hpp"
#include "ingest/spectrum_ring.hpp"
#include "publishers/event.hpp"
#include "publishers/summary.hpp"
#include "replay/ring_dump.hpp"

namespace draftstream {

/// What is kept of an event.
struct DumpStretch {
  RingStretch sweep;   ///< The pulse, from the highest channel to the lowest.
  RingStretch wanted;  ///< With what lies around it, in whole blocks of the search: searched by
                       ///< itself, it has the same statistics.
};

/// @param block_samples  Of the search; > 0.
/// @param pad            Around the sweep, at least.
DumpStretch stretch_of(const Candidate& candidate, const Observation& observation,
                       std::uint64_t block_samples, Seconds pad);

/// How far back a ring must reach, so that what is around a candidate is still there when the
/// search tells of it [samples].
/// @param longest_delay  Of the search [samples].
std::uint64_t dump_history(std::uint64_t longest_delay, std::uint64_t block_samples, Seconds pad,
                           Seconds sample_time);

/// Where a beam's samples are, while they are there.
struct DumpedBeam {
  SpectrumRing* ring = nullptr;
  const Observation* observation = nullptr;
  std::uint64_t block_samples = 1;
  std::uint64_t history = 0;  ///< dump_history(), which the ring has room for.
  /// Guaranteed: what may be asked for is kept, and the stream waits. Else it may be gone.
  ReaderKind kind = ReaderKind::guaranteed;
};

/// Writes dumps on a thread of its own. A stream that cannot wait never does: of its events the
/// brightest comes first, and what is overwritten meanwhile is lost. Of recordings and streams that
/// can be held back, events come in order, and nothing is lost.
///
/// Each dump that was promised is told of once: as complete, truncated (a part of the sweep was
/// overwritten, or never came), missed (nothing was left, brighter ones filled the queue, or the
/// allowed bytes are used up), or failed (the disk refused it). All but the first say why.
///
/// Threads: promise() and take() one at a time, searched() one at a time for each beam; told is
/// called by take() and by the own thread.
class TriggerDumps {
 public:
  /// An event with its dump among its products, as it now is.
  using Told = std::function<void(Event event)>;

  /// @param folder  Of the dumps, made with the first one.
  /// @param beams   Must outlive this; nothing was claimed of their rings yet.
  TriggerDumps(std::filesystem::path folder, std::vector<DumpedBeam> beams, const DumpRule& rule,
               Told told);
  /// Stops the rings, unless finish() was called.
  ~TriggerDumps();
  TriggerDumps(const TriggerDumps&) = delete;
  TriggerDumps& operator=(const TriggerDumps&) = delete;

  /// Whether the rule wants a dump of it. If so, its product is added, pending: publish the event,
  /// then take() it.
  bool promise(Event& event) const;
  void take(std::size_t beam, const Event& event, const Candidate& candidate);

  /// Says that events before `sample` less the history will not come any more.
  void searched(std::size_t beam, std::uint64_t sample);

  /// Waits for all that was taken. Call when the rings are finished.
  /// @return What telling of a dump failed by; null if it did not. Nothing was written from then
  /// on.
  std::exception_ptr finish();

  [[nodiscard]] DumpSummary summary() const;

 private:
  struct Wish {
    std::size_t beam = 0;
    DumpStretch stretch;
    Event event;
  };

  // Of one beam: holds what may still be wanted. Null where the stream cannot wait.
  struct Keeper {
    std::unique_ptr<SpectrumRing::Reader> reader;
    std::uint64_t searched = 0;
  };

  void run();
  void write(const Wish& wish);
  [[nodiscard]] std::vector<Wish>::iterator next_wish();
  void let_go(std::size_t beam);
  void tell(Event event, const EventProduct& product);

  const std::filesystem::path folder_;
  const std::vector<DumpedBeam> beams_;
  const DumpRule rule_;
  const Told told_;

  mutable std::mutex mutex_;     // guards what follows
  std::vector<Keeper> keepers_;  // [beam]
  std::vector<Wish> wishes_;
  std::optional<Wish> writing_;
  bool closing_ = false;
  DumpSummary summary_;
  std::exception_ptr error_;
  std::condition_variable changed_;  // signalled by: take(), finish()
  std::thread thread_;               // last: it uses all of the above
};

}  // namespace draftstream
