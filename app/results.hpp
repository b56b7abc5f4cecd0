// Where candidates go: numbered, stored, published.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/output_folder.hpp"
#include "app/settings.hpp"
#include "engine/candidate.hpp"
#include "publishers/candidate_table.hpp"
#include "publishers/event_log.hpp"
#include "publishers/event_maker.hpp"
#include "publishers/topic_publisher.hpp"
#include "replay/recording.hpp"

namespace draftstream {

/// The candidate that stands out, for the line a run ends with.
struct Strongest {
  double snr = 0.0;
  double dm_pc_cm3 = 0.0;
  double toa_s = 0.0;
};

/// The result files of one run, and its topic if it has one.
///
/// Threads: take() belongs to the searching thread; the others are for before and after.
class Results {
 public:
  /// @param files          Of the recording, in order.
  /// @param chunk_samples  > 0.
  /// @throws ConfigError       on an endpoint that cannot be used.
  /// @throws std::system_error if a file cannot be created.
  Results(const OutputFolder& folder, const Settings& settings, EventContext context,
          std::span<const RecordedFile> files, std::uint64_t chunk_samples);

  /// A row, a line, a message; stored before it is published.
  /// @throws std::system_error if it cannot be written.
  void take(const Candidate& candidate);

  /// Null where nothing is published.
  [[nodiscard]] TopicPublisher* topic() noexcept { return topic_.get(); }
  [[nodiscard]] std::uint64_t events() const noexcept { return maker_.last_seq(); }
  [[nodiscard]] const std::optional<Strongest>& strongest() const noexcept { return strongest_; }
  [[nodiscard]] std::string obs_id() const { return observation_id(maker_.context()); }

  /// Brings the files to the disk, tells subscribers and waits a little for them.
  /// @throws std::system_error if the disk refuses them.
  void end(const StatusReport& report);

 private:
  EventMaker maker_;
  EventLog log_;
  CandidateTable table_;
  std::vector<RecordedFile> files_;
  std::uint64_t chunk_samples_;
  std::optional<Strongest> strongest_;
  std::unique_ptr<TopicPublisher> topic_;  // last: it reads log_ until it is gone
};

/// The path of the file that holds a sample; "" where none does, as between two files.
std::string file_of(std::span<const RecordedFile> files, std::uint64_t sample);

}  // namespace draftstream
