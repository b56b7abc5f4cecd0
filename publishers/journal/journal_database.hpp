// Private to publishers/journal/: the tables, how they are opened, and values on their way there.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ingest/errors.hpp"

namespace draftstream {

inline constexpr int journal_version = 1;

/// Why a file cannot be a journal: damaged, or made by another program.
class DamagedJournal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Whether it says that the content of the file is wrong.
[[nodiscard]] bool is_damage(const SQLite::Exception& error);

/// Opens the file for writing, and makes it and its tables if need be.
/// @param id         Of a new one.
/// @param first_seq  Of a new one.
/// @throws DamagedJournal, ConfigError (a newer version), SQLite::Exception.
SQLite::Database open_journal(const std::filesystem::path& path, const std::string& id,
                              std::uint64_t first_seq);

/// Opens a journal to be read, while another process may write it.
/// @throws InputError if it is none, is damaged or newer; MissingInput if it cannot be read.
SQLite::Database open_journal_to_read(const std::filesystem::path& path);

/// By its first bytes: whether the file is a journal, or one that was just begun. Not while it is
/// open in this process: SQLite would lose its locks.
[[nodiscard]] bool is_journal(const std::filesystem::path& path);

/// The file, and those that SQLite keeps beside it: the file is the first.
[[nodiscard]] std::vector<std::filesystem::path> journal_files(const std::filesystem::path& path);

/// All of them.
void remove_journal(const std::filesystem::path& path);

/// Renames them. @return The new name.
/// @throws std::filesystem::filesystem_error
std::filesystem::path set_journal_aside(const std::filesystem::path& path);

inline void bind_value(SQLite::Statement& statement, int index, const std::string& value) {
  statement.bind(index, value);
}
inline void bind_value(SQLite::Statement& statement, int index, std::int64_t value) {
  statement.bind(index, value);
}
inline void bind_value(SQLite::Statement& statement, int index, std::uint64_t value) {
  statement.bind(index, static_cast<std::int64_t>(value));
}
inline void bind_value(SQLite::Statement& statement, int index, int value) {
  statement.bind(index, value);
}
inline void bind_value(SQLite::Statement& statement, int index, double value) {
  statement.bind(index, value);
}
template <class Value>
void bind_value(SQLite::Statement& statement, int index, const std::optional<Value>& value) {
  if (value) {
    bind_value(statement, index, *value);
  } else {
    statement.bind(index);  // NULL
  }
}

/// Binds all values to a statement that is not running.
template <class... Values>
SQLite::Statement& bound(SQLite::Statement& statement, const Values&... values) {
  statement.reset();
  int index = 0;
  (bind_value(statement, ++index, values), ...);
  return statement;
}

/// Runs a statement that gives no rows, and leaves it ready for the next time.
template <class... Values>
void run(SQLite::Statement& statement, const Values&... values) {
  try {
    bound(statement, values...).exec();
  } catch (...) {
    statement.tryReset();
    throw;
  }
  statement.reset();
}

}  // namespace draftstream
