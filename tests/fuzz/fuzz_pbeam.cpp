// Whatever the datagrams of a stream of LWA are, they are taken or refused, and counted.
#include "ingest/packets/counter_stream.hpp"
#include "tests/fuzz/packet_feed.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace draftstream;
  CounterOptions options;
  options.profile = pbeam_profile(2, 3, 5);
  options.frequency = {Megahertz{40.0}, Megahertz{0.025}, 6};
  options.clock = {10'000, 1};
  const auto make = [](unsigned kind, unsigned when) {
    test::Bytes bytes;
    test::add_big(bytes, 1 + kind % 2, 1);      // server
    test::add_big(bytes, 1 + kind / 2 % 2, 1);  // beam
    test::add_big(bytes, 0x00'03'01'02, 4);     // gbe, nchan, nbeam, nserver
    test::add_big(bytes, 5, 2);                 // navg
    test::add_big(bytes, 0, 2);                 // chan0
    test::add_big(bytes, when * 5ULL, 8);
    bytes.resize(18 + 3 * 4 * 4);
    return bytes;
  };
  fuzz::feed(make_counter_stream(options), make, {data, size});
  return 0;
}
