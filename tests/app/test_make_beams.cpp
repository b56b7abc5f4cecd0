#include "app/make_beams.hpp"

#include <new>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

// Room for so many samples; how they are refused if there are more.
struct Room {
  std::uint64_t samples = 0;
  bool by_errno = false;
  std::vector<std::uint64_t> tried{};

  void take(std::uint64_t wanted) {
    tried.push_back(wanted);
    if (wanted <= samples) return;
    if (by_errno) throw std::system_error{std::make_error_code(std::errc::not_enough_memory)};
    throw std::bad_alloc{};
  }
};

}  // namespace

TEST_CASE("chunks are halved until they fit", "[app][make_beams]") {
  Room room{.samples = 3000, .by_errno = GENERATE(false, true)};
  halve_until_it_fits(10'000, [&](std::uint64_t samples) { room.take(samples); });
  CHECK(room.tried == std::vector<std::uint64_t>{10'000, 5000, 2500});
}

TEST_CASE("what fits is not halved", "[app][make_beams]") {
  Room room{.samples = 10'000};
  halve_until_it_fits(10'000, [&](std::uint64_t samples) { room.take(samples); });
  CHECK(room.tried.size() == 1);
}

TEST_CASE("chunks are not halved for ever", "[app][make_beams]") {
  Room room;
  CHECK_THROWS_AS(halve_until_it_fits(2000, [&](std::uint64_t samples) { room.take(samples); }),
                  std::bad_alloc);
  CHECK(room.tried == std::vector<std::uint64_t>{2000, 1000, 500});
}

TEST_CASE("other errors are no want of memory", "[app][make_beams]") {
  int tried = 0;
  CHECK_THROWS_AS(halve_until_it_fits(10'000,
                                      [&](std::uint64_t) {
                                        ++tried;
                                        throw std::runtime_error{"no"};
                                      }),
                  std::runtime_error);
  CHECK(tried == 1);
}
