// One file of memory, seen twice in a row.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "ingest/mirrored_memory.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

constexpr std::size_t huge_page = std::size_t{1} << 21;

bool noted(const RingMemory& memory, const std::string& text) {
  return std::any_of(memory.notes.begin(), memory.notes.end(),
                     [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("both halves are the same memory", "[ingest][mirrored_memory]") {
  const auto asked = GENERATE(std::size_t{1}, std::size_t{5000}, huge_page + 1);
  const bool huge = GENERATE(false, true);
  CAPTURE(asked, huge);
  const MirroredMemory memory{asked, {.huge_pages = huge, .lock = false}};
  const std::size_t bytes = memory.memory().bytes;
  REQUIRE(bytes >= asked);
  const auto first = memory.at(0, bytes);
  const auto second = memory.at(bytes, bytes);
  CHECK(std::all_of(first.begin(), first.end(), [](std::byte b) { return b == std::byte{0}; }));
  CHECK(reinterpret_cast<std::uintptr_t>(first.data()) % huge_page == 0);

  const auto across = memory.at(bytes - 3, 6);
  for (std::size_t i = 0; i < 6; ++i) across[i] = static_cast<std::byte>(i + 1);
  CHECK(first[bytes - 1] == std::byte{3});
  CHECK(first[0] == std::byte{4});
  CHECK(second[2] == std::byte{6});
  CHECK(second[bytes - 3] == std::byte{1});
}

TEST_CASE("copies go across the end", "[ingest][mirrored_memory]") {
  const MirroredMemory memory{4096, {.huge_pages = false, .lock = false}};
  const std::size_t bytes = memory.memory().bytes;
  const auto all = memory.at(0, bytes);
  for (std::size_t i = 0; i < bytes; ++i) all[i] = static_cast<std::byte>(i * 37 % 251);
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, bytes - 1}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2}, bytes}) {
      CAPTURE(offset, size);
      std::vector<std::byte> copy(size);
      memory.copy_out(offset, copy);
      const auto direct = memory.at(offset, size);
      CHECK(std::equal(copy.begin(), copy.end(), direct.begin(), direct.end()));
    }
  }
}

TEST_CASE("the size does not depend on what the machine grants", "[ingest][mirrored_memory]") {
  const MirroredMemory small{5000, {.huge_pages = true, .lock = false}};
  CHECK(small.memory().bytes < huge_page);
  CHECK(small.memory().bytes % 4096 == 0);
  const MirroredMemory large{huge_page + 1, {.huge_pages = true, .lock = false}};
  CHECK(large.memory().bytes == 2 * huge_page);
  const MirroredMemory plain{huge_page + 1, {.huge_pages = false, .lock = false}};
  CHECK(plain.memory().bytes < 2 * huge_page);
}

TEST_CASE("every shortfall has its sentence, and nothing else has", "[ingest][mirrored_memory]") {
  const MirroredMemory asked_for_nothing{3 * huge_page, {.huge_pages = false, .lock = false}};
  CHECK(asked_for_nothing.memory().notes.empty());
  CHECK_FALSE(asked_for_nothing.memory().huge_pages);
  CHECK_FALSE(asked_for_nothing.memory().locked);

  const MirroredMemory small{5000, {.huge_pages = true, .lock = false}};
  CHECK_FALSE(small.memory().huge_pages);
  CHECK(noted(small.memory(), "5000 bytes do not fill a huge page of 2097152"));

  const MirroredMemory all{3 * huge_page, {.huge_pages = true, .lock = true}};
  CHECK(all.memory().huge_pages == !noted(all.memory(), "huge pages: reserved ones"));
  CHECK(all.memory().locked == !noted(all.memory(), "not locked into memory"));
}

TEST_CASE("more than the machine has is refused, not granted and killed for",
          "[ingest][mirrored_memory]") {
  CHECK_THROWS_AS((MirroredMemory{std::size_t{1} << 46, {.huge_pages = false, .lock = false}}),
                  std::system_error);
}

}  // namespace draftstream
