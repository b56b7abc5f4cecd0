#include "replay/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "ingest/errors.hpp"

namespace draftstream {
namespace {

[[noreturn]] void refuse(const std::string& path, int error) {
  throw MissingInput(
      fmt::format("{}: cannot be read: {}", path, std::generic_category().message(error)));
}

}  // namespace

MappedFile::MappedFile(const std::string& path) : path_{path} {
  // Without O_NONBLOCK a FIFO would block here until someone writes to it.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) refuse(path, errno);

  try {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) refuse(path, errno);
    if (S_ISDIR(status.st_mode)) refuse(path, EISDIR);
    if (!S_ISREG(status.st_mode)) {
      throw MissingInput(fmt::format("{}: cannot be read: not a regular file", path));
    }
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ == 0) return;  // mmap refuses a length of 0

    void* mapping = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_, 0);
    if (mapping == MAP_FAILED && errno == ENOMEM) {
      throw std::system_error(
          ENOMEM, std::generic_category(),
          fmt::format("{}: {} bytes cannot be mapped (ulimit -v)", path, size_));
    }
    if (mapping == MAP_FAILED) refuse(path, errno);
    data_ = static_cast<std::byte*>(mapping);
    ::madvise(mapping, size_, MADV_SEQUENTIAL);  // only a hint: a failure costs nothing
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
  ::close(descriptor_);
}

void MappedFile::check_readable(std::uint64_t offset, std::uint64_t length) const {
  if (length == 0) return;
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) refuse(path_, errno);
  if (static_cast<std::uint64_t>(status.st_size) < offset + length) {
    throw InputError(fmt::format("{}: byte {}", path_, status.st_size),
                     "the end of a file that has been cut since it was opened",
                     fmt::format("{} bytes", size_));
  }
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t from = offset / page * page;
  if (::madvise(data_ + from, offset + length - from, MADV_POPULATE_READ) == 0) return;
  if (errno != EFAULT && errno != EHWPOISON) return;  // not known, or not now: no word about them
  throw InputError(fmt::format("{}: bytes {} to {}", path_, offset, offset + length - 1),
                   "bytes that the disk does not give", "samples");
}

void MappedFile::forget(std::uint64_t offset, std::uint64_t length) noexcept {
  if (data_ == nullptr || offset >= size_) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t end = offset + std::min<std::uint64_t>(length, size_ - offset);
  // Down, so that a page which two calls share goes with the second.
  const std::uint64_t from = offset / page * page;
  const std::uint64_t to = end / page * page;
  if (from < to) ::madvise(data_ + from, static_cast<std::size_t>(to - from), MADV_DONTNEED);
}

}  // namespace draftstream
