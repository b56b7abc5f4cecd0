// URLs of streams: what they say, and what is refused.
#include "ingest/live/stream_url.hpp"

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

TEST_CASE("a stream's URL is taken apart", "[ingest][stream_url]") {
  struct Row {
    const char* text;
    StreamKind kind;
    const char* path;
    const char* host;
    const char* port;
  };
  const auto row = GENERATE(values<Row>({
      {"-", StreamKind::standard, "", "", ""},
      {"file:a.fil", StreamKind::file, "a.fil", "", ""},
      {"file:/a/b:c.fil", StreamKind::file, "/a/b:c.fil", "", ""},
      {"fifo:/run/sky", StreamKind::fifo, "/run/sky", "", ""},
      {"tcp://recorder:9000", StreamKind::tcp, "", "recorder", "9000"},
      {"tcp://[::1]:1", StreamKind::tcp, "", "::1", "1"},
      {"tcp+listen://127.0.0.1:0", StreamKind::tcp_listen, "", "127.0.0.1", "0"},
      {"tcp+listen://*:65535", StreamKind::tcp_listen, "", "", "65535"},
      {"tcp+listen://:9000", StreamKind::tcp_listen, "", "", "9000"},
  }));
  CAPTURE(row.text);
  const StreamUrl url = parse_stream_url(row.text);
  CHECK(url.kind == row.kind);
  CHECK(url.path == row.path);
  CHECK(url.host == row.host);
  CHECK(url.port == row.port);
  CHECK(url.text == row.text);
}

TEST_CASE("what is no URL of a stream is refused with a sentence", "[ingest][stream_url]") {
  struct Row {
    const char* text;
    const char* found;
  };
  const auto row = GENERATE(values<Row>({
      {"", "no such form"},
      {"sky.fil", "no such form"},
      {"udp://1.2.3.4:5", "no such form"},
      {"file:", "no path"},
      {"fifo:", "no path"},
      {"tcp://recorder", "no port"},
      {"tcp://:9000", "no host"},
      {"tcp://recorder:0", "port '0', expected 1 to 65535"},
      {"tcp://recorder:65536", "port '65536'"},
      {"tcp://recorder:90x", "port '90x'"},
      {"tcp://recorder:", "port ''"},
      {"tcp://recorder:-1", "port '-1'"},
      {"tcp://::1:9000", "host '::1', expected an address of IPv6 in brackets"},
      {"tcp+listen://*", "no port"},
  }));
  CAPTURE(row.text);
  CHECK_THROWS_WITH(parse_stream_url(row.text),
                    ContainsSubstring(std::string{"URL '"} + row.text) &&
                        ContainsSubstring(row.found) && ContainsSubstring("expected"));
  CHECK_THROWS_AS(parse_stream_url(row.text), ConfigError);
}
