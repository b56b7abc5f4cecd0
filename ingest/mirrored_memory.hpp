// Memory that is mapped twice, back to back, so that a ring laid into it has no seam.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace draftstream {

/// What the memory of a ring turned out to be; every shortfall has its sentence in `notes`.
struct RingMemory {
  std::size_t bytes = 0;
  bool huge_pages = false;  ///< All of it.
  bool locked = false;      ///< It cannot be paged out.
  std::vector<std::string> notes;
};

/// A memory file of memory().bytes bytes, mapped twice: byte i and byte i + bytes are the same one.
/// All of it is there from the start; nothing is allocated by touching it later.
///
/// Threads: as plain memory. copy_out may run while another thread writes.
class MirroredMemory {
 public:
  struct Options {
    bool huge_pages = true;  ///< Try, if it fills one; fall back, and say so.
    bool lock = true;        ///< Try; go on unlocked, and say so.
  };

  /// @param bytes  At least 1; rounded up to whole pages: huge ones if they are asked for and it
  ///               fills one, whether they can be had or not, so that the size is the same
  ///               anywhere.
  /// @throws std::system_error if the memory cannot be had at all.
  MirroredMemory(std::size_t bytes, const Options& options);
  ~MirroredMemory();
  MirroredMemory(const MirroredMemory&) = delete;
  MirroredMemory& operator=(const MirroredMemory&) = delete;

  [[nodiscard]] const RingMemory& memory() const noexcept { return memory_; }

  /// @param offset  Below memory().bytes.
  /// @param size    At most memory().bytes.
  [[nodiscard]] std::span<std::byte> at(std::size_t offset, std::size_t size) const noexcept {
    return {data_ + offset, size};
  }

  /// Copies what lies at `offset`, across the end if need be. The copy is made by the kernel from
  /// the file, so that no thread of ours reads bytes that another one may be writing: bytes that
  /// are written meanwhile arrive old or new, and nothing else is affected.
  /// @throws std::system_error if the kernel refuses.
  void copy_out(std::size_t offset, std::span<std::byte> out) const;

 private:
  MirroredMemory() = default;
  [[nodiscard]] std::error_code map(unsigned memfd_flags);
  void take_memory(bool huge_pages);
  void lock();
  void release() noexcept;

  RingMemory memory_;
  int descriptor_ = -1;
  void* reservation_ = nullptr;  // addresses for both mappings and for aligning them
  std::size_t reserved_ = 0;
  std::byte* data_ = nullptr;  // first mapping, aligned to a huge page
};

}  // namespace draftstream
