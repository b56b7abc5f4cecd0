// Whatever the datagrams of a stream with a counter are, they are taken or refused, and counted.
#include "ingest/packets/counter_stream.hpp"
#include "tests/fuzz/packet_feed.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace draftstream;
  CounterOptions options;
  CounterProfile& profile = options.profile;
  profile.header_bytes = 12;
  profile.counter = {4, 4, true};
  profile.group = HeaderField{0, 2};
  profile.beam = HeaderField{8, 1, false, 1, 5};
  profile.checks = {{HeaderField{3, 1}, 77}};
  profile.groups = 3;
  profile.packet_channels = 5;
  profile.packet_samples = 4;
  profile.counter_step = 2;
  options.frequency = {Megahertz{1500.0}, Megahertz{-1.0}, 15};
  options.clock = {5'000, 1};
  const auto make = [](unsigned kind, unsigned when) {
    test::Bytes bytes;
    test::add(bytes, static_cast<std::uint16_t>(kind % 3));
    test::add(bytes, static_cast<std::uint16_t>(77 << 8));
    test::add_big(bytes, when * 2ULL, 4);
    test::add(bytes, static_cast<std::uint32_t>(kind / 4 % 2 << 1));
    bytes.resize(12 + 4 * 5, static_cast<std::byte>(kind));
    return bytes;
  };
  fuzz::feed(make_counter_stream(options), make, {data, size});
  return 0;
}
