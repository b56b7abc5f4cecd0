// The raw samples around events, and what operators ask for, kept as recordings.
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
#include <string>
#include <thread>
#include <vector>

#include "app/dump_file.hpp"
#include "app/dump_request.hpp"
#include "app/dump_stretch.hpp"
#include "app/settings.hpp"
#include "engine/candidate.hpp"
#include "publishers/event.hpp"
#include "publishers/summary.hpp"

namespace draftstream {

/// Writes dumps on a thread of its own. A stream that cannot wait never does: of its events the
/// brightest comes first, and what is overwritten meanwhile is lost. Of recordings and streams that
/// can be held back, events come in order, and nothing is lost. What was asked for comes once all
/// its samples are there; where the stream cannot wait, before the events.
///
/// Each dump that was promised is told of once: as complete, truncated (a part of the sweep was
/// overwritten, or never came), missed (nothing was left, brighter ones filled the queue, or the
/// allowed bytes are used up), or failed (the disk refused it). All but the first say why.
///
/// Threads: promise() and take() one at a time, searched() one at a time for each beam; the others
/// are for any. What is told is told by take() and by the own thread.
class TriggerDumps {
 public:
  struct Told {
    /// An event with its dump among its products, as it now is.
    std::function<void(Event event)> event;
    /// What became of what was asked for.
    std::function<void(const RequestedDump& dump)> requested;
  };

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

  /// Asks for a stretch, which may be still to come in part.
  /// @return With the name that it gets.
  /// @throws UsageError as check_dump_request().
  /// @throws TryAgain   if too many are waiting, or the observation is at its end.
  RequestedDump request(std::size_t beam, const RingStretch& wanted);

  /// Says that events before `sample` less the history will not come any more.
  void searched(std::size_t beam, std::uint64_t sample);

  /// Waits for all that was taken, and writes what is there of all that was asked for. Call when
  /// the rings are finished.
  /// @return What telling of a dump failed by; null if it did not. Nothing was written from then
  /// on.
  std::exception_ptr finish();

  [[nodiscard]] DumpSummary summary() const;
  /// What was asked for: all that is pending, and the last few that are not.
  [[nodiscard]] std::vector<RequestedDump> requested() const;

 private:
  struct Wish {
    std::size_t beam = 0;
    DumpStretch stretch;
    std::optional<Event> event;  // empty: it was asked for
    std::string name;            // of the file, without folder
  };
  using Wishes = std::vector<Wish>;

  // Of one beam: holds what may still be wanted. Null where the stream cannot wait.
  struct Keeper {
    std::unique_ptr<SpectrumRing::Reader> reader;
    std::uint64_t searched = 0;
  };

  void run();
  void write_next(std::unique_lock<std::mutex>& lock, Wishes::iterator next);
  void write(const Wish& wish);
  [[nodiscard]] bool is_ready(const Wish& wish) const;
  [[nodiscard]] std::size_t waiting(bool requested) const;
  [[nodiscard]] Wishes::iterator next_wish();
  void let_go(std::size_t beam);
  void tell(const Wish& wish, const DumpResult& result);
  [[nodiscard]] RequestedDump note_requested(const EventProduct& product);
  [[nodiscard]] EventProduct product_of(const std::string& name) const;

  const std::filesystem::path folder_;
  const std::vector<DumpedBeam> beams_;
  const DumpRule rule_;
  const Told told_;

  mutable std::mutex mutex_;     // guards what follows
  std::vector<Keeper> keepers_;  // [beam]
  Wishes wishes_;
  std::optional<Wish> writing_;
  std::vector<RequestedDump> requested_;
  std::uint64_t requests_ = 0;
  bool closing_ = false;
  DumpSummary summary_;
  std::exception_ptr error_;
  std::condition_variable changed_;  // signalled by: take(), request(), finish()
  std::thread thread_;               // last: it uses all of the above
};

}  // namespace draftstream
