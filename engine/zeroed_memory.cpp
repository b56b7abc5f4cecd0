#include "engine/zeroed_memory.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace draftstream {
namespace {

constexpr std::size_t large_page = std::size_t{2} << 20U;

}  // namespace

ZeroedMemory::ZeroedMemory(std::size_t bytes) : size_{bytes} {
  const bool large = bytes >= large_page;
  const std::size_t alignment = large ? large_page : cache_line;
  const std::size_t room = room_for(bytes);
  memory_.reset(static_cast<std::int8_t*>(std::aligned_alloc(alignment, room)));
  if (memory_ == nullptr) throw std::bad_alloc{};
  if (large) madvise(memory_.get(), room, MADV_HUGEPAGE);  // a wish: nothing is lost if refused
  std::memset(memory_.get(), 0, room);
}

std::size_t ZeroedMemory::room_for(std::size_t bytes) noexcept {
  return rounded_up(bytes == 0 ? 1 : bytes, bytes >= large_page ? large_page : cache_line);
}

void ZeroedMemory::Free::operator()(std::int8_t* memory) const noexcept {
  std::free(memory);
}

}  // namespace draftstream
