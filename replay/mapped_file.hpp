// A file as a span of bytes that the kernel pages in and out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace draftstream {

/// A whole regular file, mapped read-only. What was forgotten is read from the disk again when it
/// is touched again, so a file may be much larger than memory.
///
/// Threads: one at a time per object.
class MappedFile {
 public:
  /// @throws MissingInput naming the file and the reason: not there, not readable, not a file.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// As long as the file was when it was opened. Call check_readable() before touching it.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

  /// Touching a page behind the end of a file that has shrunk, or one that the disk does not give,
  /// would end the process (SIGBUS). Reads bytes [offset, offset + length) from the disk.
  /// @throws InputError if they are not there any more, or cannot be read. (Linux before 5.14 does
  ///         not tell of the latter.)
  void check_readable(std::uint64_t offset, std::uint64_t length) const;

  /// Says that bytes [offset, offset + length) will not be needed soon: pages that end with them
  /// leave this process's memory. Touching them again is allowed and reads them again.
  void forget(std::uint64_t offset, std::uint64_t length) noexcept;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::byte* data_ = nullptr;  // null for an empty file
  std::size_t size_ = 0;
};

}  // namespace draftstream
