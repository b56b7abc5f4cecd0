#include "app/dump_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "app/exit_status.hpp"

namespace draftstream {
namespace {

[[noreturn]] void refuse(const std::string& found, const std::string& expected) {
  throw UsageError(fmt::format("dump: found {}, expected {}", found, expected));
}

}  // namespace

std::uint64_t bytes_in(const RingStretch& stretch, const DumpedBeam& beam) {
  return (stretch.end - stretch.first) * beam.observation->spectrum_bytes();
}

void check_dump_request(const DumpedBeam& beam, const RingStretch& wanted, std::uint64_t used,
                        std::uint64_t most) {
  const std::uint64_t holds = beam.ring->capacity();
  const std::uint64_t published = beam.ring->published();
  const std::uint64_t oldest = published - std::min(published, holds);
  if (wanted.first >= wanted.end) {
    refuse(fmt::format("samples {} to {}", wanted.first, wanted.end), "a beginning before the end");
  }
  // More would keep a stream that waits for it from going on.
  if (const std::uint64_t longest = holds / 4 * 3; wanted.end - wanted.first > longest) {
    refuse(
        fmt::format("{} samples", wanted.end - wanted.first),
        fmt::format("at most {}, three quarters of the ring; dumps.keep_s lengthens it", longest));
  }
  if (wanted.end <= oldest) {
    refuse(fmt::format("samples {} to {}, which are overwritten", wanted.first, wanted.end),
           fmt::format("some from {} on; dumps.keep_s keeps more", oldest));
  }
  if (wanted.end > published + holds) {
    refuse(fmt::format("an end {} samples ahead", wanted.end - published),
           fmt::format("at most {} ahead, as many as the ring holds", holds));
  }
  if (const std::uint64_t bytes = bytes_in(wanted, beam); used + bytes > most) {
    refuse(fmt::format("{} bytes", bytes), fmt::format("at most {}: {} of {} are used up",
                                                       most - std::min(used, most), used, most));
  }
}

}  // namespace draftstream
