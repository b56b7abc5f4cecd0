#include "publishers/gateways/gateway_record.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>
#include <utility>

#include "publishers/journal/journal_database.hpp"

namespace draftstream {
namespace {

constexpr std::int64_t application = 0x64737467;  // "dstg": the file says whose it is

// docs/interfaces/gateways.md describes each column.
constexpr const char* tables = R"(
  CREATE TABLE IF NOT EXISTS cursors (journal TEXT PRIMARY KEY, seq INTEGER NOT NULL)
    WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sent (
    event_id TEXT PRIMARY KEY, revision INTEGER NOT NULL, first_sent_utc TEXT NOT NULL,
    last_sent_utc TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS sent_by_time ON sent (first_sent_utc);
  CREATE TABLE IF NOT EXISTS begun (
    place INTEGER PRIMARY KEY CHECK (place = 0), event_id TEXT NOT NULL,
    revision INTEGER NOT NULL);
)";

bool is_busy(const SQLite::Exception& error) {
  return error.getErrorCode() == SQLITE_BUSY || error.getErrorCode() == SQLITE_LOCKED;
}

SQLite::Database open_whole(const std::filesystem::path& path) {
  SQLite::Database database{path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const auto found = database.execAndGet("PRAGMA application_id").getInt64();
  if (found != application && database.execAndGet("PRAGMA page_count").getInt64() > 0) {
    throw ConfigError(path.string() +
                      ": found a database of another program, expected the record of a gateway");
  }
  const std::string fault = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (fault != "ok") throw SQLite::Exception(fault, SQLITE_CORRUPT);
  database.exec("PRAGMA journal_mode = TRUNCATE");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("BEGIN EXCLUSIVE");  // from now on it is ours alone
  database.exec(fmt::format("PRAGMA application_id = {}", application));
  database.exec(tables);
  database.exec("COMMIT");
  return database;
}

// @throws SQLite::Exception on a file that is damaged.
SQLite::Database open(const std::filesystem::path& path) {
  try {
    return open_whole(path);
  } catch (const SQLite::Exception& error) {
    if (is_damage(error)) throw;
    if (is_busy(error)) {
      throw ConfigError(path.string() +
                        ": found another process that forwards to this gateway, expected none");
    }
    throw std::runtime_error(fmt::format("{}: {}", path.string(), error.what()));
  }
}

SQLite::Database open_or_rename(const std::filesystem::path& path, DamagedRecord damaged,
                                const GatewayRecord::Warned& warned) {
  try {
    return open(path);
  } catch (const SQLite::Exception& error) {
    const std::string fault =
        fmt::format("{}: found {}, expected the record of a gateway", path.string(), error.what());
    if (damaged == DamagedRecord::refused) {
      throw ConfigError(fault +
                        "; without it nobody knows what went out. Move it away and say "
                        "after which event to begin (forward --since SEQ)");
    }
    const auto aside = set_journal_aside(path);
    if (warned) {
      warned(fmt::format("{}; it is now {}, and what waited does not go out", fault,
                         aside.filename().string()));
    }
  }
  return open(path);
}

}  // namespace

class GatewayRecord::Impl {
 public:
  Impl(std::filesystem::path path, DamagedRecord damaged, const Warned& warned)
      : path_{std::move(path)}, database_{open_or_rename(path_, damaged, warned)} {}

  /// @throws std::runtime_error naming the file.
  template <class Work>
  auto use(const Work& work) {
    try {
      return work(database_);
    } catch (const SQLite::Exception& error) {
      throw std::runtime_error(fmt::format("{}: {}", path_.string(), error.what()));
    }
  }

 private:
  const std::filesystem::path path_;
  SQLite::Database database_;
};

namespace {

void set_cursor(SQLite::Database& database, const std::string& journal, std::uint64_t seq) {
  SQLite::Statement statement{database, "INSERT OR REPLACE INTO cursors VALUES (?, ?)"};
  run(statement, journal, seq);
}

}  // namespace

GatewayRecord::GatewayRecord(std::filesystem::path path, DamagedRecord damaged,
                             const Warned& warned)
    : impl_{std::make_unique<Impl>(std::move(path), damaged, warned)} {}

GatewayRecord::~GatewayRecord() = default;
GatewayRecord::GatewayRecord(GatewayRecord&&) noexcept = default;

std::optional<std::uint64_t> GatewayRecord::cursor(const std::string& journal) const {
  return impl_->use([&](SQLite::Database& database) -> std::optional<std::uint64_t> {
    SQLite::Statement query{database, "SELECT seq FROM cursors WHERE journal = ?"};
    if (!bound(query, journal).executeStep()) return std::nullopt;
    return static_cast<std::uint64_t>(query.getColumn(0).getInt64());
  });
}

void GatewayRecord::pass(const std::string& journal, std::uint64_t seq) {
  impl_->use([&](SQLite::Database& database) { set_cursor(database, journal, seq); });
}

void GatewayRecord::begin(const std::string& journal, const Event& event) {
  impl_->use([&](SQLite::Database& database) {
    SQLite::Transaction transaction{database};
    SQLite::Statement note{database, "INSERT OR REPLACE INTO begun VALUES (0, ?, ?)"};
    run(note, event.event_id, event.revision);
    set_cursor(database, journal, event.seq - 1);
    transaction.commit();
  });
}

bool GatewayRecord::was_begun(const Event& event) const {
  return impl_->use([&](SQLite::Database& database) {
    SQLite::Statement query{database,
                            "SELECT count(*) FROM begun WHERE event_id = ? AND"
                            " revision = ?"};
    bound(query, event.event_id, event.revision).executeStep();
    return query.getColumn(0).getInt() > 0;
  });
}

void GatewayRecord::pass_sent(const std::string& journal, const Event& event,
                              const UtcInstant& now) {
  impl_->use([&](SQLite::Database& database) {
    SQLite::Transaction transaction{database};
    SQLite::Statement note{database,
                           "INSERT INTO sent VALUES (?1, ?2, ?3, ?3) ON CONFLICT (event_id) DO"
                           " UPDATE SET revision = ?2, last_sent_utc = ?3"};
    run(note, event.event_id, event.revision, format_iso8601(now));
    set_cursor(database, journal, event.seq);
    transaction.commit();
  });
}

std::optional<int> GatewayRecord::sent_revision(const std::string& event_id) const {
  return impl_->use([&](SQLite::Database& database) -> std::optional<int> {
    SQLite::Statement query{database, "SELECT revision FROM sent WHERE event_id = ?"};
    if (!bound(query, event_id).executeStep()) return std::nullopt;
    return query.getColumn(0).getInt();
  });
}

std::uint64_t GatewayRecord::first_sent_after(const UtcInstant& instant) const {
  return impl_->use([&](SQLite::Database& database) {
    SQLite::Statement query{database, "SELECT count(*) FROM sent WHERE first_sent_utc > ?"};
    bound(query, format_iso8601(instant)).executeStep();
    return static_cast<std::uint64_t>(query.getColumn(0).getInt64());
  });
}

}  // namespace draftstream
