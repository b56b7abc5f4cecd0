// A file of raw elements in memory, paged in as it is touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace draftstream {

/// A whole file, mapped read-only, to be read in no particular order.
class MappedArray {
 public:
  /// @throws MissingInput if it cannot be opened.
  /// @throws InputError   if it has fewer than `expected` bytes.
  MappedArray(const std::filesystem::path& path, std::size_t expected);
  ~MappedArray();
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;

  /// Copies bytes [offset, offset + out.size()), which must be within the expected ones.
  void copy(std::size_t offset, std::span<std::byte> out) const;

  /// Touching what is no longer there would end the process (SIGBUS).
  /// @throws InputError if the file has become shorter than it was expected to be.
  void check_still_whole() const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
  const std::byte* data_ = nullptr;  // null where nothing is expected
};

}  // namespace draftstream
