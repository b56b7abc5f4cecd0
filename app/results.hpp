// Where candidates go: numbered, stored, published.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/announcer.hpp"
#include "app/output_folder.hpp"
#include "app/settings.hpp"
#include "engine/beam_coincidence.hpp"
#include "ingest/spectrum_ring.hpp"
#include "publishers/append_file.hpp"
#include "publishers/candidate_table.hpp"
#include "publishers/cutouts/cutout_store.hpp"
#include "publishers/event_maker.hpp"
#include "publishers/formats/format_files.hpp"
#include "publishers/topic_publisher.hpp"
#include "replay/recording.hpp"

namespace draftstream {

class Injections;
class Plots;
class PromptAlerts;
class TriggerDumps;

/// The candidate that stands out, for the line a run ends with.
struct Strongest {
  double snr = 0.0;
  double dm_pc_cm3 = 0.0;
  double toa_s = 0.0;
};

/// What results need to know of a beam.
struct ResultsOfBeam {
  EventContext context;                ///< The same in all beams but for the observation.
  std::vector<RecordedFile> files;     ///< Of the recording, in order.
  std::uint64_t chunk_samples = 1;     ///< > 0.
  const SpectrumRing* ring = nullptr;  ///< Whose samples came when; null = that is not told.
};

/// What came of a beam's candidates.
struct BeamResultCounts {
  std::uint64_t events = 0;                   ///< Numbered and stored.
  std::uint64_t interference = 0;             ///< Of these, in too many beams.
  std::uint64_t told_with_another = 0;        ///< Told with the event of a beam that saw it better.
  std::uint64_t bursts = 0;                   ///< Of the events, what is called one; none injected.
  std::optional<double> highest_probability;  ///< Of what is no injection; empty: none was judged.
};

/// The result files of one run, whose events go on to the announcer. Those of all beams are
/// numbered together.
///
/// Threads: take() belongs to one thread at a time; update(), tell_alert(), report() and events()
/// are for any; the others are for before and after.
class Results {
 public:
  /// @param announcer  Must outlive this.
  /// @param beams      At least one.
  /// @param cutouts    Keep what was seen of candidates that come with it.
  /// @throws ConfigError if cutouts are to be attached and there are none.
  /// @throws std::runtime_error if a file cannot be created.
  Results(const OutputFolder& folder, Announcer& announcer, const Settings& settings,
          std::vector<ResultsOfBeam> beams, bool cutouts);

  /// A cutout, a row, those of other formats, a line, a message; stored before it is published, the
  /// cutout before all else.
  /// What is interference is a message of type "candidate" and no event.
  /// @throws std::runtime_error if it cannot be written.
  void take(const JudgedCandidate& judged);

  /// From now on, asks for dumps of events. @param dumps  Null = no more; else it calls update().
  void dump_by(TriggerDumps* dumps) noexcept { dumps_ = dumps; }

  /// From now on, has candidates drawn that are not injected. @param plots  Null = none are.
  void plot_by(Plots* plots) noexcept { plots_ = plots; }

  /// From now on, asks whose candidates are injected. @param injections  Null = nobody.
  void tell_injections_of(Injections* injections) noexcept { injections_ = injections; }

  /// From now on, asks which alerts an event confirms. @param alerts  Null = none; else it calls
  /// tell_alert().
  void confirm_alerts_of(PromptAlerts* alerts) noexcept { alerts_ = alerts; }

  /// A message of the prompt search: kept and published, and nothing else.
  /// @throws std::runtime_error if it cannot be kept.
  void tell_alert(Event& event);

  /// The next revision of an event, as a line and a message of type "update".
  /// @throws std::runtime_error if it cannot be written.
  void update(Event event);

  /// Of this run; empty where nothing is published.
  [[nodiscard]] std::optional<TopicCounts> topic_counts() const;

  /// Says how the run is.
  /// @throws std::runtime_error if it cannot be kept.
  void report(const StatusReport& status);
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
  [[nodiscard]] const BeamResultCounts& counts(std::size_t beam) const {
    return beams_.at(beam).counts;
  }
  /// Cutouts that were kept; empty if none are to be.
  [[nodiscard]] std::optional<std::uint64_t> cutouts() const noexcept { return cutouts_kept_; }
  [[nodiscard]] const std::optional<Strongest>& strongest() const noexcept { return strongest_; }
  [[nodiscard]] std::string obs_id(std::size_t beam) const { return observation_id(context(beam)); }
  [[nodiscard]] const EventContext& context(std::size_t beam) const {
    return beams_.at(beam).maker.context();
  }

  /// Brings the files to the disk.
  /// @throws std::runtime_error if the disk refuses them.
  void end();

 private:
  struct Beam {
    EventMaker maker;
    std::vector<RecordedFile> files;
    std::uint64_t chunk_samples;
    const SpectrumRing* ring;
    BeamResultCounts counts;
  };

  [[nodiscard]] Event make_event(const JudgedCandidate& judged);
  void note_latency(Event& event, const Candidate* candidate = nullptr) const;
  void tell(Event& event, AttachedFrames frames = {});
  Cutout keep_cutout(Event& event, const JudgedCandidate& judged, const std::string& file);
  void plot(const Event& event, const JudgedCandidate& judged);
  void write_row(const Event& event, const JudgedCandidate& judged, const Cutout* cutout);

  Announcer& announcer_;  // as far as events are kept and published, guarded by mutex_
  TopicCounts counts_before_;
  std::vector<Beam> beams_;
  AppendFile lines_;  // candidates.jsonl; guarded by mutex_
  CandidateTable table_;
  FormatFiles formats_;
  std::unique_ptr<CutoutWriter> store_;  // null: no cutouts
  std::optional<std::uint64_t> cutouts_kept_;
  bool attach_cutouts_;
  TriggerDumps* dumps_ = nullptr;
  Plots* plots_ = nullptr;
  Injections* injections_ = nullptr;
  PromptAlerts* alerts_ = nullptr;
  std::atomic<std::uint64_t> events_ = 0;
  std::mutex mutex_;
  std::optional<Strongest> strongest_;
};

/// The file that holds a sample; null where none does, as between two files.
const RecordedFile* file_of(std::span<const RecordedFile> files, std::uint64_t sample);

}  // namespace draftstream
