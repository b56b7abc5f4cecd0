#include "publishers/journal/journal_database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <fstream>
#include <string>

#include "publishers/iso8601.hpp"

namespace draftstream {
namespace {

constexpr int patience_ms = 10'000;               // for another program that writes
constexpr std::int64_t application = 0x64737472;  // "dstr": the file says whose it is

// docs/interfaces/journal.md describes each column.
constexpr const char* tables = R"(
  CREATE TABLE journal (
    id TEXT NOT NULL, created_utc TEXT NOT NULL, first_seq INTEGER NOT NULL);
  CREATE TABLE sessions (
    session TEXT PRIMARY KEY, publisher TEXT NOT NULL, version TEXT NOT NULL, commit_id TEXT,
    started_utc TEXT NOT NULL, ended_utc TEXT, state TEXT NOT NULL, first_seq INTEGER NOT NULL)
    WITHOUT ROWID;
  CREATE TABLE observations (
    observation INTEGER PRIMARY KEY, session TEXT NOT NULL, command TEXT NOT NULL, source TEXT,
    folder TEXT NOT NULL, obs_id TEXT NOT NULL, start_utc TEXT NOT NULL, tsamp_s REAL NOT NULL,
    began_utc TEXT NOT NULL, ended_utc TEXT, status TEXT NOT NULL, reason TEXT,
    missed_samples INTEGER, missed_s REAL);
  CREATE TABLE ledgers (
    observation INTEGER NOT NULL, place INTEGER NOT NULL, beam INTEGER, noted_utc TEXT NOT NULL,
    samples_received INTEGER NOT NULL, samples_searched INTEGER NOT NULL,
    expected INTEGER NOT NULL, searched INTEGER NOT NULL, masked INTEGER NOT NULL,
    missing INTEGER NOT NULL, late INTEGER NOT NULL, invalid INTEGER NOT NULL,
    overrun INTEGER NOT NULL, PRIMARY KEY (observation, place)) WITHOUT ROWID;
  CREATE TABLE statuses (
    number INTEGER PRIMARY KEY, session TEXT NOT NULL, created_utc TEXT NOT NULL,
    last_seq INTEGER NOT NULL, state TEXT NOT NULL, result TEXT, reason TEXT, obs_id TEXT,
    candidates INTEGER NOT NULL, candidates_dropped INTEGER NOT NULL);
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY, session TEXT NOT NULL, message_type TEXT NOT NULL,
    event_id TEXT NOT NULL, revision INTEGER NOT NULL, created_utc TEXT NOT NULL,
    toa_utc TEXT NOT NULL, obs_id TEXT NOT NULL, beam INTEGER, snr REAL NOT NULL,
    dm_pc_cm3 REAL NOT NULL, width_ms REAL NOT NULL, label TEXT NOT NULL,
    alert_tense TEXT NOT NULL, json TEXT NOT NULL);
)";

constexpr const char* beside[] = {"", "-wal", "-shm", "-journal"};

std::filesystem::path with(std::filesystem::path path, const std::string& more) {
  path += more;
  return path;
}

std::int64_t number_of(SQLite::Database& database, const char* query) {
  return database.execAndGet(query).getInt64();
}

// @return 0: it has no tables yet.
// @throws DamagedJournal if it is no journal.
std::int64_t version_of(SQLite::Database& database) {
  const auto found = number_of(database, "PRAGMA application_id");
  if (found != application && number_of(database, "PRAGMA page_count") > 0) {
    throw DamagedJournal("a database of another program");
  }
  return number_of(database, "PRAGMA user_version");
}

// In one transaction: whoever finds a version finds all tables.
void make_tables(SQLite::Database& database, const std::string& id, std::uint64_t first_seq) {
  SQLite::Transaction transaction{database};
  database.exec(tables);
  SQLite::Statement insert{database, "INSERT INTO journal VALUES (?, ?, ?)"};
  run(insert, id, format_iso8601(utc_now()), first_seq);
  database.exec(fmt::format("PRAGMA user_version = {}", journal_version));
  transaction.commit();
}

// What numbering rests on.
void check_numbers(SQLite::Database& database) {
  if (number_of(database, "SELECT count(*) FROM journal") != 1) {
    throw DamagedJournal("no row, or several, in the table 'journal'");
  }
  const auto first = number_of(database, "SELECT first_seq FROM journal");
  const auto lowest = number_of(database, "SELECT ifnull(min(seq), 0) FROM events");
  if (lowest != 0 && lowest != first) {
    throw DamagedJournal(fmt::format("event {} as the first, expected {}", lowest, first));
  }
}

}  // namespace

bool is_damage(const SQLite::Exception& error) {
  return error.getErrorCode() == SQLITE_CORRUPT || error.getErrorCode() == SQLITE_NOTADB;
}

SQLite::Database open_journal(const std::filesystem::path& path, const std::string& id,
                              std::uint64_t first_seq) {
  try {
    SQLite::Database database{path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                              patience_ms};
    const auto version = version_of(database);
    if (version > journal_version) {
      throw ConfigError(
          fmt::format("{}: found a journal of version {}, which a newer draftstream made, expected "
                      "version {} at most; use that draftstream, or another folder",
                      path.string(), version, journal_version));
    }
    const bool has_tables = version != 0;
    // First of all, so that a process that is killed here leaves a file that is known for ours.
    if (!has_tables) database.exec(fmt::format("PRAGMA application_id = {}", application));
    database.exec("PRAGMA synchronous = FULL");
    if (database.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
      throw std::runtime_error(
          fmt::format("{}: found a file system that cannot share memory between processes, "
                      "expected one on this machine (SQLite's WAL needs it)",
                      path.string()));
    }
    if (!has_tables) make_tables(database, id, first_seq);
    check_numbers(database);
    return database;
  } catch (const SQLite::Exception& error) {
    if (is_damage(error)) throw DamagedJournal(error.what());
    throw;
  }
}

SQLite::Database open_journal_to_read(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) {
    throw MissingInput(path.string() + ": found no file, expected a journal");
  }
  try {
    SQLite::Database database{path.string(), SQLite::OPEN_READONLY, patience_ms};
    const auto version = version_of(database);
    if (version != journal_version) {
      throw InputError("journal version", std::to_string(version), std::to_string(journal_version))
          .in_file(path.string());
    }
    return database;
  } catch (const DamagedJournal& error) {
    throw InputError("", error.what(), "a journal").in_file(path.string());
  } catch (const SQLite::Exception& error) {
    if (is_damage(error)) throw InputError("", error.what(), "a journal").in_file(path.string());
    throw MissingInput(fmt::format("{}: cannot be read: {}", path.string(), error.what()));
  }
}

bool is_journal(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::string header(100, '\0');
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  if (file.gcount() == 0) return std::filesystem::is_regular_file(path);
  std::int64_t found = 0;
  for (const char byte : header.substr(68, 4))
    found = found * 256 + static_cast<unsigned char>(byte);
  return header.starts_with("SQLite format 3") && found == application;
}

std::vector<std::filesystem::path> journal_files(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files;
  for (const char* end : beside) files.push_back(with(path, end));
  return files;
}

void remove_journal(const std::filesystem::path& path) {
  for (const auto& file : journal_files(path)) std::filesystem::remove(file);
}

std::filesystem::path set_journal_aside(const std::filesystem::path& path) {
  std::string stamp;
  for (const char c : format_iso8601(utc_now()).substr(0, 23)) {  // YYYY-MM-DDTHH:MM:SS.mmm
    if (c != '-' && c != ':') stamp += c;
  }
  const auto aside = with(path, ".damaged-" + stamp);
  for (const char* end : beside) {
    if (std::filesystem::exists(with(path, end))) {
      std::filesystem::rename(with(path, end), with(aside, end));
    }
  }
  return aside;
}

}  // namespace draftstream
