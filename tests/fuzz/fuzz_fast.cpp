// Whatever the datagrams of a stream of FAST are, they are taken or refused, and counted.
#include "ingest/packets/counter_stream.hpp"
#include "tests/fuzz/packet_feed.hpp"
#include "tests/ingest/packets/packet_bytes.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace draftstream;
  CounterOptions options;
  options.profile = fast_profile();
  options.frequency = {Megahertz{1000.0}, Megahertz{0.125}, 4096};
  options.clock = {10'000, 1};
  const auto make = [](unsigned kind, unsigned when) {
    test::Bytes bytes;
    const std::uint64_t beam = kind / 2 % 4;
    test::add(bytes, std::uint64_t{2} * when + kind % 2 + (beam << 57U));
    bytes.resize(8 + 4096, static_cast<std::byte>(kind));
    return bytes;
  };
  fuzz::feed(make_counter_stream(options), make, {data, size});
  return 0;
}
