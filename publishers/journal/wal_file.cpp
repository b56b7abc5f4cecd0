#include "publishers/journal/wal_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace draftstream {

WalFile::WalFile(const std::filesystem::path& journal)
    : path_{path_of(journal).string()}, descriptor_{::open(path_.c_str(), O_RDONLY | O_CLOEXEC)} {
  if (descriptor_ < 0) fail("cannot be opened");
}

WalFile::~WalFile() {
  ::close(descriptor_);
}

void WalFile::sync() const {
  if (::fdatasync(descriptor_) != 0) fail("cannot be brought to the disk");
}

void WalFile::fail(const char* what) const {
  throw std::system_error(errno, std::generic_category(), path_ + ": " + what);
}

}  // namespace draftstream
