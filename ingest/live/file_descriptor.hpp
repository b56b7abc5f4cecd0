// A file descriptor with an owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace draftstream {

/// Closes it when it goes. May be moved, not copied.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) noexcept : number_{number} {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int get() const noexcept { return number_; }  ///< -1: none.
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
  void close() noexcept { *this = FileDescriptor{}; }

 private:
  int number_ = -1;
};

}  // namespace draftstream
