#include "publishers/cutouts/mapped_array.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "ingest/errors.hpp"

namespace draftstream {

MappedArray::MappedArray(const std::filesystem::path& path, std::size_t expected)
    : path_{path}, descriptor_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}, size_{expected} {
  const auto missing = [&] {
    return MissingInput(fmt::format("{}: cannot be read: {}", path.string(),
                                    std::generic_category().message(errno)));
  };
  if (descriptor_ < 0) throw missing();
  try {
    check_still_whole();
    if (expected == 0) return;
    void* mapped = ::mmap(nullptr, expected, PROT_READ, MAP_SHARED, descriptor_, 0);
    if (mapped == MAP_FAILED) throw missing();
    data_ = static_cast<const std::byte*>(mapped);
    // Cutouts are asked for in any order: reading ahead would read what nobody wants.
    ::madvise(mapped, expected, MADV_RANDOM);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

MappedArray::~MappedArray() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
  ::close(descriptor_);
}

void MappedArray::copy(std::size_t offset, std::span<std::byte> out) const {
  std::memcpy(out.data(), data_ + offset, out.size());
}

void MappedArray::check_still_whole() const {
  struct stat state {};
  const bool known = ::fstat(descriptor_, &state) == 0;
  const auto found = known ? static_cast<std::uint64_t>(state.st_size) : 0;
  if (found < size_) {
    throw InputError{path_.string(), fmt::format("{} bytes", found),
                     fmt::format("{} at least", size_)};
  }
}

}  // namespace draftstream
