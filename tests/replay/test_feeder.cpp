#include "replay/feeder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/replay/fake_recording.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using namespace draftstream::test;

namespace {

SpectrumRing make_ring(std::uint64_t samples, std::size_t channels = 3) {
  return SpectrumRing{{.channels = channels,
                       .format = {8, false, false},
                       .samples = samples,
                       .huge_pages = false,
                       .lock = false}};
}

// What a guaranteed reader sees of a stream, from its own thread.
struct Seen {
  std::vector<std::byte> bytes;
  std::vector<Gap> gaps;  // those that touch are one
};

void drain(SpectrumRing::Reader& reader, Seen& seen) {
  for (;;) {
    const auto view = reader.read(37);
    if (view.samples == 0) return;
    seen.bytes.insert(seen.bytes.end(), view.bytes.begin(), view.bytes.end());
    for (const Gap& gap : view.gaps) {
      if (!seen.gaps.empty() && seen.gaps.back().end() == gap.first &&
          seen.gaps.back().fate == gap.fate) {
        seen.gaps.back().samples += gap.samples;
      } else {
        seen.gaps.push_back(gap);
      }
    }
    reader.release(view.first + view.samples);
  }
}

FakeRecording make_recording(std::uint64_t samples) {
  return FakeRecording{"a", UtcInstant{59000, 0.0}, samples};
}

}  // namespace

TEST_CASE("every spectrum and every gap arrives, whatever the chunk",
          "[replay][feeder][property]") {
  const std::vector<Gap> gaps{{0, 5, Fate::missing},
                              {100, 1, Fate::invalid},
                              {250, 9000, Fate::missing},  // longer than the ring
                              {9250, 80, Fate::invalid},
                              {9990, 10, Fate::missing}};
  for (const std::uint64_t chunk : {1U, 64U, 100U, 1000U, 100'000U}) {
    for (const double speed : {0.0, 1.0e12}) {
      auto ring = make_ring(4096);
      auto recording = make_recording(10'000);
      for (const Gap& gap : gaps) recording.add_gap(gap);
      Seen seen;
      const auto reader = ring.attach(ReaderKind::guaranteed);
      // A claim of the whole ring and a read would wait for each other for ever.
      const FeedOptions options{std::min<std::uint64_t>(chunk, ring.capacity() / 2), speed};
      std::thread thread{[&] { drain(*reader, seen); }};
      feed(recording, ring, options);
      thread.join();

      std::vector<std::byte> expected(30'000);
      recording.read(0, expected);
      CAPTURE(chunk, speed);
      CHECK(ring.published() == 10'000);
      CHECK(seen.bytes == expected);
      CHECK(seen.gaps == gaps);
      CHECK(recording.forgotten() == 10'000);
    }
  }
}

TEST_CASE("long gaps are not read", "[replay][feeder]") {
  auto ring = make_ring(4096);
  auto recording = make_recording(1'000'000);
  recording.add_gap({1000, 998'000, Fate::missing});
  feed(recording, ring, {.chunk_samples = 100});
  CHECK(ring.published() == 1'000'000);
  CHECK(recording.spectra_read() == 2000);
}

TEST_CASE("what cannot be read is a gap, the same whatever the chunk, and all else arrives",
          "[replay][feeder][property]") {
  const std::uint64_t chunk = GENERATE(1, 7, 100, 1000);
  CAPTURE(chunk);
  auto ring = make_ring(4096);
  auto recording = make_recording(1000);
  recording.add_gap({300, 150, Fate::missing});
  recording.fail_between(0, 1);
  recording.fail_between(290, 300);
  recording.fail_between(560, 803);
  const auto reader = ring.attach(ReaderKind::guaranteed);
  std::vector<Gap> told;
  const auto sink = [&](const Gap& stretch, const std::string& reason) {
    CHECK_THAT(reason, Catch::Matchers::Contains("damage"));
    if (!told.empty() && told.back().end() == stretch.first) {
      told.back().samples += stretch.samples;
    } else {
      told.push_back(stretch);
    }
  };
  CHECK_THROWS_WITH(feed(recording, ring, {.chunk_samples = chunk, .unread = sink}),
                    Catch::Matchers::Contains("row 0"));
  CHECK(ring.published() == 1000);
  Seen seen;
  drain(*reader, seen);  // returns, as the ring is finished
  const std::vector<Gap> unread{
      {0, 1, Fate::invalid}, {290, 10, Fate::invalid}, {560, 243, Fate::invalid}};
  CHECK(told == unread);
  std::vector<Gap> gaps = unread;
  gaps.insert(gaps.begin() + 2, {300, 150, Fate::missing});
  CHECK(seen.gaps == gaps);
  REQUIRE(seen.bytes.size() == 3000);
  for (std::uint64_t t = 0; t < 1000; ++t) {
    const bool lost =
        std::ranges::any_of(gaps, [t](const Gap& gap) { return gap.first <= t && t < gap.end(); });
    CHECK(seen.bytes[3 * t] == (lost ? std::byte{0} : FakeRecording::value(t, 0)));
  }
}

TEST_CASE("a stopped ring ends a feed that waits for room", "[replay][feeder]") {
  auto ring = make_ring(1024);
  auto recording = make_recording(1'000'000);
  const auto reader = ring.attach(ReaderKind::guaranteed);  // never releases anything
  std::thread thread{[&] {
    (void)reader->read(512);
    ring.stop();
  }};
  feed(recording, ring, {.chunk_samples = 512});
  thread.join();
  CHECK(ring.published() < 1'000'000);
}

TEST_CASE("a stopped ring ends a feed that waits for the time", "[replay][feeder]") {
  auto recording = make_recording(1000);
  if (GENERATE(false, true)) recording.add_gap({0, 1000, Fate::missing});
  auto ring = make_ring(1024);
  std::thread thread{[&] { ring.stop(); }};
  feed(recording, ring, {.chunk_samples = 100, .speed = 1.0e-12});  // due in 3000 years
  thread.join();
  CHECK(ring.published() == 0);
}

TEST_CASE("a feed goes on where the ring is", "[replay][feeder]") {
  auto ring = make_ring(4096);
  auto first = make_recording(100);
  REQUIRE(ring.publish_gap(50, Fate::missing));
  first.add_gap({10, 20, Fate::invalid});
  const auto reader = ring.attach(ReaderKind::guaranteed);
  feed(first, ring, {});
  Seen seen;
  drain(*reader, seen);
  CHECK(seen.gaps == std::vector<Gap>{{0, 50, Fate::missing}, {60, 20, Fate::invalid}});
}

TEST_CASE("options that make no sense are refused", "[replay][feeder]") {
  auto ring = make_ring(4096);
  auto recording = make_recording(1000);
  CHECK_THROWS_AS(feed(recording, ring, {.chunk_samples = 0}), std::invalid_argument);
  CHECK_THROWS_AS(feed(recording, ring, {.speed = -1.0}), std::invalid_argument);
  CHECK_THROWS_AS(feed(recording, ring, {.speed = std::nan("")}), std::invalid_argument);
  auto narrow = make_ring(4096, 2);
  CHECK_THROWS_AS(feed(recording, narrow, {}), std::invalid_argument);
}
