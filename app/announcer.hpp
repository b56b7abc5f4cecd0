// All that a process tells: numbered, kept in its journal, published.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "publishers/event.hpp"
#include "publishers/gateways/gateway_counts.hpp"
#include "publishers/journal/journal.hpp"
#include "publishers/journal/journal_keeper.hpp"
#include "publishers/metrics/event_tally.hpp"
#include "publishers/status.hpp"
#include "publishers/topic_publisher.hpp"

namespace draftstream {

class GatewaySet;

/// One session of a publisher: events of all its observations and beams are numbered together, in
/// a journal where the next session goes on.
///
/// Threads: keep() and publish() in pairs, one pair at a time; end() is for after; the rest from
/// any.
class Announcer {
 public:
  /// Opens the journal, and the topic if the settings have one. Gateways, and keys, are looked at
  /// before the journal is opened.
  /// @param existing  Whether an earlier journal there is continued.
  /// @throws ConfigError        on an endpoint that cannot be used, or a journal of a newer
  /// version.
  /// @throws std::runtime_error if the journal cannot be made.
  Announcer(const std::filesystem::path& journal, Existing existing, const Settings& settings);
  ~Announcer();
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

  /// UUID of this session.
  [[nodiscard]] const std::string& session() const noexcept { return session_; }

  /// Gives the event its number, and keeps it.
  /// @return Its JSON, for publish().
  /// @throws std::runtime_error if it cannot be kept; then it has no number.
  std::string keep(Event& event);
  void publish(const Event& event, std::string json, AttachedFrames frames = {});

  /// A status, kept and published.
  /// @param beam  Of its topic; empty = as before.
  /// @throws std::runtime_error if it cannot be kept.
  void report(const StatusReport& status, std::optional<int> beam);

  /// Waits until all that was told is on the disk and, if anyone is told, sent.
  /// @throws std::runtime_error if it could not be.
  void flush();

  /// Tells subscribers of the end and waits a little for them.
  /// @throws std::runtime_error if the disk refuses what was told.
  void end(const StatusReport& status);

  /// Null where nothing is published.
  [[nodiscard]] TopicPublisher* topic() const noexcept { return topic_.get(); }
  /// What each gateway did so far.
  [[nodiscard]] std::vector<GatewayCounts> gateway_counts() const;
  [[nodiscard]] Journal& journal() noexcept { return journal_; }
  /// Of the last event that was kept; 0 before the first. Waits for nobody.
  [[nodiscard]] std::uint64_t last_seq() const noexcept { return last_seq_; }
  /// Of what this process told.
  [[nodiscard]] EventCounts event_counts() const { return tally_.counts(); }
  [[nodiscard]] const std::filesystem::path& journal_file() const noexcept { return file_; }
  /// UUID of the journal.
  [[nodiscard]] const std::string& journal_id() const noexcept { return journal_.id(); }
  /// That the journal is in.
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  // What may be refused, made before the journal is opened.
  struct Prepared {
    Prepared(const std::filesystem::path& journal, Existing existing, const Settings& settings);
    ~Prepared();

    std::optional<TopicKeys> keys;
    std::unique_ptr<GatewaySet> gateways;
  };

  Announcer(const std::filesystem::path& journal, Existing existing, const Settings& settings,
            Prepared prepared);

  const std::filesystem::path file_;
  const std::filesystem::path folder_;
  const std::string session_;
  const std::chrono::milliseconds gateways_linger_;
  Journal journal_;
  EventTally tally_;
  std::atomic<std::uint64_t> last_seq_;
  JournalKeeper keeper_;
  // Last: they read the journal until they are gone.
  std::unique_ptr<TopicPublisher> topic_;
  std::unique_ptr<GatewaySet> gateways_;
};

}  // namespace draftstream
