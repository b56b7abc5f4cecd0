#include "publishers/formats/tailed_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace draftstream {

TailedFile::TailedFile(std::filesystem::path path, std::string_view head, std::string tail)
    : path_{std::move(path)}, tail_{std::move(tail)} {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    throw std::system_error(errno, std::generic_category(),
                            path_.string() + ": cannot be opened for writing");
  }
  try {
    append(head);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

TailedFile::~TailedFile() {
  ::close(descriptor_);
}

bool TailedFile::write_at_end(std::string_view text) {
  std::uint64_t place = end_;
  while (!text.empty()) {
    const auto written = ::pwrite(descriptor_, text.data(), text.size(), static_cast<off_t>(place));
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
    place += static_cast<std::uint64_t>(written);
  }
  return true;
}

void TailedFile::append(std::string_view record) {
  if (write_at_end(std::string{record} + tail_)) {
    end_ += record.size();
    return;
  }
  const std::system_error error{errno, std::generic_category(),
                                path_.string() + ": cannot be written"};
  // The tail before had room there.
  (void)write_at_end(tail_);
  [[maybe_unused]] const int ignored =
      ::ftruncate(descriptor_, static_cast<off_t>(end_ + tail_.size()));
  throw error;
}

}  // namespace draftstream
