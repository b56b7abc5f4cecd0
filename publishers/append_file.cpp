#include "publishers/append_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace draftstream {
namespace {

std::system_error failure(const std::filesystem::path& path, const char* what) {
  return {errno, std::generic_category(), path.string() + ": " + what};
}

// @return Whether all of it was written; errno says why not.
bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path, Existing existing) : path_{std::move(path)} {
  const int flags =
      O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | (existing == Existing::replace ? O_TRUNC : 0);
  descriptor_ = ::open(path_.c_str(), flags, 0666);
  if (descriptor_ < 0) throw failure(path_, "cannot be opened for writing");
  struct stat state {};
  if (::fstat(descriptor_, &state) != 0) {
    const auto error = failure(path_, "cannot be examined");
    ::close(descriptor_);
    throw error;
  }
  size_ = static_cast<std::uint64_t>(state.st_size);
}

AppendFile::~AppendFile() {
  ::close(descriptor_);
}

void AppendFile::append(std::string_view record) {
  if (!write_all(descriptor_, record)) {
    const auto error = failure(path_, "cannot be written");
    // Half a record would spoil the next one.
    [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, static_cast<off_t>(size_));
    throw error;
  }
  size_ += record.size();
}

void AppendFile::sync() {
  // Pipes and some devices cannot be synced, and need not be.
  if (::fdatasync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) {
    throw failure(path_, "cannot be brought to the disk");
  }
}

void write_atomically(const std::filesystem::path& path, std::string_view content) {
  auto temporary = path;
  temporary += ".tmp";
  {
    AppendFile file{temporary, Existing::replace};
    file.append(content);
    file.sync();
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) throw std::system_error(error, path.string() + ": cannot be replaced");
}

}  // namespace draftstream
