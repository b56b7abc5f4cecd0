// Readers that nobody waits for: what they get and what they are told is exact.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/ingest/ring_pattern.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
using test::fill_pattern;
using test::holds_pattern;
using test::small_ring;
using test::write_pattern;

TEST_CASE("a lapped reader is told what it missed", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(3, 100)};
  const std::uint64_t capacity = ring.capacity();
  const auto reader = ring.attach(ReaderKind::opportunistic);
  for (std::uint64_t n = 0; n < 3 * capacity + 10; n += 10) REQUIRE(write_pattern(ring, 10));
  const std::uint64_t oldest = ring.published() - capacity;

  SECTION("a read that ends before what is left") {
    const auto view = reader->read(capacity);
    CHECK(view.first == 0);
    CHECK(view.samples == capacity);
    CHECK(view.gaps == std::vector<Gap>{{0, capacity, Fate::overrun}});
    CHECK(holds_pattern(view));
    CHECK(reader->overrun_samples() == capacity);
    CHECK(reader->read(capacity).gaps.size() == 1);  // read twice, lost once
    CHECK(reader->overrun_samples() == capacity);
  }
  SECTION("a read that reaches what is left") {
    reader->release(oldest - 5);
    const auto view = reader->read(25);
    CHECK(view.first == oldest - 5);
    CHECK(view.samples == 25);
    CHECK(view.gaps == std::vector<Gap>{{oldest - 5, 5, Fate::overrun}});
    CHECK(holds_pattern(view));
    CHECK(reader->overrun_samples() == 5);  // what it chose to pass over is no loss
  }
  SECTION("a read of what is left") {
    reader->release(oldest);
    const auto view = reader->read(capacity);
    CHECK(view.gaps.empty());
    CHECK(holds_pattern(view));
    CHECK(reader->overrun_samples() == 0);
  }
}

TEST_CASE("a view stays whole while it is overwritten", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(3, 100)};
  const auto reader = ring.attach(ReaderKind::opportunistic);
  REQUIRE(write_pattern(ring, 100));
  const auto view = reader->read(100);
  for (std::uint64_t n = 0; n < 2 * ring.capacity(); n += 10) REQUIRE(write_pattern(ring, 10));
  CHECK(view.gaps.empty());
  CHECK(holds_pattern(view));
  CHECK(reader->read(100).gaps == std::vector<Gap>{{0, 100, Fate::overrun}});
  CHECK(reader->overrun_samples() == 0);  // it had got them the first time
}

TEST_CASE("a claim alone takes spectra away, published or not", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(3, 100)};
  const std::uint64_t capacity = ring.capacity();
  const auto reader = ring.attach(ReaderKind::opportunistic);
  REQUIRE(write_pattern(ring, capacity));
  auto claimed = ring.claim(40);
  std::fill(claimed.begin(), claimed.end(), std::byte{0xEE});
  REQUIRE(write_pattern(ring, 1));  // shorter than the forgotten claim that wrote over 40
  const auto view = reader->read(100);
  CHECK(view.gaps == std::vector<Gap>{{0, 40, Fate::overrun}});
  CHECK(holds_pattern(view));
  CHECK_THROWS_AS(ring.attach(ReaderKind::guaranteed, 39), std::invalid_argument);
  CHECK(ring.attach(ReaderKind::guaranteed, 40)->cursor() == 40);
}

TEST_CASE("an overrun hides the gaps in it, and no others", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(3, 100)};
  const std::uint64_t capacity = ring.capacity();
  const auto reader = ring.attach(ReaderKind::opportunistic);
  REQUIRE(ring.publish_gap(10, Fate::missing));
  REQUIRE(write_pattern(ring, capacity - 20));
  REQUIRE(ring.publish_gap(10, Fate::late));
  REQUIRE(write_pattern(ring, 4));
  const auto view = reader->read(capacity);
  CHECK(view.gaps == std::vector<Gap>{{0, 4, Fate::overrun},
                                      {4, 6, Fate::missing},
                                      {capacity - 10, 10, Fate::late}});
  CHECK(holds_pattern(view));
}

TEST_CASE("an overrun hides the holes in it, and no others", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(3, 100)};
  const std::uint64_t capacity = ring.capacity();
  const auto reader = ring.attach(ReaderKind::opportunistic);
  fill_pattern(ring.claim(capacity), 0, 3);
  ring.mark_hole({0, 3, 0, 1});
  ring.mark_hole({1, 9, 2, 1});
  ring.mark_hole({capacity - 5, 5, 1, 2});
  ring.publish(capacity);
  REQUIRE(write_pattern(ring, 4));
  const auto view = reader->read(capacity);
  CHECK(view.gaps == std::vector<Gap>{{0, 4, Fate::overrun}});
  CHECK(view.holes == std::vector<Hole>{{4, 6, 2, 1}, {capacity - 5, 5, 1, 2}});
  CHECK(holds_pattern(view));
}

TEST_CASE("what a slow reader got and what it was told it missed make the whole",
          "[ingest][spectrum_ring][property][threads]") {
  const auto channels = GENERATE(std::size_t{1}, std::size_t{61});
  CAPTURE(channels);
  constexpr std::uint64_t total = 500'000;
  SpectrumRing ring{small_ring(channels, 2000)};
  const std::uint64_t capacity = ring.capacity();
  const auto reader = ring.attach(ReaderKind::opportunistic);

  std::atomic<bool> lapped = false;
  std::thread writer{[&] {
    std::mt19937 random{1};
    while (ring.published() < total) {
      if (!write_pattern(ring, 1 + random() % 20)) break;
      if (random() % 100 == 0 && !ring.publish_gap(1 + random() % 50, Fate::missing)) break;
      if (!lapped && ring.published() > 2 * capacity) {
        lapped = true;
        lapped.notify_one();
      }
    }
    ring.finish();
  }};

  lapped.wait(false);  // so that something is lost for sure
  std::mt19937 random{2};
  SpectrumRing::Reader::View view;
  std::uint64_t next = 0;
  std::uint64_t lost = 0;
  std::uint64_t missing = 0;
  bool whole = true;
  for (;;) {
    reader->read(1 + random() % (capacity / 4), view);
    if (view.samples == 0) break;
    whole = whole && view.first == next && holds_pattern(view);
    for (const Gap& gap : view.gaps) {
      const bool overrun = gap.fate == Fate::overrun;
      whole = whole && (!overrun || gap.first == view.first);  // a leading gap
      (overrun ? lost : missing) += gap.samples;
    }
    next += view.samples;
    reader->release(next);
  }
  writer.join();
  CHECK(whole);
  CHECK(next == ring.published());
  CHECK(lost == reader->overrun_samples());
  CHECK(lost >= capacity);
  CHECK(lost + missing < next);
}

TEST_CASE("spectra that are overwritten while they are copied are not passed off as whole",
          "[ingest][spectrum_ring][property][threads]") {
  SpectrumRing ring{small_ring(61, 4000)};
  const std::uint64_t capacity = ring.capacity();
  const auto reader = ring.attach(ReaderKind::opportunistic);
  REQUIRE(write_pattern(ring, capacity));
  std::jthread writer{[&] {
    while (write_pattern(ring, 25)) {
    }
  }};

  std::mt19937 random{3};
  SpectrumRing::Reader::View view;
  bool whole = true;
  std::uint64_t reads_that_lost = 0;
  for (int round = 0; round < 2000; ++round) {
    // Begins close to the writer's heels: a claim or two later that is overwritten.
    const std::uint64_t oldest = ring.published() - capacity + random() % 100;
    if (oldest > reader->cursor()) reader->release(oldest);
    reader->read(capacity / 2, view);
    whole = whole && view.samples == capacity / 2 && holds_pattern(view);
    if (!view.gaps.empty()) ++reads_that_lost;
  }
  ring.stop();
  writer.join();
  CHECK(whole);
  CHECK(reads_that_lost > 0);
}

}  // namespace draftstream
