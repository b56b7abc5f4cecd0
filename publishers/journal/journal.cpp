#include "publishers/journal/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <utility>

#include "publishers/iso8601.hpp"
#include "publishers/journal/journal_database.hpp"
#include "publishers/journal/journal_runs.hpp"
#include "publishers/journal/wal_file.hpp"
#include "publishers/uuid.hpp"

namespace draftstream {
namespace {

constexpr int piece = 256;                // events removed at once: a few milliseconds
constexpr const char* end_of_time = "~";  // after every instant, as text

// A connection that writes, and what is asked of it again and again.
struct Writer {
  Writer(const std::filesystem::path& path, const std::string& new_id, std::uint64_t new_first_seq)
      : database{open_journal(path, new_id, new_first_seq)} {
    // What is written must survive this process at once, the machine only after sync(). SQLite's
    // own way (FULL) would have the search wait for the disk: it locks the file meanwhile.
    database.exec("PRAGMA synchronous = NORMAL");
    database.exec("PRAGMA wal_autocheckpoint = 0");  // checkpoint() does it, elsewhere
    id = database.execAndGet("SELECT id FROM journal").getString();
    first_seq = number("SELECT first_seq FROM journal");
    last_seq = std::max(first_seq - 1, number("SELECT ifnull(max(seq), 0) FROM events"));
  }

  std::uint64_t number(const char* query) {
    return static_cast<std::uint64_t>(database.execAndGet(query).getInt64());
  }

  SQLite::Database database;
  std::string id;
  std::uint64_t first_seq = 1;
  std::uint64_t last_seq = 0;
  SQLite::Statement add_event{
      database, "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
};

void add(Writer& writer, const Event& event, const std::string& json) {
  run(writer.add_event, event.seq, event.session, std::string{name(event.message_type)},
      event.event_id, event.revision, format_iso8601(event.created), format_iso8601(event.time.toa),
      event.time.obs_id, event.beam.index, event.signal.snr, event.dm.value_pc_cm3,
      event.signal.width_ms, event.classifier.label, std::string{name(event.alert_tense)}, json);
}

}  // namespace

class Journal::Impl {
 public:
  Impl(std::filesystem::path path, Existing existing, JournalSession session, Warned warned);

  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  std::string append(const Event& event);
  void sync();
  std::vector<std::string> read(std::uint64_t from, std::uint64_t to, std::size_t limit);
  [[nodiscard]] std::uint64_t first_seq() const {
    const std::lock_guard lock{mutex_};
    return writer_->first_seq;
  }
  [[nodiscard]] std::uint64_t last_seq() const {
    const std::lock_guard lock{mutex_};
    return writer_->last_seq;
  }
  std::size_t trim(const JournalRetention& rule);
  void checkpoint();
  void end_session(std::string_view state);
  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }

  /// Calls `work(writer)` while nobody else writes; once more, on a new file, if this one turns
  /// out to be damaged.
  /// @throws std::runtime_error naming the file.
  template <class Work>
  auto write(const Work& work) {
    const std::lock_guard lock{mutex_};
    try {
      try {
        return work(*writer_);
      } catch (const SQLite::Exception& error) {
        if (!is_damage(error)) throw;
        begin_anew(error.what(), writer_->id, writer_->last_seq + 1);
      }
      return work(*writer_);
    } catch (const SQLite::Exception& error) {
      throw failure(error);
    }
  }

 private:
  void open();
  void begin_anew(const std::string& fault, const std::string& id, std::uint64_t first_seq);
  [[nodiscard]] std::runtime_error failure(const SQLite::Exception& error) const {
    return std::runtime_error(path_.string() + ": " + error.what());
  }

  const std::filesystem::path path_;
  const JournalSession session_;
  const Warned warned_;
  std::string id_;
  std::atomic<bool> has_ended_ = false;

  mutable std::mutex mutex_;      // guards the next one
  std::optional<Writer> writer_;  // always there but while it is replaced
  std::mutex sync_mutex_;         // guards the next one
  std::optional<WalFile> wal_;
  std::mutex read_mutex_;  // guards the next one
  std::optional<SQLite::Database> reader_;
};

Journal::Impl::Impl(std::filesystem::path path, Existing existing, JournalSession session,
                    Warned warned)
    : path_{std::move(path)}, session_{std::move(session)}, warned_{std::move(warned)} {
  if (existing == Existing::replace && is_journal(path_)) remove_journal(path_);
  try {
    try {
      writer_.emplace(path_, make_uuid(), 1);
      open();
    } catch (const DamagedJournal& fault) {
      begin_anew(fault.what(), make_uuid(), 1);
    } catch (const SQLite::Exception& error) {
      if (!is_damage(error)) throw;
      begin_anew(error.what(), make_uuid(), 1);
    }
  } catch (const SQLite::Exception& error) {
    throw failure(error);
  }
  id_ = writer_->id;
}

// All but the writer.
void Journal::Impl::open() {
  begin_session(writer_->database, session_, writer_->last_seq + 1);
  {
    const std::lock_guard lock{sync_mutex_};
    wal_.emplace(path_);
    wal_->sync();
  }
  const std::lock_guard lock{read_mutex_};
  reader_.emplace(open_journal_to_read(path_));
}

void Journal::Impl::begin_anew(const std::string& fault, const std::string& id,
                               std::uint64_t first_seq) {
  const std::string kept_id = id;  // it may be the writer's own
  writer_.reset();
  {
    const std::lock_guard lock{read_mutex_};
    reader_.reset();
  }
  const auto aside = set_journal_aside(path_);
  if (warned_) {
    warned_(
        fmt::format("{}: found {}, expected a journal; it is now {}, and a new one begins with "
                    "event {}",
                    path_.string(), fault, aside.filename().string(), first_seq));
  }
  writer_.emplace(path_, kept_id, first_seq);
  open();
}

std::string Journal::Impl::append(const Event& event) {
  std::string json = to_json(event);
  write([&](Writer& writer) {
    if (event.seq != writer.last_seq + 1) {
      throw std::logic_error(
          fmt::format("Journal: event {} after event {}", event.seq, writer.last_seq));
    }
    add(writer, event, json);
    ++writer.last_seq;
  });
  return json;
}

void Journal::Impl::sync() {
  const std::lock_guard lock{sync_mutex_};
  wal_->sync();
}

std::vector<std::string> Journal::Impl::read(std::uint64_t from, std::uint64_t to,
                                             std::size_t limit) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  const std::lock_guard lock{read_mutex_};
  std::vector<std::string> events;
  try {
    SQLite::Statement query{
        *reader_, "SELECT json FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"};
    bound(query, std::min(from, most), std::min(to, most), std::min<std::uint64_t>(limit, most));
    while (query.executeStep()) events.push_back(query.getColumn(0).getString());
  } catch (const SQLite::Exception& error) {
    throw failure(error);
  }
  return events;
}

std::size_t Journal::Impl::trim(const JournalRetention& rule) {
  const std::string horizon = rule.age ? format_iso8601(utc_now() + -1.0 * *rule.age) : "";
  return write([&](Writer& writer) -> std::size_t {
    const std::uint64_t used =
        (writer.number("PRAGMA page_count") - writer.number("PRAGMA freelist_count")) *
        writer.number("PRAGMA page_size");
    const bool full = used > rule.most_bytes;
    std::size_t events = 0;
    SQLite::Statement oldest{writer.database,
                             "SELECT created_utc FROM events ORDER BY seq LIMIT ?"};
    bound(oldest, piece);
    while (oldest.executeStep()) {
      if (!full && oldest.getColumn(0).getString() >= horizon) break;
      ++events;
    }
    oldest.reset();
    if (!full && horizon.empty()) return 0;
    const std::uint64_t first = writer.first_seq + events;
    SQLite::Transaction transaction{writer.database};
    if (events > 0) {
      SQLite::Statement remove{writer.database, "DELETE FROM events WHERE seq < ?"};
      run(remove, first);
      SQLite::Statement note{writer.database, "UPDATE journal SET first_seq = ?"};
      run(note, first);
    }
    const std::size_t runs = forget_runs(writer.database, full ? end_of_time : horizon);
    transaction.commit();
    writer.first_seq = first;
    return events + runs;
  });
}

// By a connection of its own: SQLite then lets others write meanwhile.
void Journal::Impl::checkpoint() {
  try {
    SQLite::Database database{path_.string(), SQLite::OPEN_READWRITE};
    database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  } catch (const SQLite::Exception& error) {
    throw failure(error);
  }
}

void Journal::Impl::end_session(std::string_view state) {
  write([&](Writer& writer) { draftstream::end_session(writer.database, state); });
  sync();
  has_ended_ = true;
}

Journal::Journal(std::filesystem::path path, Existing existing, const JournalSession& session,
                 Warned warned)
    : impl_{std::make_unique<Impl>(std::move(path), existing, session, std::move(warned))} {}

Journal::~Journal() {
  if (impl_->has_ended()) return;
  try {
    impl_->end_session("failed");
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    // The next session will find that this one vanished.
  }
}

const std::string& Journal::id() const noexcept {
  return impl_->id();
}

std::string Journal::append(const Event& event) {
  return impl_->append(event);
}

void Journal::sync() {
  impl_->sync();
}

std::vector<std::string> Journal::read(std::uint64_t from, std::uint64_t to,
                                       std::size_t limit) const {
  return impl_->read(from, to, limit);
}

std::uint64_t Journal::first_seq() const {
  return impl_->first_seq();
}

std::uint64_t Journal::last_seq() const {
  return impl_->last_seq();
}

BegunObservation Journal::begin_observation(const ObservationStart& start) {
  return impl_->write(
      [&](Writer& writer) { return draftstream::begin_observation(writer.database, start); });
}

void Journal::note_progress(std::int64_t observation, std::span<const BeamLedger> beams) {
  impl_->write([&](Writer& writer) { note_ledgers(writer.database, observation, beams); });
}

void Journal::end_observation(std::int64_t observation, const ObservationEnd& end,
                              std::span<const BeamLedger> beams) {
  impl_->write([&](Writer& writer) {
    draftstream::end_observation(writer.database, observation, end, beams);
  });
}

void Journal::note_status(const StatusReport& report) {
  impl_->write(
      [&](Writer& writer) { draftstream::note_status(writer.database, report, writer.last_seq); });
}

void Journal::end_session(std::string_view state) {
  impl_->end_session(state);
}

std::size_t Journal::trim(const JournalRetention& rule) {
  return impl_->trim(rule);
}

void Journal::checkpoint() {
  impl_->checkpoint();
}

}  // namespace draftstream
