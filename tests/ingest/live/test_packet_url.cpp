// URLs of packets: what they say, what they mean for each kind, and what is refused.
#include "ingest/live/packet_url.hpp"

#include <algorithm>
#include <string>

#include "ingest/errors.hpp"
#include "ingest/live/packet_options.hpp"
#include "tests/support/catch.hpp"

using namespace draftstream;

namespace {

const std::string spead_needs =
    "channels=256&clock_hz=1712000000&fch1_mhz=1500.5&foff_mhz=-1&sync_ns=7&ticks_per_sample=4096";

}  // namespace

TEST_CASE("a packet URL is taken apart", "[ingest][packet_url]") {
  struct Row {
    const char* text;
    PacketKind kind;
    const char* interface;
    const char* host;
    const char* port;
  };
  const auto row = GENERATE(values<Row>({
      {"udp+chime://127.0.0.1:6677", PacketKind::chime, "", "127.0.0.1", "6677"},
      {"udp+spead://eth1@239.2.1.150:7147?ttl=2", PacketKind::spead, "eth1", "239.2.1.150", "7147"},
      {"udp+fast://10.0.0.5@239.1.1.1:12345", PacketKind::fast, "10.0.0.5", "239.1.1.1", "12345"},
      {"udp+pbeam://[::1]:9", PacketKind::pbeam, "", "::1", "9"},
      {"udp+counter://*:0?", PacketKind::counter, "", "", "0"},
  }));
  CAPTURE(row.text);
  CHECK(is_packet_url(row.text));
  const PacketUrl url = parse_packet_url(row.text);
  CHECK(url.kind == row.kind);
  CHECK(url.interface == row.interface);
  CHECK(url.host == row.host);
  CHECK(url.port == row.port);
}

TEST_CASE("values of a packet URL, and those of keys that are set", "[ingest][packet_url]") {
  PacketUrl url = parse_packet_url(
      "udp+spead://1.2.3.4:5?timestamp_id=0x1601&beams=3,0x10,1&as_float=yes&fch1_mhz=1500.25"
      "&clock_hz=15625/4&order=channel_time&source=10.0.0.1");
  CHECK(url.count("timestamp_id", 1, 0x7fff, 0) == 0x1601);
  CHECK(url.count("heap_samples", 1, 9, 4) == 4);
  CHECK(url.counts("beams", 100) == std::vector<std::uint64_t>{3, 16, 1});
  CHECK(url.yes("as_float"));
  CHECK_FALSE(url.yes("sum_two"));
  CHECK(url.number("fch1_mhz", 0, 1e6, 0) == 1500.25);
  CHECK(url.rate("clock_hz", {}) == TickRate{15625, 4});
  CHECK(url.text("source") == "10.0.0.1");
  CHECK_FALSE(url.has("foff_mhz"));
  url.set("foff_mhz", "-0.5");
  url.set("beams", "7");
  CHECK(url.describe() ==
        "udp+spead://1.2.3.4:5?as_float=yes&beams=7&clock_hz=15625/4&fch1_mhz=1500.25&foff_mhz=-0.5"
        "&order=channel_time&source=10.0.0.1&timestamp_id=0x1601");
  CHECK(parse_packet_url(url.describe()).describe() == url.describe());
  for (const PacketKind kind : {PacketKind::chime, PacketKind::counter}) {
    const auto keys = keys_of(kind);
    CHECK(std::is_sorted(keys.begin(), keys.end()));
  }
}

TEST_CASE("what is no packet URL is refused with a sentence", "[ingest][packet_url]") {
  struct Row {
    const char* text;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"udp://1.2.3.4:5", "found no such form, expected udp+chime://"},
      {"udp+chime:1.2.3.4:5", "found no such form"},
      {"udp+guppi://1.2.3.4:5", "found no such kind of packets"},
      {"udp+chime://1.2.3.4", "found no port"},
      {"udp+chime://:5", "found no address"},
      {"udp+chime://@1.2.3.4:5", "found no interface before '@'"},
      {"udp+chime://1.2.3.4:70000", "found port '70000', expected 0 to 65535"},
      {"udp+chime://::1:5", "found address '::1', expected an address of IPv6 in brackets"},
      {"udp+chime://1.2.3.4:5?top_mhx=800", "found key 'top_mhx'"},
      {"udp+chime://1.2.3.4:5?top_mhx=800", "the nearest one is top_mhz"},
      {"udp+chime://1.2.3.4:5?heap_samples=8", "found key 'heap_samples'"},
      {"udp+chime://1.2.3.4:5?top_mhz", "found top_mhz without a value"},
      {"udp+chime://1.2.3.4:5?top_mhz=", "found top_mhz without a value"},
      {"udp+chime://1.2.3.4:5?ttl=1&ttl=2", "found ttl twice"},
      {"udp+chime://1.2.3.4:5?&ttl=2", "found key ''"},
  }));
  CAPTURE(row.text);
  CHECK_THROWS_WITH(
      parse_packet_url(row.text),
      ContainsSubstring(std::string{"URL '"} + row.text) && ContainsSubstring(row.message));
  CHECK_THROWS_AS(parse_packet_url(row.text), ConfigError);
}

TEST_CASE("options mean what the formats take", "[ingest][packet_url]") {
  const auto chime = read_chime_options(parse_packet_url(
      "udp+chime://*:6677?beams=1001,7&coarse_channels=64&top_mhz=900&bottom_mhz=700.5"
      "&up_ascending=yes&clock_hz=1000&frame0_ns=1700000000123456789&format=u8"));
  CHECK(chime.beams == std::vector<std::uint16_t>{1001, 7});
  CHECK(chime.coarse_channels == 64);
  CHECK(chime.top == Megahertz{900.0});
  CHECK(chime.bottom == Megahertz{700.5});
  CHECK(chime.up_ascending);
  CHECK(chime.clock == TickRate{1000, 1});
  CHECK(chime.frame0_ns == 1'700'000'000'123'456'789U);
  CHECK(chime.format == SampleFormat{});
  CHECK(read_chime_options(parse_packet_url("udp+chime://*:1")).format == float_samples);

  const auto spead = read_spead_options(parse_packet_url(
      "udp+spead://*:1?" + spead_needs +
      "&heap_samples=512&heap_channels=64&channel_step=64&samples=f32be&order=channel_time"
      "&products=2&sum_two=yes&beams=5&data_id=0x1603&partial_heaps=4&as_float=yes"));
  CHECK(spead.frequency == FrequencyAxis{Megahertz{1500.5}, Megahertz{-1.0}, 256});
  CHECK(spead.clock == TickRate{1'712'000'000, 1});
  CHECK(spead.ticks_per_sample == 4096);
  CHECK(spead.sync_ns == 7);
  CHECK(spead.heap_samples == 512);
  CHECK(spead.heap_channels == 64);
  CHECK(spead.channel_step == 64);
  CHECK(spead.samples.kind == SampleKind::f32);
  CHECK(spead.samples.big_endian);
  CHECK(spead.samples.time_fastest);
  CHECK(spead.samples.products == 2);
  CHECK(spead.samples.sum_two);
  CHECK(spead.beams == std::vector<std::uint64_t>{5});
  CHECK(spead.data_id == 0x1603);
  CHECK(spead.partial_heaps == 4);
  CHECK(spead.as_float);

  const std::string band = "clock_hz=15625/4&epoch_ns=9&fch1_mhz=1200&foff_mhz=0.5";
  const auto fast = read_counter_options(parse_packet_url("udp+fast://*:1?" + band));
  CHECK(fast.frequency.channels() == 4096);
  CHECK(fast.clock == TickRate{15625, 4});
  CHECK(fast.epoch_ns == 9);
  const auto pbeam = read_counter_options(
      parse_packet_url("udp+pbeam://*:1?servers=6&packet_channels=109&averaged=24&" + band));
  CHECK(pbeam.frequency.channels() == 654);
  CHECK(pbeam.profile.counter_step == 24);
  const auto counter = read_counter_options(parse_packet_url(
      "udp+counter://*:1?header_bytes=16&counter=8:8:be&beam_field=2:2:le:4:12:1&group_field=1:1"
      "&checks=0:1=170,7:1:le:7:1=1&groups=4&packet_channels=8&packet_samples=32&counter_step=64"
      "&samples=i8&" +
      band));
  const CounterProfile& profile = counter.profile;
  CHECK(profile.header_bytes == 16);
  CHECK(profile.counter.offset == 8);
  CHECK(profile.counter.big_endian);
  REQUIRE(profile.beam);
  CHECK(profile.beam->shift == 4);
  CHECK(profile.beam->bits == 12);
  CHECK(profile.beam->base == 1);
  CHECK(profile.group->offset == 1);
  REQUIRE(profile.checks.size() == 2);
  CHECK(profile.checks[0].value == 170);
  CHECK(profile.checks[1].field.shift == 7);
  CHECK(counter.frequency.channels() == 32);
  CHECK(profile.packet_samples == 32);
  CHECK(profile.counter_step == 64);
  CHECK(profile.samples.kind == SampleKind::i8);
  CHECK_NOTHROW(make_packet_format(parse_packet_url("udp+fast://*:1?" + band)));
  CHECK_NOTHROW(
      make_packet_format(parse_packet_url("udp+spead://*:1?heap_channels=2&" + spead_needs)));
  CHECK_NOTHROW(make_packet_format(parse_packet_url("udp+chime://*:1")));
}

TEST_CASE("values that mean nothing, and keys that are missing", "[ingest][packet_url]") {
  const std::string counter =
      "udp+counter://*:1?clock_hz=1&epoch_ns=0&fch1_mhz=1200&foff_mhz=1&groups=1&packet_channels=2";
  struct Row {
    std::string text;
    std::string message;
  };
  const std::vector<Row> table{
      {"udp+spead://*:1?clock_hz=1&channels=2",
       "found no fch1_mhz, no foff_mhz, no sync_ns, no ticks_per_sample, expected them all"},
      {"udp+pbeam://*:1?clock_hz=1&epoch_ns=2&fch1_mhz=1&foff_mhz=1&averaged=1&servers=1",
       "found no packet_channels, expected it:"},
      {"udp+chime://*:1?top_mhz=300", "found a band from 300 down to 400 MHz"},
      {"udp+chime://*:1?top_mhz=300x", "found top_mhz = '300x', expected a number from 0"},
      {"udp+chime://*:1?beams=1,70000", "found beams = '1,70000', expected whole numbers up to"},
      {"udp+chime://*:1?beams=1,1", "expected each number once"},
      {"udp+chime://*:1?coarse_channels=0", "found coarse_channels = '0', expected a whole number"},
      {"udp+chime://*:1?up_ascending=1", "found up_ascending = '1', expected no, yes"},
      {"udp+chime://*:1?clock_hz=4/0", "found clock_hz = '4/0', expected ticks a second"},
      {"udp+chime://*:1?clock_hz=1.5", "found clock_hz = '1.5'"},
      {"udp+spead://*:1?" + spead_needs + "&heap_channels=100", "found heaps of 100 channels"},
      {"udp+spead://*:1?" + spead_needs + "&samples=u16", "expected u8, i8, f32, f32be"},
      {"udp+spead://*:1?" + spead_needs + "&sum_two=yes", "found sum_two = 'yes', expected no, or"},
      {"udp+fast://*:1?clock_hz=1&epoch_ns=2&fch1_mhz=100&foff_mhz=-1", "found foff_mhz = '-1'"},
      {counter + "&counter=0:9&header_bytes=16", "found counter = '0:9', expected OFFSET:BYTES"},
      {counter + "&counter=9:8&header_bytes=16", "inside the header"},
      {counter + "&counter=0:8:xe&header_bytes=16", "found counter = '0:8:xe'"},
      {counter + "&counter=0:8&header_bytes=16&checks=8:1",
       "found checks = '8:1', expected FIELD="},
  };
  for (const Row& row : table) {
    CAPTURE(row.text);
    CHECK_THROWS_WITH(make_packet_format(parse_packet_url(row.text)),
                      ContainsSubstring(row.message));
    CHECK_THROWS_AS(make_packet_format(parse_packet_url(row.text)), ConfigError);
  }
}
