// A ring in its steady state allocates nothing. Replaces the global operator new of this program.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "tests/ingest/ring_pattern.hpp"
#include "tests/support/catch.hpp"

namespace {

thread_local std::uint64_t allocations = 0;

void* allocate(std::size_t size) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}

void* allocate_or_throw(std::size_t size) {
  if (void* memory = allocate(size)) return memory;
  throw std::bad_alloc{};
}

}  // namespace

// All forms, since a sanitizer brings its own where we leave one out. (Ours hold no over-aligned
// types.)
void* operator new(std::size_t size) {
  return allocate_or_throw(size);
}
void* operator new[](std::size_t size) {
  return allocate_or_throw(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

namespace draftstream {

TEST_CASE("a steady state allocates nothing", "[ingest][spectrum_ring][allocations]") {
  const auto kind = GENERATE(ReaderKind::guaranteed, ReaderKind::opportunistic);
  SpectrumRing ring{test::small_ring(10, 400)};
  const auto reader = ring.attach(kind);
  SpectrumRing::Reader::View view;
  bool went_on = true;
  const auto some_rounds = [&] {
    for (int round = 0; round < 500; ++round) {
      const std::uint64_t first = ring.published();
      test::fill_pattern(ring.claim(100), first, 10);
      ring.mark_gap({first + 5, 3, Fate::invalid});
      ring.mark_gap({first + 50, 3, Fate::invalid});
      ring.publish(100);
      went_on = went_on && ring.publish_gap(20, Fate::missing);
      reader->read(120, view);
      went_on = went_on && view.samples == 120 && view.gaps.size() == 3;
      reader->release(view.first + view.samples);
    }
  };
  some_rounds();  // everything grows to its size
  const std::uint64_t before = allocations;
  some_rounds();
  CHECK(allocations == before);
  CHECK(before > 0);
  CHECK(went_on);
}

}  // namespace draftstream
