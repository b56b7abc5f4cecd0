// Private to publishers/journal/: the file that SQLite writes to before anything is in its place.
#pragma once

#include <filesystem>
#include <string>

namespace draftstream {

/// Brings to the disk what was committed.
class WalFile {
 public:
  [[nodiscard]] static std::filesystem::path path_of(const std::filesystem::path& journal) {
    return journal.string() + "-wal";
  }

  /// @throws std::system_error naming the file.
  explicit WalFile(const std::filesystem::path& journal);
  ~WalFile();
  WalFile(const WalFile&) = delete;
  WalFile& operator=(const WalFile&) = delete;

  /// @throws std::system_error naming the file.
  void sync() const;

 private:
  [[noreturn]] void fail(const char* what) const;

  std::string path_;
  int descriptor_;
};

}  // namespace draftstream
