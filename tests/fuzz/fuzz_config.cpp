// Any text as a configuration: it is read or refused, and what was read can be written and read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/config.hpp"
#include "ingest/errors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace draftstream;
  Settings settings;
  try {
    read_config({reinterpret_cast<const char*>(data), size}, "fuzz.yaml", settings);
  } catch (const ConfigError&) {
    return 0;
  }
  const auto dump = dump_config(settings);
  Settings again;
  read_config(dump, "dump", again);
  if (dump_config(again) != dump) std::abort();
  return 0;
}
