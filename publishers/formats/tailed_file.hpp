// A text that grows by records and always ends the same.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace draftstream {

/// A file of a head, records and a tail. A record and the tail behind it are written over the tail
/// before in one piece, so the file is whole after each record. A process that is killed in the
/// middle of that may leave it without its tail: where they lie on two pages of 4096 bytes.
///
/// Threads: one at a time per object.
class TailedFile {
 public:
  /// Replaces what is there by the head and the tail.
  /// @throws std::system_error naming the file if it cannot be made.
  TailedFile(std::filesystem::path path, std::string_view head, std::string tail);
  ~TailedFile();
  TailedFile(const TailedFile&) = delete;
  TailedFile& operator=(const TailedFile&) = delete;

  /// @throws std::system_error naming the file, if it does not fit; it is then as before.
  void append(std::string_view record);

 private:
  // @return Whether all of it was written; errno says why not.
  bool write_at_end(std::string_view text);

  std::filesystem::path path_;
  std::string tail_;
  int descriptor_ = -1;
  std::uint64_t end_ = 0;  // of the last record
};

}  // namespace draftstream
