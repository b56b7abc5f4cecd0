// A back end writes into a ring; what comes out is what it wrote.
#include "ingest/live/dada_source.hpp"

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/ingest/live/dada_stream.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;
using draftstream::test::copy_of;
using draftstream::test::dada_header;
using draftstream::test::feed_through;
using draftstream::test::random_bytes;
using draftstream::test::RingPair;
using draftstream::test::RingSetup;
using draftstream::test::RingWriter;
using draftstream::test::write_header;

namespace {

DadaAddress address_of(const RingPair& rings) {
  return {rings.key(), {}};
}

// The semaphores of a ring whose readers have seen everything.
void check_at_rest(const test::SystemVRing& ring) {
  for (unsigned r = 0; r < ring.setup().readers; ++r) {
    CHECK(ring.value(test::full, r) == 0);
    CHECK(ring.value(test::sodack, r) == 8);
    CHECK(ring.value(test::eodack, r) == 8);
    CHECK(ring.value(test::reader_conn, r) == 1);
  }
  CHECK(ring.free_places() == static_cast<int>(ring.setup().readers));
}

}  // namespace

TEST_CASE("every byte that a back end writes comes out once and in order",
          "[ingest][dada][property][threads]") {
  struct Row {
    std::size_t buffers, buffer_bytes, channels;
    int bits;
    std::size_t bytes;  // of the transfer
    std::size_t from;   // byte of its first buffer
  };
  const auto row = GENERATE(values<Row>({
      {4, 4096, 64, 8, 64 * 1000, 0},       // spectra fill blocks
      {4, 4096, 64, 8, 4096 * 5, 0},        // ends with a block: an empty one follows
      {1, 1000, 64, 8, 64 * 157, 0},        // one buffer, spectra across blocks
      {2, 100, 256, 8, 256 * 41, 0},        // a spectrum is longer than a block
      {8, 1237, 33, 32, 132 * 300, 0},      // floats across blocks
      {3, 777, 1024, 1, 128 * 77, 0},       // bits
      {4, 4096, 100, 16, 200 * 333, 1000},  // begins inside a buffer
      {4, 4096, 64, 8, 0, 0},               // no samples at all
      {64, 512, 96, 2, 24 * 4001, 500},
  }));
  const std::uint64_t capacity = GENERATE(1U, 5000U);
  CAPTURE(row.buffers, row.buffer_bytes, row.channels, row.bits, row.bytes, capacity);
  RingPair rings{{row.buffers, row.buffer_bytes, 1}};
  const auto sent = random_bytes(row.bytes, static_cast<unsigned>(row.bytes));
  DadaSource source{address_of(rings)};
  std::thread back_end{[&] {
    write_header(rings, dada_header(row.channels, row.bits));
    RingWriter{rings.data()}.write_transfer(sent, row.from);
  }};
  const auto observation = source.next_observation();
  REQUIRE(observation);
  CHECK(observation->frequency.channels() == row.channels);
  CHECK(observation->format.bits == row.bits);
  const auto fed = feed_through(source, *observation, capacity);
  back_end.join();
  CHECK(fed.bytes == sent);
  CHECK(fed.warnings.empty());
  CHECK(rings.data().value(test::full) == 0);
  CHECK(rings.data().value(test::sodack) == 8);
  CHECK(rings.data().value(test::eodack) == 8);
}

TEST_CASE("a source says whether it waits for its back end", "[ingest][dada][threads]") {
  RingPair rings{{4, 640, 1}};
  write_header(rings, dada_header(64, 8));
  DadaSource source{address_of(rings)};
  REQUIRE(source.next_observation());
  CHECK_FALSE(source.waits());
  SpectrumRing ring{
      {.channels = 64, .format = {8}, .samples = 64, .huge_pages = false, .lock = false}};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  REQUIRE(ring.capacity() == 64);
  std::thread feeding{[&] { source.feed(ring); }};
  rings.data().wait_for_waiting_reader();
  CHECK(source.waits());

  // Six blocks fill the ring; with the seventh in hand it waits for room, which is its own affair.
  const auto sent = random_bytes(7 * 640, 6);
  {
    RingWriter writer{rings.data()};
    for (std::size_t i = 0; i < 7; ++i) writer.write(std::span{sent}.subspan(i * 640, 640));
    rings.data().wait_for_taken(::getpid(), 0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    while (source.waits() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    CHECK_FALSE(source.waits());
    CHECK(ring.published() == 60);
    reader->release(60);
    writer.write({}, true);
  }
  feeding.join();
  CHECK(ring.published() == 70);
  CHECK_FALSE(source.waits());
}

TEST_CASE("a last block that is full ends the observation", "[ingest][dada]") {
  RingPair rings{{4, 640, 1}};
  const auto sent = random_bytes(2 * 640, 3);
  write_header(rings, dada_header(64, 8));
  {
    RingWriter writer{rings.data()};
    writer.write(std::span{sent}.first(640));
    writer.write(std::span{sent}.last(640), true);
  }
  DadaSource source{address_of(rings)};
  const auto observation = source.next_observation();
  REQUIRE(observation);
  CHECK(feed_through(source, *observation, 100).bytes == sent);
}

TEST_CASE("an observation that ends inside a spectrum says so", "[ingest][dada]") {
  RingPair rings{{4, 640, 1}};
  const auto sent = random_bytes(64 * 11 + 7, 4);
  write_header(rings, dada_header(64, 8));
  RingWriter{rings.data()}.write_transfer(sent);
  DadaSource source{address_of(rings)};
  const auto fed = feed_through(source, *source.next_observation(), 100);
  CHECK(fed.bytes == copy_of(std::span{sent}.first(std::size_t{64} * 11)));
  REQUIRE(fed.warnings.size() == 1);
  CHECK_THAT(fed.warnings[0], ContainsSubstring("ends with 7 bytes of 64 of a spectrum"));
}

TEST_CASE("observations follow one another", "[ingest][dada][threads]") {
  constexpr std::size_t observations = 20;  // more than a ring keeps transfers, or headers
  const unsigned readers = GENERATE(1U, 2U, 8U);
  RingPair rings{{3, 1000, readers}};
  std::vector<std::vector<std::byte>> sent;
  for (std::size_t n = 0; n < observations; ++n) {
    sent.push_back(random_bytes((n + 1) * (40 + n % 3 * 500), static_cast<unsigned>(n)));
  }
  std::vector<std::unique_ptr<DadaSource>> sources;
  for (unsigned r = 0; r < readers; ++r) {
    sources.push_back(std::make_unique<DadaSource>(address_of(rings)));
  }
  CHECK_THROWS_WITH(DadaSource{address_of(rings)},
                    ContainsSubstring("found no free place for a reader"));
  CHECK_THROWS_AS(DadaSource{address_of(rings)}, TryAgain);

  std::vector<std::vector<std::vector<std::byte>>> got(readers);
  std::vector<std::thread> threads;
  for (unsigned r = 0; r < readers; ++r) {
    threads.emplace_back([&, r] {
      for (std::size_t n = 0; n < observations; ++n) {
        const auto observation = sources[r]->next_observation();
        if (!observation || observation->frequency.channels() != n + 1) return;
        got[r].push_back(feed_through(*sources[r], *observation, 7).bytes);
      }
    });
  }
  for (std::size_t n = 0; n < observations; ++n) {
    write_header(rings, dada_header(n + 1, 8));
    RingWriter{rings.data()}.write_transfer(sent[n]);
  }
  for (auto& thread : threads) thread.join();
  for (unsigned r = 0; r < readers; ++r) CHECK(got[r] == sent);
  sources.clear();
  check_at_rest(rings.data());
}

TEST_CASE("what is left of an observation is passed over", "[ingest][dada]") {
  RingPair rings{{8, 640, 1}};
  write_header(rings, dada_header(64, 8));
  write_header(rings, dada_header(0, 8));  // a header that is refused
  write_header(rings, dada_header(32, 8));
  const auto sent = random_bytes(1000, 5);
  for (int n = 0; n < 3; ++n) RingWriter{rings.data()}.write_transfer(sent);

  DadaSource source{address_of(rings)};
  REQUIRE(source.next_observation()->frequency.channels() == 64);
  SpectrumRing stopped{
      {.channels = 64, .format = {8}, .samples = 100, .huge_pages = false, .lock = false}};
  stopped.stop();
  source.feed(stopped);
  CHECK_THROWS_WITH(source.next_observation(),
                    ContainsSubstring(": key NCHAN: found '0', expected 1 to 1048576"));
  const auto observation = source.next_observation();
  REQUIRE(observation);
  CHECK(observation->frequency.channels() == 32);
  CHECK(feed_through(source, *observation, 100).bytes == copy_of(std::span{sent}.first(992)));
}

TEST_CASE("a header that is refused stays for the next reader", "[ingest][dada]") {
  RingPair rings{{4, 640, 1}};
  write_header(rings, dada_header(0, 8));
  for (int n = 0; n < 2; ++n) {
    DadaSource source{address_of(rings)};
    CHECK_THROWS_AS(source.next_observation(), InputError);
  }
  CHECK(rings.headers().value(test::full) == 1);
}

TEST_CASE("stop ends a wait for an observation, and for its data", "[ingest][dada][threads]") {
  RingPair rings{{4, 640, 1}};
  const auto sent = random_bytes(640, 6);
  {
    DadaSource source{address_of(rings)};
    std::optional<Observation> observation = Observation{};
    std::thread waiting{[&] { observation = source.next_observation(); }};
    rings.headers().wait_for_waiting_reader();
    source.stop();
    waiting.join();
    CHECK_FALSE(observation);
    CHECK_FALSE(source.next_observation());
  }
  {
    DadaSource source{address_of(rings)};
    write_header(rings, dada_header(64, 8));
    RingWriter{rings.data()}.write(sent);
    const auto observation = source.next_observation();
    REQUIRE(observation);
    test::Fed fed;
    std::thread waiting{[&] { fed = feed_through(source, *observation, 100); }};
    rings.data().wait_for_waiting_reader();
    source.stop();
    waiting.join();
    CHECK(fed.bytes == sent);
    CHECK_FALSE(source.next_observation());  // which would be the rest of this one
  }
  check_at_rest(rings.data());
  check_at_rest(rings.headers());
}

TEST_CASE("a ring that is destroyed ends what is read from it", "[ingest][dada][threads]") {
  RingPair rings{{4, 640, 1}};
  write_header(rings, dada_header(64, 8));
  const auto sent = random_bytes(640, 7);
  RingWriter{rings.data()}.write(sent);
  DadaSource source{address_of(rings)};
  const auto observation = source.next_observation();
  REQUIRE(observation);

  SpectrumRing ring{
      {.channels = 64, .format = {8}, .samples = 100, .huge_pages = false, .lock = false}};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  std::string said;
  std::thread feeding{[&] {
    try {
      source.feed(ring);
    } catch (const std::runtime_error& error) {
      said = error.what();
    }
  }};
  rings.data().wait_for_waiting_reader();
  rings.remove();
  feeding.join();
  CHECK_THAT(said, ContainsSubstring("it was destroyed while it was read"));
  const auto view = reader->read(100);  // returns as the ring is finished
  CHECK(copy_of(view.bytes) == sent);
  CHECK_THROWS_WITH(source.next_observation(), ContainsSubstring("it was destroyed"));
}

TEST_CASE("a back end that is killed and comes again goes on", "[ingest][dada]") {
  RingPair rings{{4, 1000, 1}};
  const auto sent = random_bytes(64 * 150, 8);
  test::ChildProcess first{[&] {
    write_header(rings, dada_header(64, 8));
    RingWriter writer{rings.data()};
    for (std::size_t n = 0; n < 3; ++n) writer.write(std::span{sent}.subspan(n * 1000, 1000));
    ::raise(SIGKILL);
  }};
  REQUIRE(first.wait() == 128 + SIGKILL);
  test::ChildProcess second{
      [&] { RingWriter{rings.data()}.write_transfer(std::span{sent}.subspan(3000)); }};
  DadaSource source{address_of(rings)};
  const auto observation = source.next_observation();
  REQUIRE(observation);
  CHECK(feed_through(source, *observation, 10).bytes == sent);
  CHECK(second.wait() == 0);
}

TEST_CASE("a ring that cannot be read says why", "[ingest][dada]") {
  RingPair rings{{4, 640, 1}};
  auto& data = rings.data();
  const auto fault = [&](auto change, const std::string& says) {
    change();
    CHECK_THROWS_WITH(DadaSource{address_of(rings)}, ContainsSubstring(says));
  };
  SECTION("nobody made it") {
    rings.remove();
    CHECK_THROWS_AS(DadaSource{address_of(rings)}, TryAgain);
    fault([] {}, "found no shared memory of key 0x");
  }
  SECTION("it is being made") {
    data.u64(40) = 0;
    CHECK_THROWS_AS(DadaSource{address_of(rings)}, TryAgain);
    fault([] {}, "found a ring without buffers, expected one that is set up");
  }
  SECTION("on a GPU") {
    fault([&] { data.at<std::int32_t>(520) = 0; }, "found a ring in the memory of GPU 0, expected");
  }
  SECTION("more buffers than keys") {
    fault([&] { data.u64(40) = 5; }, "found 548 bytes for 5 buffers, expected 528 + 5 for each");
  }
  SECTION("more buffers than memory") {
    fault([&] { data.u64(40) = ~std::uint64_t{0}; }, "bytes for 18446744073709551615 buffers");
  }
  SECTION("buffers that are too small") {
    fault([&] { data.u64(48) = 641; }, "found buffer 0 of 640 bytes");
  }
  SECTION("empty buffers") {
    fault([&] { data.u64(48) = 0; }, "found buffers of 0 bytes, expected a PSRDADA ring");
  }
  SECTION("too many readers") {
    fault([&] { data.at<std::uint32_t>(248) = 9; }, "found a ring for 9 readers, expected 1 to 8");
  }
  SECTION("semaphores that are missing") {
    fault([&] { data.at<std::int32_t>(0) = data.key(); }, "found no semaphores of key 0x");
  }
  SECTION("semaphores of something else") {
    fault([&] { data.at<std::int32_t>(4) = data.at<std::int32_t>(0); },
          "found 2 of them, expected 5, as a PSRDADA ring has");
  }
  SECTION("it contradicts itself") {
    write_header(rings, dada_header(64, 8));
    RingWriter{data}.write(random_bytes(64, 9), true);
    data.u64(RingWriter::e_byte) = 641;
    DadaSource source{address_of(rings)};
    const auto observation = source.next_observation();
    REQUIRE(observation);
    CHECK_THROWS_WITH(
        feed_through(source, *observation, 10),
        ContainsSubstring("found bytes 0 to 641 of buffer 0, expected a part of its"));
  }
}

TEST_CASE("an address is a key and options", "[ingest][dada]") {
  CHECK(parse_dada_address("dada:dada").key == 0xdada);
  CHECK(parse_dada_address("dada:0xBABB").key == 0xbabb);
  CHECK(parse_dada_address("dada:dada").name() == "dada:dada");
  const auto address = parse_dada_address("dada:b0ba?tsamp=s&rate=ignore&pols=ignore&signed=yes");
  CHECK(address.key == 0xb0ba);
  CHECK(address.header.tsamp == DadaTimeUnit::seconds);
  CHECK_FALSE(address.header.check_rate);
  CHECK(address.header.ignore_pols);
  CHECK(address.header.is_signed);
  CHECK(parse_dada_address("dada:1?tsamp=us").header.tsamp == DadaTimeUnit::microseconds);

  const auto bad = GENERATE(values<std::tuple<std::string, std::string>>({
      {"", "expected dada:KEYHEX"},
      {"tcp:dada", "expected dada:KEYHEX"},
      {"dada:", "dada:: found '', expected the key of a ring in hexadecimal"},
      {"dada:xyz", "found 'xyz', expected the key"},
      {"dada:dada ", "found 'dada ', expected the key"},
      {"dada:0", "found '0', expected the key"},
      {"dada:-1", "found '-1', expected the key"},
      {"dada:7fffffff", "found '7fffffff', expected the key"},
      {"dada:100000000", "found '100000000', expected the key"},
      {"dada:dada?", "found '', expected tsamp=us"},
      {"dada:dada?tsamp=ms", "found 'tsamp=ms', expected tsamp=us, tsamp=s"},
      {"dada:dada?tsamp=s&", "found '', expected tsamp=us"},
  }));
  CHECK_THROWS_WITH(parse_dada_address(std::get<0>(bad)), ContainsSubstring(std::get<1>(bad)));
}
