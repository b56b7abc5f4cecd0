// journal.sqlite: every message of a publisher, and every run, kept across restarts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/ledger.hpp"
#include "ingest/time_axis.hpp"
#include "publishers/append_file.hpp"
#include "publishers/event_store.hpp"
#include "publishers/status.hpp"

namespace draftstream {

/// Who writes: one process, from its beginning to its end.
struct JournalSession {
  std::string session;    ///< make_uuid().
  std::string publisher;  ///< "site/instrument/instance".
  EventSoftware software;
};

/// An observation that begins.
struct ObservationStart {
  std::string command;  ///< "replay", "live".
  std::string source;   ///< URL of a live source; "" for recordings.
  std::string folder;   ///< Of its results, as seen from the journal's: ".", "obs_0002".
  std::string obs_id;   ///< Of its first beam.
  UtcInstant start;     ///< Of its first sample.
  Seconds sample_time;
};

/// How far a beam of it has come.
struct BeamLedger {
  std::optional<int> beam;
  std::uint64_t samples_received = 0;  ///< Gaps included.
  std::uint64_t samples_searched = 0;  ///< That the engine is done with.
  Ledger ledger;
};

/// An observation whose process ended without a word: killed, or the machine stopped.
struct VanishedObservation {
  std::string obs_id;
  std::uint64_t samples_searched = 0;  ///< Of its beam that was farthest behind, when last noted.
  /// From there to the first sample of the observation that came next. Empty where the stream's
  /// clock does not tell: another source, or one whose clock went back.
  std::optional<std::uint64_t> missed_samples;
  double missed_s = 0.0;  ///< The same.
};

struct BegunObservation {
  std::int64_t number = 0;                    ///< In this journal, from 1.
  std::optional<VanishedObservation> before;  ///< The one before it, if it vanished.
};

/// How an observation ended.
struct ObservationEnd {
  std::string status;  ///< "complete", "interrupted", "failed".
  std::string reason;  ///< One sentence where it is not complete; else "".
};

/// What is kept; whatever is older is removed, the oldest first.
struct JournalRetention {
  std::optional<Seconds> age;                    ///< Empty: whatever its age.
  std::uint64_t most_bytes = 10'000'000'000ULL;  ///< Of the file, what can be used again left out.
};

/// An event store in SQLite, with the record of runs beside it. Its numbers go on across sessions.
///
/// append() and the notes of runs write to the system's memory and return: they survive the end of
/// this process. sync() and checkpoint() wait for the disk, and keep nobody else waiting.
///
/// A file that turns out to be damaged, or another program's, is moved aside and begun anew, with a
/// warning. Where that happens while it is written, its numbers go on.
///
/// Threads: any; append() one at a time.
class Journal : public EventStore {
 public:
  using Warned = std::function<void(const std::string&)>;

  /// @param existing  append: sessions of earlier processes stay, and numbers go on. replace: a
  ///                  journal there is removed.
  /// @param warned    Told of a file that was moved aside; from any thread; may be empty.
  /// @throws ConfigError        if a newer version of this program wrote the file.
  /// @throws std::runtime_error naming the file if it cannot be made, read or written.
  Journal(std::filesystem::path path, Existing existing, const JournalSession& session,
          Warned warned = {});
  ~Journal() override;

  /// UUID of this numbering: numbers of one journal go on across sessions, without holes.
  [[nodiscard]] const std::string& id() const noexcept;

  /// @throws std::logic_error unless event.seq is last_seq() + 1.
  /// @throws std::runtime_error naming the file if it cannot be written; nothing was added then.
  std::string append(const Event& event) override;
  void sync() override;
  [[nodiscard]] std::vector<std::string> read(std::uint64_t from, std::uint64_t to,
                                              std::size_t limit) const override;
  [[nodiscard]] std::uint64_t first_seq() const override;
  [[nodiscard]] std::uint64_t last_seq() const override;

  // All of these throw std::runtime_error naming the file if it cannot be written.

  BegunObservation begin_observation(const ObservationStart& start);
  void note_progress(std::int64_t observation, std::span<const BeamLedger> beams);
  void end_observation(std::int64_t observation, const ObservationEnd& end,
                       std::span<const BeamLedger> beams);
  void note_status(const StatusReport& report);
  /// The last word of this session. @param state  "ended", "failed".
  void end_session(std::string_view state);

  /// Removes a piece of what `rule` does not keep. The record of a run stays while it is open,
  /// while any of its events is kept, and until `rule.age` after its end, unless the file is too
  /// large.
  /// @return Events, runs, sessions and statuses removed; 0 = nothing is left to be removed.
  std::size_t trim(const JournalRetention& rule);

  /// Brings what was written to its place in the file, so that the file beside it does not grow.
  void checkpoint();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace draftstream
