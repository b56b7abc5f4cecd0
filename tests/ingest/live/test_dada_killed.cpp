// Readers of a DADA ring that are killed, wherever they are, and those that come after them.
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "ingest/live/dada_ring.hpp"
#include "ingest/live/dada_source.hpp"
#include "tests/ingest/live/dada_stream.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using draftstream::test::ChildProcess;
using draftstream::test::copy_of;
using draftstream::test::dada_header;
using draftstream::test::feed_through;
using draftstream::test::random_bytes;
using draftstream::test::RingPair;
using draftstream::test::RingWriter;
using draftstream::test::write_header;

namespace {

constexpr std::size_t buffer_bytes = 1000;

// The next observation is read whole, and after it nothing is owed to anybody: a reader that lags
// by a block would wait for ever at its end.
void check_another_observation(const RingPair& rings, DadaSource& source, unsigned seed) {
  const auto sent = random_bytes(32 * 300, seed);
  std::thread back_end{[&] {
    write_header(rings, dada_header(32, 8));
    RingWriter{rings.data()}.write_transfer(sent);
  }};
  const auto observation = source.next_observation();
  CHECK(observation->frequency.channels() == 32);
  CHECK(feed_through(source, *observation, 100).bytes == sent);
  back_end.join();
  for (const auto* ring : {&rings.headers(), &rings.data()}) {
    CHECK(ring->value(test::full) == 0);
    CHECK(ring->value(test::sodack) == 8);
    CHECK(ring->value(test::eodack) == 8);
  }
  // Buffers that are in use are those that the reader has cleared, and no more.
  int in_use = 0;
  for (std::size_t b = 0; b < rings.data().setup().buffers; ++b) in_use += rings.data().count(b);
  CHECK(rings.data().value(test::clear) == in_use);
}

// A child reads into a ring that nobody reads, so it stops for good after `samples` spectra: in the
// middle of block `blocks`. Then it is killed.
void read_and_be_killed(const RingPair& rings, std::uint64_t samples, int left) {
  ChildProcess child{[&] {
    DadaSource source{{rings.key(), {}}};
    const auto observation = source.next_observation();
    SpectrumRing ring{{.channels = observation->frequency.channels(),
                       .format = observation->format,
                       .samples = samples,
                       .huge_pages = false,
                       .lock = false}};
    const auto reader = ring.attach(ReaderKind::guaranteed);
    source.feed(ring);
  }};
  rings.data().wait_for_taken(child.process(), left);
  child.kill();
}

}  // namespace

TEST_CASE("a reader that is killed in a block leaves it to the next", "[ingest][dada][kill]") {
  struct Row {
    std::string when;
    std::size_t channels;
    std::size_t read_blocks;  // before the one that it is killed in
  };
  const auto row = GENERATE(values<Row>({{"in the first", 4, 0},
                                         {"in the second", 4, 1},
                                         {"later", 4, 5},
                                         {"spectra across blocks", 48, 3},
                                         {"long spectra", 1700, 4}}));
  CAPTURE(row.when);
  RingPair rings{{16, buffer_bytes, 1}};
  const auto sent = random_bytes(row.channels * (12'000 / row.channels), 11);
  write_header(rings, dada_header(row.channels, 8));
  RingWriter{rings.data()}.write_transfer(sent);
  const int blocks = rings.data().value(test::full);
  REQUIRE(blocks == static_cast<int>(sent.size() / buffer_bytes) + 1);

  ChildProcess child{[&] {
    DadaRing headers{rings.key() + 1};
    DadaRing data{rings.key()};
    const std::atomic<bool> stopped = false;
    (void)headers.next(stopped);
    for (std::size_t n = 0; n < row.read_blocks; ++n) {
      (void)data.next(stopped);
      data.clear();
      if (n == 0) headers.clear();
    }
    (void)data.next(stopped);
    ::pause();
  }};
  rings.data().wait_for_taken(child.process(), blocks - static_cast<int>(row.read_blocks) - 1);
  child.kill();
  CHECK(rings.data().value(test::full) == blocks - static_cast<int>(row.read_blocks));
  CHECK(rings.data().value(test::reader_conn) == 1);

  DadaSource source{{rings.key(), {}}};
  const auto observation = source.next_observation();
  REQUIRE(observation);
  CHECK(observation->frequency.channels() == row.channels);
  // The first spectrum that lies behind the cleared blocks whole.
  const std::size_t first = (row.read_blocks * buffer_bytes + row.channels - 1) / row.channels;
  CHECK(std::abs(observation->time.start.second_of_day - static_cast<double>(first) * 64e-6) <
        1e-10);
  const auto fed = feed_through(source, *observation, 100);
  CHECK(fed.bytes == copy_of(std::span{sent}.subspan(first * row.channels)));
  CHECK(fed.warnings.size() == (first > 0 ? 1 : 0));
  check_another_observation(rings, source, 12);
}

TEST_CASE("a source that is killed while it feeds leaves its block to the next",
          "[ingest][dada][kill]") {
  // The child's ring holds 4096 bytes and is full in the fifth block of 1000.
  RingPair rings{{16, buffer_bytes, 1}};
  const auto sent = random_bytes(16 * 700, 13);
  write_header(rings, dada_header(16, 8));
  RingWriter{rings.data()}.write_transfer(sent);
  read_and_be_killed(rings, 256, 12 - 5);
  CHECK(rings.data().value(test::full) == 12 - 4);

  DadaSource source{{rings.key(), {}}};
  const auto observation = source.next_observation();
  REQUIRE(observation);
  CHECK(feed_through(source, *observation, 100).bytes == copy_of(std::span{sent}.subspan(4000)));
  check_another_observation(rings, source, 14);
}

TEST_CASE("a reader that is killed before its data come leaves the header",
          "[ingest][dada][kill]") {
  RingPair rings{{4, buffer_bytes, 1}};
  write_header(rings, dada_header(64, 8));
  {
    ChildProcess child{[&] {
      DadaSource source{{rings.key(), {}}};
      const auto observation = source.next_observation();
      (void)feed_through(source, *observation, 100);
    }};
    rings.data().wait_for_waiting_reader();
  }
  DadaSource source{{rings.key(), {}}};
  const auto sent = random_bytes(640, 15);
  RingWriter{rings.data()}.write_transfer(sent);
  const auto observation = source.next_observation();
  REQUIRE(observation);
  CHECK(observation->frequency.channels() == 64);
  CHECK(feed_through(source, *observation, 100).bytes == sent);
  check_another_observation(rings, source, 16);
}

// The worst moments are a few instructions long, so the child stops there by itself.
TEST_CASE("a reader that is killed while it clears a block has cleared it",
          "[ingest][dada][kill]") {
  enum class Moment { both_noted, data_posted };
  const auto moment = GENERATE(Moment::both_noted, Moment::data_posted);
  const std::size_t killed_in = GENERATE(0U, 1U, 3U);  // the last is number 3
  const bool next_begun = GENERATE(false, true);       // has the writer begun the next one?
  CAPTURE(static_cast<int>(moment), killed_in, next_begun);
  RingPair rings{{8, buffer_bytes, 1}};
  const auto sent = random_bytes(3 * buffer_bytes + 500, 17);
  write_header(rings, dada_header(100, 8));
  RingWriter{rings.data()}.write_transfer(sent);
  const auto sent_next = random_bytes(2 * buffer_bytes, 18);
  if (next_begun) {
    write_header(rings, dada_header(50, 8));
    RingWriter writer{rings.data()};
    writer.write(std::span{sent_next}.first(buffer_bytes));
    writer.write(std::span{sent_next}.last(buffer_bytes));
  }
  ChildProcess child{[&] {
    DadaRing headers{rings.key() + 1};
    DadaRing data{rings.key()};
    const std::atomic<bool> stopped = false;
    (void)headers.next(stopped);
    for (std::size_t n = 0; n < killed_in; ++n) {
      (void)data.next(stopped);
      data.clear();
      if (n == 0) headers.clear();
    }
    (void)data.next(stopped);
    data.note_cleared();
    if (killed_in == 0) headers.note_cleared();
    if (moment == Moment::data_posted) data.post_cleared();
    ::raise(SIGKILL);
  }};
  REQUIRE(child.wait() == 128 + SIGKILL);

  DadaSource source{{rings.key(), {}}};
  if (killed_in < 3) {
    const auto observation = source.next_observation();
    REQUIRE(observation);
    CHECK(observation->frequency.channels() == 100);
    const auto rest = std::span{sent}.subspan((killed_in + 1) * buffer_bytes);
    CHECK(feed_through(source, *observation, 100).bytes == copy_of(rest));
  }
  if (next_begun) {
    RingWriter{rings.data()}.write({}, true);
    const auto observation = source.next_observation();
    REQUIRE(observation);
    CHECK(observation->frequency.channels() == 50);
    CHECK(feed_through(source, *observation, 100).bytes == sent_next);
  }
  check_another_observation(rings, source, 19);
}

TEST_CASE("readers that are killed again and again leave everything to the next",
          "[ingest][dada][kill][property]") {
  constexpr std::size_t channels = 48;
  const unsigned seed = GENERATE(range(1U, 6U));
  std::mt19937 random{seed};
  RingPair rings{{4, buffer_bytes, 1}};
  const auto sent = random_bytes(channels * 5000, seed);
  constexpr std::size_t next_buffer = 88;  // of the reader
  write_header(rings, dada_header(channels, 8));
  std::size_t written = 0;
  for (int n = 0; n < 20; ++n) {
    ChildProcess child{[&] {
      DadaSource source{{rings.key(), {}}};
      const auto observation = source.next_observation();
      (void)feed_through(source, *observation, 100);
    }};
    // It is killed in whatever it does with the last four of these.
    RingWriter writer{rings.data()};
    for (auto blocks = random() % 10; blocks > 0; --blocks) {
      writer.write(std::span{sent}.subspan(written, buffer_bytes));
      written += buffer_bytes;
    }
  }
  DadaSource source{{rings.key(), {}}};
  const std::uint64_t cleared = rings.data().u64(next_buffer) * buffer_bytes;
  const std::uint64_t first = (cleared + channels - 1) / channels;
  const auto observation = source.next_observation();
  REQUIRE(observation);
  CHECK(std::abs(observation->time.start.second_of_day - static_cast<double>(first) * 64e-6) <
        1e-10);
  std::thread back_end{
      [&] { RingWriter{rings.data()}.write_transfer(std::span{sent}.subspan(written)); }};
  const auto fed = feed_through(source, *observation, 100);
  back_end.join();
  CHECK(fed.bytes == copy_of(std::span{sent}.subspan(first * channels)));
  check_another_observation(rings, source, seed);
}

TEST_CASE("an observation whose header is gone is passed over", "[ingest][dada][kill]") {
  RingPair rings{{16, buffer_bytes, 1}};
  write_header(rings, dada_header(64, 8));
  RingWriter{rings.data()}.write_transfer(random_bytes(5000, 20));
  {
    DadaRing headers{rings.key() + 1};
    DadaRing data{rings.key()};
    const std::atomic<bool> stopped = false;
    (void)headers.next(stopped);
    (void)data.next(stopped);
    data.clear();
    headers.clear();
  }
  // Eight more headers: the last of them takes the place of the first.
  for (int n = 0; n < 8; ++n) {
    write_header(rings, dada_header(40, 8));
    if (n < 7) RingWriter{rings.data()}.write({}, true);  // no more transfers fit
  }
  DadaSource source{{rings.key(), {}}};
  for (int n = 0; n < 8; ++n) {
    const auto observation = source.next_observation();
    REQUIRE(observation);
    CHECK(observation->frequency.channels() == 40);
    CHECK(source.warnings().size() == (n == 0 ? 1 : 0));
    if (n == 7) RingWriter{rings.data()}.write({}, true);
    (void)feed_through(source, *observation, 100);
  }
}
