// Any text is a channel mask or is refused as one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/channel_mask.hpp"
#include "ingest/errors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace draftstream;
  static const FrequencyAxis frequency{Megahertz{1500.0}, Megahertz{-1.0}, 300};
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try {
    if (parse_channel_mask(text, frequency).size() != frequency.channels()) std::abort();
  } catch (const InputError& error) {
    if (std::string_view{error.what()}.substr(0, 5) != "line ") std::abort();
  }
  return 0;
}
