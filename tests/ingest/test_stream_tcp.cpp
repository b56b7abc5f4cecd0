// Streams over TCP: peers that come, go and vanish.
#include <future>
#include <string>
#include <thread>

#include "ingest/errors.hpp"
#include "ingest/live/open_live_source.hpp"
#include "tests/ingest/stream_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sigproc_bytes.hpp"
#include "tests/support/stream_peer.hpp"

using namespace draftstream;
using test::Bytes;
using test::Notes;
using test::samples_after;
using test::sigproc_header;
using test::StreamPeer;
using test::take;

TEST_CASE("each connection is an observation, whatever became of the others",
          "[ingest][stream_source]") {
  Notes notes;
  const auto source = open_live_source("tcp+listen://127.0.0.1:0", notes.options());
  const std::string address = notes.told().substr(std::string{"listening on "}.size());
  const Bytes stream = sigproc_header().end().samples(6400).bytes();

  auto taken = std::async(std::launch::async, [&] { return take(*source); });
  {
    const StreamPeer scanner{test::connect_to(address)};  // says nothing
  }
  const StreamPeer stranger{test::connect_to(address)};
  CHECK(stranger.write(std::as_bytes(std::span{"GET / HTTP/1.1\r\n\r\n"})));
  StreamPeer first{test::connect_to(address)};
  test::write_in_pieces(first, stream, 700, 3);
  first.leave();
  CHECK(taken.get().samples == 100);
  REQUIRE(notes.warned().size() == 2);
  CHECK_THAT(notes.warned()[0],
             ContainsSubstring("127.0.0.1:") && ContainsSubstring("found the end of the stream"));
  CHECK_THAT(notes.warned()[1], ContainsSubstring("found 'GET / HTTP/1.1"));

  taken = std::async(std::launch::async, [&] { return take(*source); });
  StreamPeer second{test::connect_to(address)};
  CHECK(second.write(stream));
  second.leave();
  CHECK(taken.get().bytes == samples_after(stream, sigproc_header().end().bytes()));
}

TEST_CASE("a peer that vanishes ends its observation", "[ingest][stream_source]") {
  Notes notes;
  const auto source = open_live_source("tcp+listen://127.0.0.1:0", notes.options());
  auto begun = std::async(std::launch::async, [&] { return source->next_observation(); });
  StreamPeer peer{test::connect_to(notes.told())};
  CHECK(peer.write(sigproc_header().end().samples(64 * 3).bytes()));
  const auto observation = begun.get();
  REQUIRE(observation);
  SpectrumRing ring{{64, observation->format, 100, false, false}};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  std::thread feed{[&] { source->feed(ring); }};
  CHECK(reader->read(3).samples == 3);
  peer.vanish();
  CHECK(reader->read(100).samples == 3);  // and the end
  feed.join();
  REQUIRE(notes.warned().size() == 1);
  CHECK_THAT(notes.warned()[0], ContainsSubstring("the stream broke off after 3 spectra: "));
}

TEST_CASE("a peer that is not there yet is not waited for", "[ingest][stream_source]") {
  const auto source = open_live_source("tcp://127.0.0.1:" + std::to_string(test::unused_port()));
  CHECK_THROWS_AS(source->next_observation(), TryAgain);
}
