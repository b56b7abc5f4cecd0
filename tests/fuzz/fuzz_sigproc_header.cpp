// Whatever the bytes are, the SIGPROC header parser reads them or refuses them with InputError.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "ingest/errors.hpp"
#include "ingest/sigproc/sigproc_header.hpp"

namespace {

// Random bytes would rarely get past the first key, so most inputs are given its beginning.
constexpr char beginning[] = "\x0c\0\0\0HEADER_START";

void parse(std::span<const std::byte> bytes) {
  try {
    const auto header = draftstream::parse_sigproc_header(bytes);
    const bool sound = header.frequency.channels() > 0 && header.frequency.lowest().value() > 0.0 &&
                       header.time.sample_time.value() > 0.0 && header.data_byte <= bytes.size();
    if (!sound) std::abort();
  } catch (const draftstream::InputError&) {  // refused, as it should be
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  parse(bytes);
  const auto start = std::as_bytes(std::span{beginning, sizeof beginning - 1});
  std::vector<std::byte> whole(start.begin(), start.end());
  whole.insert(whole.end(), bytes.begin(), bytes.end());
  parse(whole);
  return 0;
}
