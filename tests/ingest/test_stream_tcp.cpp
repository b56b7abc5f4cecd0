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
using test::feed_one;
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
  auto begun = std::async(std::launch::async, [&] { return source->next_beams(); });
  StreamPeer peer{test::connect_to(notes.told())};
  CHECK(peer.write(sigproc_header().end().samples(64 * 3).bytes()));
  const auto observation = begun.get();
  REQUIRE(observation.size() == 1);
  SpectrumRing ring{{64, observation[0].format, 100, false, false}};
  const auto reader = ring.attach(ReaderKind::guaranteed);
  std::thread feed{[&] { feed_one(*source, ring); }};
  CHECK(reader->read(3).samples == 3);
  peer.vanish();
  CHECK(reader->read(100).samples == 3);  // and the end
  feed.join();
  REQUIRE(notes.warned().size() == 1);
  CHECK_THAT(notes.warned()[0], ContainsSubstring("the stream broke off after 3 spectra: "));
}

TEST_CASE("a peer that is not there yet is not waited for", "[ingest][stream_source]") {
  const auto source = open_live_source("tcp://127.0.0.1:" + std::to_string(test::unused_port()));
  CHECK_THROWS_AS(source->next_beams(), TryAgain);
}

namespace {

// A socket of this machine, bound to a free port.
int bound_socket(int type) {
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
  return socket;
}

}  // namespace

TEST_CASE("a socket that listens already is taken over, with who has come to it",
          "[ingest][stream_source]") {
  const int socket = bound_socket(SOCK_STREAM);
  REQUIRE(::listen(socket, 8) == 0);
  sockaddr_in own{};
  socklen_t length = sizeof own;
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &length) == 0);
  const Bytes stream = sigproc_header().end().samples(6400).bytes();
  StreamPeer early{test::connect_to(":" + std::to_string(ntohs(own.sin_port)))};
  CHECK(early.write(stream));
  early.leave();

  Notes notes;
  LiveOptions options = notes.options();
  options.socket = socket;
  const auto source = open_live_source("tcp+listen://127.0.0.1:1", options);
  CHECK_THAT(notes.told(), ContainsSubstring(std::to_string(ntohs(own.sin_port))));
  CHECK(take(*source).samples == 100);
}

TEST_CASE("a socket that does not listen, or is of no use, is refused", "[ingest][stream_source]") {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    LiveOptions options;
    options.socket = bound_socket(type);
    CHECK_THROWS_WITH(open_live_source("tcp+listen://127.0.0.1:1", options),
                      ContainsSubstring("is no listening one of TCP"));
  }
  for (const char* url : {"-", "tcp://127.0.0.1:1", "dada:dada"}) {
    LiveOptions options;
    options.socket = 0;
    CHECK_THROWS_WITH(open_live_source(url, options),
                      ContainsSubstring("this stream listens at no socket"));
  }
}
