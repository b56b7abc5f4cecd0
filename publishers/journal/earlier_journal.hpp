// What becomes of a journal whose place a new run takes.
#pragma once

#include <filesystem>

namespace draftstream {

/// The journal of an earlier run, kept beside its place (as PATH.earlier) until the run that
/// replaces it has begun. A process that is killed before leaves it there, and the next one puts
/// it back.
///
/// Threads: one. One process at a time.
class EarlierJournal {
 public:
  /// Renames it, if the file is a journal; what is none is left where it is.
  /// @throws std::filesystem::filesystem_error
  explicit EarlierJournal(const std::filesystem::path& path);
  /// Puts it back in its place, whatever is there by then, unless it was forgotten. Where there was
  /// none, there is none again.
  ~EarlierJournal();
  EarlierJournal(const EarlierJournal&) = delete;
  EarlierJournal& operator=(const EarlierJournal&) = delete;

  /// Removes it: the new one counts.
  /// @throws std::filesystem::filesystem_error
  void forget();

 private:
  void put_back() const;

  const std::filesystem::path path_;
  const std::filesystem::path kept_;
  const bool was_there_;
  bool is_kept_ = false;
  bool is_forgotten_ = false;
};

}  // namespace draftstream
