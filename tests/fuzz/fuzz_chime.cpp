// Whatever the datagrams of a CHIME/FRB stream are, they are taken or refused, and counted.
#include "ingest/packets/chime_stream.hpp"
#include "tests/fuzz/packet_feed.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace draftstream;
  ChimeOptions options;
  options.coarse_channels = 8;
  options.frame0_ns = 1'700'000'000'000'000'000;
  const auto make = [](unsigned kind, unsigned when) {
    test::ChimeBytes made;
    const bool is_other = kind % 64 == 61;  // of the version that this stream is not of
    made.version = is_other ? 3 - CHIME_VERSION : CHIME_VERSION;
    made.fpga0_ns = kind / 2 % 4 == 3 ? 5 : 1'700'000'000'000'000'000;
    made.coarse = {static_cast<std::uint16_t>(kind / 8 % 8)};
    made.up = 3;
    made.fpga_count = 384ULL * 4 * when;
    return made.bytes();
  };
  fuzz::feed(make_chime_stream(options), make, {data, size});
  return 0;
}
