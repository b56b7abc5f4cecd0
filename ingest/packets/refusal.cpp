#include "ingest/packets/refusal.hpp"

#include <array>

#include <fmt/format.h>

namespace draftstream {
namespace {

struct Words {
  std::string_view name;
  std::string_view found;     // with a place for the number
  std::string_view expected;  // the same
};

constexpr std::array<Words, packet_faults> all_words{{
    {"too_short", "a datagram of {} bytes", "at least {}"},
    {"too_long", "a datagram of {} bytes", "at most {}"},
    {"wrong_length", "{} bytes", "{}, as the header says"},
    {"wrong_magic", "the value {:#x}", "{:#x}, or it is another protocol"},
    {"wrong_version", "version {:#x}", "{:#x}"},
    {"wrong_size", "a data size of {} bytes", "{}, the product of the counts"},
    {"nothing", "a count of {}", "at least {}"},
    {"wrong_block", "{} spectra in a packet", "a power of two, at most {}"},
    {"off_grid", "a clock of {}", "a multiple of {} ticks from the first"},
    {"outside_band", "channel {}", "a number below {}"},
    {"missing_item", "{} items without one that is needed", "item {:#x}"},
    {"outside_heap", "an end at {}", "at most {}, the length of the heap"},
    {"huge_heap", "a heap of {}", "at most {}"},
    {"changed_heap", "a heap of {} bytes", "{}, as its other packets say"},
    {"wrong_kind", "a field of value {}", "{}, as the profile says"},
    {"too_large", "three time blocks of {} bytes", "at most {}"},
}};

const Words& words(PacketFault fault) {
  return all_words[static_cast<std::size_t>(fault)];
}

}  // namespace

std::string_view name(PacketFault fault) {
  return words(fault).name;
}

std::string sentence(const Refused& refused) {
  const Words& text = words(refused.fault);
  const auto with = [](std::string_view pattern, std::uint64_t number) {
    // What wrapped around is a negative number of the packet's.
    if (number >> 63U != 0 && pattern.find(":#x") == std::string_view::npos) {
      return fmt::format(fmt::runtime(pattern), static_cast<std::int64_t>(number));
    }
    return fmt::format(fmt::runtime(pattern), number);
  };
  return fmt::format("byte {}: found {}, expected {}", refused.byte,
                     with(text.found, refused.found), with(text.expected, refused.expected));
}

}  // namespace draftstream
