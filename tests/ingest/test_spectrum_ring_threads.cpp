// The ring between threads: order, waiting, stopping, errors.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <latch>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/ingest/ring_pattern.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

using test::fill_pattern;
using test::holds_pattern;
using test::small_ring;
using test::write_pattern;

// Writes `total` samples or a few more in claims, partly published, with gaps of all makes.
// @return What became of each sample; searched = data.
std::vector<Fate> write_at_random(SpectrumRing& ring, std::uint64_t total, std::size_t channels,
                                  unsigned seed) {
  std::mt19937 random{seed};
  const std::uint64_t half = ring.capacity() / 2;
  std::vector<Fate> written;
  while (written.size() < total) {
    const std::uint64_t first = written.size();
    const Fate fate = random() % 2 == 0 ? Fate::missing : Fate::invalid;
    if (random() % 8 == 0) {
      const std::uint64_t samples = random() % (3 * ring.capacity());
      if (!ring.publish_gap(samples, fate)) break;
      written.resize(first + samples, fate);
      continue;
    }
    const std::uint64_t claimed = 1 + random() % half;
    const auto bytes = ring.claim(claimed);
    if (bytes.empty()) break;
    fill_pattern(bytes, first, channels);
    written.resize(first + claimed, Fate::searched);
    for (std::uint64_t at = random() % half; at < claimed; at += 1 + random() % half) {
      const std::uint64_t samples = 1 + random() % (claimed - at);
      ring.mark_gap({first + at, samples, fate});
      std::fill_n(written.begin() + static_cast<std::ptrdiff_t>(first + at), samples, fate);
      at += samples;
    }
    const std::uint64_t published = random() % (claimed + 1);
    ring.publish(published);
    written.resize(first + published);
  }
  ring.finish();
  return written;
}

struct Received {
  std::vector<Fate> fates;  // searched = data
  bool whole = true;        // in order, each byte as written
};

// Reads to the end in steps of any size, now and then keeping a part for the next read.
Received read_at_random(SpectrumRing::Reader& reader, std::uint64_t longest, unsigned seed) {
  std::mt19937 random{seed};
  Received received;
  SpectrumRing::Reader::View view;
  for (;;) {
    reader.read(1 + random() % longest, view);
    if (view.samples == 0) break;
    received.whole = received.whole && view.first == reader.cursor() && holds_pattern(view);
    received.fates.resize(view.first + view.samples, Fate::searched);
    for (const Gap& gap : view.gaps) {
      for (std::uint64_t n = gap.first; n < gap.end(); ++n) received.fates[n] = gap.fate;
    }
    reader.release(view.first + 1 + random() % view.samples);
  }
  return received;
}

}  // namespace

TEST_CASE("every byte crosses once and in order", "[ingest][spectrum_ring][property][threads]") {
  const auto channels =
      GENERATE(std::size_t{1}, std::size_t{3}, std::size_t{100}, std::size_t{1237});
  const auto seed = GENERATE(1U, 2U, 3U, 4U);
  CAPTURE(channels, seed);
  SpectrumRing ring{small_ring(channels, 2)};
  const std::uint64_t total = 60 * ring.capacity() + 50;
  std::vector<std::unique_ptr<SpectrumRing::Reader>> readers(3);
  for (auto& reader : readers) reader = ring.attach(ReaderKind::guaranteed);

  std::vector<Fate> written;
  std::vector<Received> received(readers.size());
  {
    std::vector<std::jthread> threads;
    threads.emplace_back([&] { written = write_at_random(ring, total, channels, seed); });
    for (std::size_t i = 0; i < readers.size(); ++i) {
      threads.emplace_back([&, i] {
        received[i] = read_at_random(*readers[i], ring.capacity() / 2,
                                     seed + 100 * static_cast<unsigned>(i + 1));
      });
    }
  }
  CHECK(written.size() >= total);
  CHECK(ring.published() == written.size());
  for (std::size_t i = 0; i < readers.size(); ++i) {
    CAPTURE(i);
    CHECK(received[i].whole);
    CHECK(received[i].fates == written);
    CHECK(readers[i]->overrun_samples() == 0);
  }
}

TEST_CASE("the largest claim and read that cannot wait for each other do not",
          "[ingest][spectrum_ring][threads]") {
  SpectrumRing ring{small_ring(100, 40)};
  const std::uint64_t capacity = ring.capacity();
  const std::uint64_t claimed = GENERATE_COPY(std::uint64_t{1}, capacity / 3, capacity);
  const std::uint64_t longest = capacity + 1 - claimed;
  CAPTURE(capacity, claimed);
  const auto reader = ring.attach(ReaderKind::guaranteed);
  Received received;
  {
    const std::jthread writer{[&] {
      for (std::uint64_t n = 0; n < 50 * capacity; n += claimed) {
        if (!write_pattern(ring, claimed)) return;
      }
      ring.finish();
    }};
    received = read_at_random(*reader, longest, 5);
  }
  CHECK(received.whole);
  CHECK(received.fates.size() == ring.published());
}

TEST_CASE("a gap longer than the ring passes through it", "[ingest][spectrum_ring][threads]") {
  SpectrumRing ring{small_ring(7, 500)};
  const std::uint64_t samples = 5 * ring.capacity() + 3;
  const auto reader = ring.attach(ReaderKind::guaranteed);
  bool went_on = false;
  std::uint64_t next = 0;
  std::uint64_t in_gaps = 0;
  bool whole = true;
  {
    const std::jthread writer{[&] {
      went_on = write_pattern(ring, 10) && ring.publish_gap(samples, Fate::missing) &&
                write_pattern(ring, 10);
      ring.finish();
    }};
    SpectrumRing::Reader::View view;
    for (;;) {
      reader->read(ring.capacity(), view);
      if (view.samples == 0) break;
      whole = whole && view.first == next && view.gaps.size() <= 1 && holds_pattern(view);
      for (const Gap& gap : view.gaps) in_gaps += gap.samples;
      next += view.samples;
      reader->release(next);
    }
  }
  CHECK(went_on);
  CHECK(whole);
  CHECK(in_gaps == samples);
  CHECK(next == samples + 20);
}

TEST_CASE("stop wakes everyone", "[ingest][spectrum_ring][threads]") {
  const bool in_a_gap = GENERATE(false, true);
  for (int round = 0; round < 50; ++round) {
    SpectrumRing ring{small_ring(7, 500)};
    const auto holder = ring.attach(ReaderKind::guaranteed);  // never reads: the ring fills
    const auto guaranteed = ring.attach(ReaderKind::guaranteed);
    const auto opportunistic = ring.attach(ReaderKind::opportunistic);
    std::atomic<int> ended_early = 0;
    std::latch started{4};
    const auto read_on = [&](SpectrumRing::Reader& reader) {
      started.count_down();
      std::uint64_t last = 1;
      while (last != 0) {
        last = reader.read(3).samples;
        if (last != 0) reader.release(reader.cursor() + last);  // which may wake the writer
      }
      if (!ring.stopped()) ++ended_early;
    };
    std::vector<std::jthread> threads;
    threads.emplace_back([&] {
      started.count_down();
      if (in_a_gap) {
        if (ring.publish_gap(10 * ring.capacity(), Fate::missing)) ++ended_early;
      } else {
        while (write_pattern(ring, 10)) {
        }
      }
      if (!ring.stopped()) ++ended_early;
    });
    threads.emplace_back([&] { read_on(*guaranteed); });
    threads.emplace_back([&] { read_on(*opportunistic); });
    started.arrive_and_wait();
    // In half the rounds everyone is certainly waiting or about to; in the others, anywhere.
    while (round % 2 == 0 && (ring.published() + 10 <= ring.capacity() ||
                              guaranteed->cursor() + 3 <= ring.published())) {
      std::this_thread::yield();
    }
    ring.stop();
    threads.clear();  // joins
    CHECK(ended_early == 0);
    CHECK(holder->read(1).samples == 0);
  }
}

TEST_CASE("the first error wins, whoever reports it", "[ingest][spectrum_ring][threads]") {
  for (int round = 0; round < 20; ++round) {
    SpectrumRing ring{small_ring(7, 500)};
    const auto reader = ring.attach(ReaderKind::guaranteed);
    std::vector<std::string> seen(4);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < seen.size(); ++i) {
        threads.emplace_back([&ring, &seen, i] {
          ring.fail(std::make_exception_ptr(std::runtime_error{"thread " + std::to_string(i)}));
          try {
            ring.rethrow_error();
          } catch (const std::runtime_error& error) {
            seen[i] = error.what();
          }
        });
      }
      CHECK(reader->read(100).samples == 0);  // woken by the first of them
    }
    CHECK(ring.stopped());
    for (const std::string& each : seen) CHECK(each == seen[0]);
    CHECK(seen[0].starts_with("thread "));
  }
}

TEST_CASE("a reader that goes frees the writer", "[ingest][spectrum_ring][threads]") {
  SpectrumRing ring{small_ring(7, 500)};
  auto reader = ring.attach(ReaderKind::guaranteed);
  REQUIRE(write_pattern(ring, ring.capacity()));
  bool wrote = false;
  {
    const std::jthread writer{[&] { wrote = write_pattern(ring, ring.capacity()); }};
    reader.reset();
  }
  CHECK(wrote);
  CHECK(ring.published() == 2 * ring.capacity());
}

TEST_CASE("a claim and a read that wait for each other end in a sentence",
          "[ingest][spectrum_ring][threads]") {
  for (int round = 0; round < 20; ++round) {
    SpectrumRing ring{small_ring(7, 500)};
    const std::uint64_t capacity = ring.capacity();
    const auto reader = ring.attach(ReaderKind::guaranteed);
    REQUIRE(write_pattern(ring, 1));
    const auto or_fail = [&ring](const auto& action) {
      try {
        action();
      } catch (...) {
        ring.fail(std::current_exception());
      }
    };
    {
      const std::jthread writer{[&] { or_fail([&] { write_pattern(ring, capacity); }); }};
      or_fail([&] { static_cast<void>(reader->read(2)); });
    }
    CHECK_THROWS_WITH(ring.rethrow_error(), ContainsSubstring("wait for each other"));
    CHECK_THROWS_AS(ring.rethrow_error(), std::logic_error);
  }
}

}  // namespace draftstream
