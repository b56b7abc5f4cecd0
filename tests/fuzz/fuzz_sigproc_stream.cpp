// Whatever the bytes of a stream are, it is an observation, or it is refused with InputError.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include "ingest/errors.hpp"
#include "ingest/live/stream_source.hpp"
#include "ingest/spectrum_ring.hpp"

namespace {

using namespace draftstream;

// Random bytes would rarely get past the first key, so most inputs are given its beginning.
constexpr char beginning[] = "\x0c\0\0\0HEADER_START";

constexpr std::size_t widest = 4096;  // bytes of a spectrum: a ring of more is slow to make

void write_all(int file, std::string_view bytes) {
  if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(), "memfd");
  }
}

void read_stream(int file) {
  try {
    const auto source =
        make_stream_source(parse_stream_url("file:/proc/self/fd/" + std::to_string(file)), {});
    const auto observation = source->next_observation();
    if (!observation) return;
    const bool sound = observation->frequency.channels() > 0 &&
                       observation->time.sample_time.value() > 0.0 &&
                       observation->spectrum_bytes() > 0;
    if (!sound) std::abort();
    if (observation->spectrum_bytes() > widest) return;
    SpectrumRing ring{{.channels = observation->frequency.channels(),
                       .format = observation->format,
                       .samples = 64,
                       .huge_pages = false,
                       .lock = false}};
    source->feed(ring);
    if (source->next_observation()) std::abort();  // a file is one
  } catch (const InputError&) {                    // refused, as it should be
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = ::memfd_create("stream", MFD_CLOEXEC);
  if (file < 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const bool is_whole = bytes.starts_with(std::string_view{beginning, 4});
  if (!is_whole) write_all(file, {beginning, sizeof beginning - 1});
  write_all(file, bytes);
  read_stream(file);
  ::close(file);
  return 0;
}
