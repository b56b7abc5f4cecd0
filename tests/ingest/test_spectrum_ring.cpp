// The ring on one thread: where spectra lie, what is refused, how it ends.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/ingest/ring_pattern.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
using test::fill_pattern;
using test::holds_pattern;
using test::small_ring;
using test::write_pattern;

TEST_CASE("capacity is what fits whole pages", "[ingest][spectrum_ring]") {
  struct Row {
    std::string what;
    SpectrumRing::Options options;
    std::uint64_t capacity;
  };
  // Pages of 4096 bytes are assumed; larger ones divide the same way below.
  const auto row = GENERATE(values<Row>({
      {"a page of bytes", small_ring(1, 1), 4096},
      {"does not divide the page", small_ring(3, 1), 1365},
      {"a spectrum longer than a page", small_ring(5000, 1), 1},
      {"two of them", small_ring(5000, 2), 2},
      {"1 bit",
       {.channels = 9, .format = {1}, .samples = 2049, .huge_pages = false, .lock = false},
       4096},
      {"floats",
       {.channels = 8, .format = float_samples, .samples = 128, .huge_pages = false, .lock = false},
       128},
  }));
  INFO(row.what);
  const SpectrumRing ring{row.options};
  if (ring.memory().bytes % 65536 != 0) CHECK(ring.capacity() == row.capacity);
  CHECK(ring.capacity() >= row.options.samples);
  CHECK(ring.published() == 0);
  CHECK_FALSE(ring.stopped());
}

TEST_CASE("sample n lies at byte n * spectrum_bytes mod bytes, spans are contiguous",
          "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(7, 500)};
  const std::uint64_t capacity = ring.capacity();
  REQUIRE(ring.memory().bytes % 7 != 0);  // so that samples lie across the seam
  const auto reader = ring.attach(ReaderKind::guaranteed);
  const std::byte* const base = ring.claim(1).data();
  std::uint64_t n = 0;
  for (const std::uint64_t samples : {capacity, capacity / 2, capacity, capacity - 1, capacity}) {
    const auto bytes = ring.claim(samples);
    REQUIRE(bytes.size() == samples * 7);
    CHECK(static_cast<std::size_t>(bytes.data() - base) == n * 7 % ring.memory().bytes);
    fill_pattern(bytes, n, 7);
    ring.publish(samples);
    const auto view = reader->read(samples);
    REQUIRE(view.first == n);
    REQUIRE(view.samples == samples);
    CHECK(view.gaps.empty());
    CHECK(holds_pattern(view));
    n += samples;
    reader->release(n);
  }
  CHECK(ring.published() == n);
  CHECK(reader->cursor() == n);
  CHECK(reader->overrun_samples() == 0);
}

TEST_CASE("a reader may keep what it has read", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(3, 100)};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  REQUIRE(write_pattern(ring, 50));
  CHECK(reader->read(20).first == 0);
  reader->release(15);
  const auto overlap = reader->read(35);
  CHECK(overlap.first == 15);
  CHECK(overlap.samples == 35);
  CHECK(holds_pattern(overlap));
  CHECK(reader->cursor() == 15);
}

TEST_CASE("finish drains", "[ingest][spectrum_ring]") {
  const auto kind = GENERATE(ReaderKind::guaranteed, ReaderKind::opportunistic);
  SpectrumRing ring{small_ring(3, 100)};
  const auto reader = ring.attach(kind);
  REQUIRE(write_pattern(ring, 10));
  ring.finish();
  CHECK(reader->read(7).samples == 7);
  reader->release(7);
  const auto rest = reader->read(7);
  CHECK(rest.first == 7);
  CHECK(rest.samples == 3);
  CHECK(holds_pattern(rest));
  reader->release(10);
  CHECK(reader->read(7).samples == 0);
  CHECK(reader->read(1).bytes.empty());
  CHECK_THROWS_AS(ring.claim(1), std::logic_error);
  CHECK_THROWS_AS(ring.publish(1), std::logic_error);
  CHECK_THROWS_AS(ring.publish_gap(1, Fate::missing), std::logic_error);
}

TEST_CASE("after stop nobody gets anything", "[ingest][spectrum_ring]") {
  const auto kind = GENERATE(ReaderKind::guaranteed, ReaderKind::opportunistic);
  SpectrumRing ring{small_ring(3, 100)};
  const auto reader = ring.attach(kind);
  REQUIRE(write_pattern(ring, 10));
  REQUIRE_FALSE(ring.claim(5).empty());
  ring.stop();
  CHECK(ring.stopped());
  CHECK_NOTHROW(ring.publish(5));  // a writer in the middle of its work may still say so
  CHECK(reader->read(7).samples == 0);
  CHECK(ring.claim(1).empty());
  CHECK_FALSE(ring.publish_gap(1, Fate::missing));
  CHECK_FALSE(ring.publish_gap(0, Fate::missing));
  CHECK_NOTHROW(ring.rethrow_error());
}

TEST_CASE("the first error is kept and stops", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(3, 100)};
  CHECK_NOTHROW(ring.rethrow_error());
  ring.fail(std::make_exception_ptr(std::runtime_error{"first"}));
  ring.fail(std::make_exception_ptr(std::runtime_error{"second"}));
  ring.stop();
  CHECK(ring.stopped());
  CHECK_THROWS_WITH(ring.rethrow_error(), "first");
  CHECK_THROWS_WITH(ring.rethrow_error(), "first");
}

TEST_CASE("gaps arrive where they were marked", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(3, 100)};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  fill_pattern(ring.claim(20), 0, 3);
  ring.mark_gap({2, 3, Fate::invalid});
  ring.mark_gap({5, 1, Fate::invalid});
  ring.mark_gap({10, 10, Fate::missing});
  ring.publish(12);  // the last gap is cut to what is published
  REQUIRE(ring.publish_gap(4, Fate::missing));
  REQUIRE(ring.publish_gap(2, Fate::late));
  REQUIRE(write_pattern(ring, 2));
  const std::vector<Gap> gaps{{2, 4, Fate::invalid}, {10, 6, Fate::missing}, {16, 2, Fate::late}};
  const auto view = reader->read(20);
  CHECK(view.gaps == gaps);
  CHECK(holds_pattern(view));
  reader->release(11);
  const auto cut = reader->read(6);
  CHECK(cut.gaps == std::vector<Gap>{{11, 5, Fate::missing}, {16, 1, Fate::late}});
  CHECK(holds_pattern(cut));
}

TEST_CASE("holes arrive where they were marked", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(5, 100)};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  fill_pattern(ring.claim(20), 0, 5);
  ring.mark_hole({2, 8, 0, 2});
  ring.mark_hole({2, 3, 4, 1});
  ring.mark_hole({9, 10, 2, 3});
  ring.mark_hole({19, 1, 0, 1});
  ring.publish(12);  // the last holes are cut to what is published
  REQUIRE(write_pattern(ring, 8));
  const auto view = reader->read(20);
  CHECK(view.holes == std::vector<Hole>{{2, 8, 0, 2}, {2, 3, 4, 1}, {9, 3, 2, 3}});
  CHECK(view.chunk().holes().size() == 3);
  CHECK(view.gaps.empty());
  CHECK(holds_pattern(view));  // the bytes are as they were written
  reader->release(4);
  const auto cut = reader->read(6);
  CHECK(cut.holes == std::vector<Hole>{{4, 6, 0, 2}, {4, 1, 4, 1}, {9, 1, 2, 3}});
  reader->release(12);
  CHECK(reader->read(8).holes.empty());
}

TEST_CASE("a claim that was not published leaves nothing behind", "[ingest][spectrum_ring]") {
  SpectrumRing ring{small_ring(3, 100)};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  REQUIRE_FALSE(ring.claim(20).empty());
  ring.mark_gap({3, 3, Fate::invalid});
  ring.mark_hole({1, 3, 0, 3});
  REQUIRE(write_pattern(ring, 5));
  CHECK_THROWS_AS(ring.publish(1), std::logic_error);  // one publish a claim
  CHECK(ring.published() == 5);
  CHECK(reader->read(5).gaps.empty());
  CHECK(reader->read(5).holes.empty());
}

TEST_CASE("what cannot be meant is refused", "[ingest][spectrum_ring]") {
  CHECK_THROWS_AS(SpectrumRing{small_ring(0, 10)}, std::invalid_argument);
  CHECK_THROWS_AS(SpectrumRing{small_ring(10, 0)}, std::invalid_argument);
  CHECK_THROWS_AS((SpectrumRing{{.channels = 1, .format = {7}, .samples = 1}}),
                  std::invalid_argument);
  CHECK_THROWS_AS(SpectrumRing{small_ring(1'000'000, ~std::uint64_t{0} / 1000)},
                  std::invalid_argument);
  CHECK_THROWS_AS(SpectrumRing{small_ring(1'000'000, 10'000'000)}, std::system_error);

  SpectrumRing ring{small_ring(3, 100)};
  const std::uint64_t capacity = ring.capacity();
  CHECK_THROWS_AS(ring.claim(0), std::invalid_argument);
  CHECK_THROWS_AS(ring.claim(capacity + 1), std::invalid_argument);
  CHECK_THROWS_AS(ring.publish(1), std::logic_error);  // nothing was claimed
  CHECK_THROWS_AS(ring.publish_gap(1, Fate::searched), std::logic_error);
  CHECK_THROWS_AS(ring.attach(ReaderKind::guaranteed, 1), std::invalid_argument);

  REQUIRE_FALSE(ring.claim(10).empty());
  CHECK_THROWS_AS(ring.publish(11), std::logic_error);
  ring.mark_gap({4, 2, Fate::missing});
  CHECK_THROWS_AS(ring.mark_gap({5, 2, Fate::missing}), std::logic_error);   // overlaps
  CHECK_THROWS_AS(ring.mark_gap({2, 1, Fate::missing}), std::logic_error);   // out of order
  CHECK_THROWS_AS(ring.mark_gap({9, 2, Fate::missing}), std::logic_error);   // beyond
  CHECK_THROWS_AS(ring.mark_gap({8, 0, Fate::missing}), std::logic_error);   // empty
  CHECK_THROWS_AS(ring.mark_gap({8, 1, Fate::searched}), std::logic_error);  // no fate of a gap
  ring.mark_hole({4, 6, 1, 1});
  CHECK_THROWS_AS(ring.mark_hole({3, 1, 0, 1}), std::logic_error);                  // out of order
  CHECK_THROWS_AS(ring.mark_hole({4, 1, 0, 1}), std::logic_error);                  // of channels
  CHECK_THROWS_AS(ring.mark_hole({9, 2, 0, 1}), std::logic_error);                  // beyond
  CHECK_THROWS_AS(ring.mark_hole({8, 0, 0, 1}), std::logic_error);                  // no time
  CHECK_THROWS_AS(ring.mark_hole({8, 1, 0, 0}), std::logic_error);                  // no channel
  CHECK_THROWS_AS(ring.mark_hole({8, 1, 1, 3}), std::logic_error);                  // above
  CHECK_THROWS_AS(ring.mark_hole({8, 1, 1, ~std::size_t{0}}), std::logic_error);    // wraps
  CHECK_THROWS_AS(ring.mark_hole({8, ~std::uint64_t{0}, 1, 1}), std::logic_error);  // wraps
  ring.publish(10);
  CHECK_THROWS_AS(ring.mark_hole({10, 1, 0, 1}), std::logic_error);  // nothing is claimed

  const auto reader = ring.attach(ReaderKind::guaranteed, 5);
  CHECK_THROWS_AS(static_cast<void>(reader->read(0)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(reader->read(capacity + 1)), std::invalid_argument);
  CHECK_THROWS_AS(reader->release(4), std::logic_error);
  CHECK_THROWS_AS(reader->release(11), std::logic_error);
}

TEST_CASE("it is known when a spectrum came", "[ingest][spectrum_ring]") {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds apart{150};  // more than those that count as one
  SpectrumRing ring{small_ring(4, 100)};
  CHECK_FALSE(ring.arrival(0));
  const auto publish = [&ring](std::uint64_t samples) {
    const auto before = Clock::now();
    (void)ring.claim(samples);
    ring.publish(samples);
    return before;
  };
  const auto first = publish(10);
  std::this_thread::sleep_for(apart);
  const auto second = publish(5);
  std::this_thread::sleep_for(apart);
  const auto third = publish(1);
  const auto end = Clock::now();
  CHECK(ring.arrival(0) >= first);
  CHECK(ring.arrival(9) < second);
  CHECK(ring.arrival(10) >= second);
  CHECK(ring.arrival(14) < third);
  CHECK(ring.arrival(15) >= third);
  CHECK(ring.arrival(15) <= end);
  CHECK_FALSE(ring.arrival(16));
}

}  // namespace draftstream
