// Streams of bytes into the ring: all sample depths, any pieces, and all the ways they end.
#include "ingest/live/stream_source.hpp"

#include <algorithm>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "ingest/errors.hpp"
#include "ingest/live/open_live_source.hpp"
#include "tests/ingest/stream_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sigproc_bytes.hpp"
#include "tests/support/stream_peer.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::Bytes;
using test::feed_one;
using test::make_fifo;
using test::Notes;
using test::samples_after;
using test::sigproc_header;
using test::StreamPeer;
using test::take;
using test::Taken;
using test::TemporaryFolder;

namespace {

unsigned bit_of(const Bytes& bytes, std::size_t bit) {
  return std::to_integer<unsigned>(bytes[bit / 8]) >> (bit % 8) & 1U;
}

// What the ring should hold, worked out a bit at a time: one IF as it is, two of 8 bits summed.
Bytes expected(const Bytes& stored, std::size_t channels, std::size_t bits, std::size_t ifs,
               std::size_t samples) {
  Bytes all;
  for (std::size_t t = 0; t < samples; ++t) {
    if (ifs == 2) {
      REQUIRE(bits == 8);
      for (std::size_t c = 0; c < channels; ++c) {
        const unsigned sum = std::to_integer<unsigned>(stored[t * 2 * channels + c]) +
                             std::to_integer<unsigned>(stored[(t * 2 + 1) * channels + c]);
        all.push_back(static_cast<std::byte>(sum % 256));
        all.push_back(static_cast<std::byte>(sum / 256));
      }
      continue;
    }
    Bytes spectrum((channels * bits + 7) / 8);
    for (std::size_t bit = 0; bit < channels * bits; ++bit) {
      spectrum[bit / 8] |=
          static_cast<std::byte>(bit_of(stored, t * channels * bits + bit) << (bit % 8));
    }
    all.insert(all.end(), spectrum.begin(), spectrum.end());
  }
  return all;
}

}  // namespace

TEST_CASE("whatever the depth and the pieces, the ring holds what was sent",
          "[ingest][stream_source][property]") {
  struct Row {
    std::int32_t channels;
    std::int32_t bits;
    std::int32_t ifs;
  };
  const auto row = GENERATE(values<Row>({{16, 8, 1},
                                         {13, 1, 1},
                                         {12, 1, 1},
                                         {3, 2, 1},
                                         {5, 4, 1},
                                         {9, 16, 1},
                                         {7, 32, 1},
                                         {6, 8, 2}}));
  const auto most = GENERATE(std::size_t{1}, std::size_t{30}, std::size_t{5000});
  CAPTURE(row.channels, row.bits, row.ifs, most);
  const TemporaryFolder folder;
  const std::string path = make_fifo(folder);
  const Bytes header = sigproc_header({row.channels, row.bits, row.ifs}).end().bytes();
  // 800 spectra of whole bytes: 12 or 50 rings full.
  const auto stored_bits = static_cast<std::size_t>(row.channels * row.bits * row.ifs);
  const Bytes stream =
      sigproc_header({row.channels, row.bits, row.ifs}).end().samples(100 * stored_bits).bytes();

  Notes notes;
  const auto source = open_live_source("fifo:" + path, notes.options());
  std::thread writer{[&] { write_in_pieces(StreamPeer{test::open_fifo(path)}, stream, most, 5); }};
  const Taken taken = take(*source);
  writer.join();
  REQUIRE(taken.observation);
  CHECK(taken.observation->frequency.channels() == static_cast<std::size_t>(row.channels));
  CHECK(taken.observation->stored_bits == row.bits);
  CHECK(taken.observation->stored_pols == row.ifs);
  CHECK_FALSE(taken.observation->samples);
  CHECK(taken.samples == 800);
  CHECK(taken.bytes ==
        expected(samples_after(stream, header), static_cast<std::size_t>(row.channels),
                 static_cast<std::size_t>(row.bits), static_cast<std::size_t>(row.ifs), 800));
  CHECK(notes.warned().empty());
}

TEST_CASE("a spectrum is there as soon as its last byte is", "[ingest][stream_source]") {
  const TemporaryFolder folder;
  const std::string path = make_fifo(folder);
  const auto source = open_live_source("fifo:" + path);
  auto begun = std::async(std::launch::async, [&] { return source->next_beams(); });
  StreamPeer peer{test::open_fifo(path)};
  CHECK(peer.write(sigproc_header().end().samples(64).bytes()));
  const auto observation = begun.get();
  REQUIRE(observation.size() == 1);
  SpectrumRing ring{{64, observation[0].format, 100, false, false}};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  std::thread feed{[&] { feed_one(*source, ring); }};
  const Bytes one(64, std::byte{7});
  for (std::uint64_t sample = 1; sample < 20; ++sample) {
    const auto view = reader->read(1);  // nothing more is on its way
    REQUIRE(view.samples == 1);
    reader->release(sample);
    CHECK(peer.write(std::span{one}.first(13)));
    CHECK(peer.write(std::span{one}.subspan(13)));
  }
  source->stop();
  feed.join();
}

TEST_CASE("a stream that ends inside a spectrum leaves the piece out, and says so",
          "[ingest][stream_source]") {
  const auto setup = GENERATE(test::SigprocSetup{64, 8, 1}, test::SigprocSetup{64, 8, 2});
  const std::size_t stored = static_cast<std::size_t>(64 * setup.ifs);
  const TemporaryFolder folder;
  auto bytes = sigproc_header(setup).key("nsamples", std::int32_t{11}).end();
  test::write_file(folder.file("a.fil"), bytes.samples(10 * stored + 5).bytes());
  Notes notes;
  const auto source = open_live_source("file:" + folder.file("a.fil"), notes.options());
  CHECK(take(*source).samples == 10);
  REQUIRE(notes.warned().size() == 2);
  CHECK_THAT(notes.warned()[0], ContainsSubstring("a.fil: the stream ends inside a spectrum; its "
                                                  "last 5 bytes are left out."));
  CHECK_THAT(notes.warned()[1], ContainsSubstring("nsamples = 11, but 10 spectra came."));
  CHECK(source->next_beams().empty());
}

TEST_CASE("what is no observation is refused with a sentence", "[ingest][stream_source]") {
  struct Row {
    Bytes bytes;
    const char* found;
  };
  const Bytes good = sigproc_header().end().samples(64).bytes();
  const auto text = [](const std::string& words) {
    const auto* bytes = reinterpret_cast<const std::byte*>(words.data());
    return Bytes{bytes, bytes + words.size()};
  };
  const std::vector<Row> rows{
      {{}, "byte 0: found the end of the stream"},
      {text("GET / HTTP/1.1\r\n\r\n"), "byte 0: found 'GET / HTTP/1.1\\x0d\\x0a'"},
      {text("HDR_SIZE 4096\nNCHAN 64\n"), "byte 0: found a DADA header"},
      {text(std::string{"\0\0\0\x0cHEADER_START", 16}), "found a big-endian header"},
      {{good.begin(), good.begin() + 9},
       "byte 9: found the end of the stream, expected 7 more bytes"},
      {{good.begin(), good.end() - 65}, "more bytes of the header"},
      {{good.begin(), good.end() - 1}, "expected at least one spectrum of 64 bytes"},
      {sigproc_header({0}).end().samples(64).bytes(), "nchans = 0"},
  };
  const TemporaryFolder folder;
  for (const Row& row : rows) {
    CAPTURE(row.found);
    test::write_file(folder.file("a.fil"), row.bytes);
    const auto source = open_live_source("file:" + folder.file("a.fil"));
    CHECK_THROWS_WITH(source->next_beams(),
                      ContainsSubstring(row.found) && ContainsSubstring(folder.file("a.fil")));
  }
  // A header that never ends is not read for ever.
  auto endless = sigproc_header();
  while (endless.bytes().size() < (std::size_t{3} << 20)) endless.string("filename", "a");
  test::write_file(folder.file("a.fil"), endless.bytes());
  CHECK_THROWS_WITH(open_live_source("file:" + folder.file("a.fil"))->next_beams(),
                    ContainsSubstring("a header that goes on"));
}

TEST_CASE("no prefix of a stream is anything but refused or read", "[ingest][stream_source]") {
  const TemporaryFolder folder;
  const Bytes header = sigproc_header({4}).end().bytes();
  const Bytes whole = sigproc_header({4}).end().samples(12).bytes();
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    test::write_file(folder.file("a.fil"),
                     {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
    const auto source = open_live_source("file:" + folder.file("a.fil"));
    if (length < header.size() + 4) {
      CHECK_THROWS_AS(source->next_beams(), InputError);
    } else {
      CHECK(take(*source).samples == (length - header.size()) / 4);
    }
  }
}

TEST_CASE("each writer of a FIFO is an observation, and garbage costs none",
          "[ingest][stream_source]") {
  const TemporaryFolder folder;
  const std::string path = make_fifo(folder);
  Notes notes;
  const auto source = open_live_source("fifo:" + path, notes.options());
  const auto write = [&path](const Bytes& bytes) {
    return StreamPeer{test::open_fifo(path)}.write(bytes);
  };
  auto taken = std::async(std::launch::async, [&] { return take(*source); });
  CHECK(write(sigproc_header().end().samples(640).bytes()));
  CHECK(taken.get().samples == 10);

  taken = std::async(std::launch::async, [&] { return take(*source); });
  CHECK(notes.told(1) == "waiting for a writer of " + path);
  CHECK(write(Bytes(200'000, std::byte{'x'})));  // more than the pipe holds
  CHECK(notes.told(2) == "waiting for a writer of " + path);
  REQUIRE(notes.warned().size() == 1);
  CHECK_THAT(notes.warned()[0], ContainsSubstring(path + ": byte 0: found 'xxx"));
  CHECK(write(sigproc_header({4}).end().samples(80).bytes()));
  const Taken second = taken.get();
  REQUIRE(second.observation);
  CHECK(second.observation->frequency.channels() == 4);
  CHECK(second.samples == 20);
  auto third = std::async(std::launch::async, [&] { return source->next_beams(); });
  source->stop();
  CHECK(third.get().empty());
}

TEST_CASE("what is not there, or is something else, is missing", "[ingest][stream_source]") {
  const TemporaryFolder folder;
  test::write_file(folder.file("a.fil"), {});
  CHECK_THROWS_AS(open_live_source("file:" + folder.file("none")), MissingInput);
  CHECK_THROWS_AS(open_live_source("file:" + folder.path()), MissingInput);
  CHECK_THROWS_AS(open_live_source("fifo:" + folder.file("none")), MissingInput);
  CHECK_THROWS_WITH(open_live_source("fifo:" + folder.file("a.fil")),
                    ContainsSubstring("expected a FIFO"));
}

TEST_CASE("stop ends every wait", "[ingest][stream_source]") {
  const TemporaryFolder folder;
  const std::string path = make_fifo(folder);
  Notes notes;
  SECTION("for a writer of a FIFO") {
    const auto source = open_live_source("fifo:" + path);
    auto next = std::async(std::launch::async, [&] { return source->next_beams(); });
    source->stop();
    CHECK(next.get().empty());
  }
  SECTION("for a connection") {
    const auto source = open_live_source("tcp+listen://127.0.0.1:0", notes.options());
    auto next = std::async(std::launch::async, [&] { return source->next_beams(); });
    source->stop();
    CHECK(next.get().empty());
  }
  SECTION("for the rest of a header") {
    const auto source = open_live_source("fifo:" + path);
    auto next = std::async(std::launch::async, [&] { return source->next_beams(); });
    const StreamPeer peer{test::open_fifo(path)};
    CHECK(peer.write(sigproc_header().bytes()));
    source->stop();
    CHECK(next.get().empty());
  }
  SECTION("for samples; those that came are there") {
    const auto source = open_live_source("fifo:" + path);
    auto next = std::async(std::launch::async, [&] { return source->next_beams(); });
    const StreamPeer peer{test::open_fifo(path)};
    CHECK(peer.write(sigproc_header().end().samples(64).bytes()));
    const auto observation = next.get();
    REQUIRE(observation.size() == 1);
    SpectrumRing ring{{64, observation[0].format, 100, false, false}};
    const auto reader = ring.attach(ReaderKind::guaranteed);
    std::thread feed{[&] { feed_one(*source, ring); }};
    CHECK(reader->read(1).samples == 1);
    source->stop();
    CHECK(reader->read(50).samples == 1);  // finished, not stopped
    feed.join();
  }
}
