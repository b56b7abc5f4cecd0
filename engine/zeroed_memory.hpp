// Memory for many long rows: zeroed, aligned, and in large pages where the system has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace draftstream {

inline constexpr std::size_t cache_line = 64;  // [bytes]

constexpr std::size_t rounded_up(std::size_t size, std::size_t multiple) noexcept {
  return (size + multiple - 1) / multiple * multiple;
}

/// A row's length that makes neighbouring rows fall into different sets of a cache: an odd number
/// of cache lines, at least `bytes`.
constexpr std::size_t spread_stride(std::size_t bytes) noexcept {
  const std::size_t lines = rounded_up(bytes, cache_line) / cache_line;
  return (lines % 2 == 0 ? lines + 1 : lines) * cache_line;
}

/// Bytes that are 0 at first, aligned to a cache line at least. A tree's rows of hundreds of
/// megabytes are read at thousands of places in turn: in small pages, each would be a miss of the
/// address translation, too.
class ZeroedMemory {
 public:
  /// @throws std::bad_alloc
  explicit ZeroedMemory(std::size_t bytes);

  [[nodiscard]] std::int8_t* data() noexcept { return memory_.get(); }
  [[nodiscard]] const std::int8_t* data() const noexcept { return memory_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// What so many bytes take: whole large pages, if they fill one.
  [[nodiscard]] static std::size_t room_for(std::size_t bytes) noexcept;

 private:
  struct Free {
    void operator()(std::int8_t* memory) const noexcept;
  };
  std::size_t size_;
  std::unique_ptr<std::int8_t, Free> memory_;
};

}  // namespace draftstream
