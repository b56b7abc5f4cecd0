// Whatever the datagrams of a SPEAD stream are, they are taken or refused, and counted.
#include "ingest/packets/spead_stream.hpp"
#include "tests/fuzz/packet_feed.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace draftstream;
  SpeadOptions options;
  options.heap_samples = 4;
  options.heap_channels = 8;
  options.frequency = {Megahertz{1500.0}, Megahertz{-1.0}, 16};
  options.clock = {10'000, 1};
  options.partial_heaps = 3;
  const auto make = [](unsigned kind, unsigned when) {
    const test::Bytes heap(32, static_cast<std::byte>(kind));
    const std::size_t offset = kind / 2 % 4 * 8;
    return test::spead_piece(when * 2 + kind % 2, heap, offset, kind / 8 % 2 == 0 ? 8 : 32 - offset,
                             {{true, 0x1600, when * 4},
                              {true, 0x4103, kind % 2 * 8},
                              {kind / 16 % 8 == 7, 0x5556, kind / 16 % 8 == 6 ? 1U : 0U}});
  };
  fuzz::feed(make_spead_stream(options), make, {data, size});
  return 0;
}
