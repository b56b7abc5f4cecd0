// A file that grows by whole records.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace draftstream {

/// What becomes of a file that is already there.
enum class Existing {
  replace,  ///< It is emptied.
  append,   ///< It is continued.
};

/// Each record is handed to the operating system in one piece: whoever reads the file sees whole
/// records, also after this process was killed.
///
/// Threads: append() one at a time; the rest from any.
class AppendFile {
 public:
  /// @throws std::system_error naming the file if it cannot be opened.
  AppendFile(std::filesystem::path path, Existing existing);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// @throws std::system_error if it does not fit; the file is then as long as before.
  void append(std::string_view record);

  /// Waits until everything appended is on the disk.
  /// @throws std::system_error if the disk refuses it.
  void sync();

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;  // appending thread only
};

/// Replaces `path` by a file that holds `content`: at any moment, whoever opens it finds the old
/// content or the new, whole.
/// @throws std::system_error naming the file.
void write_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace draftstream
