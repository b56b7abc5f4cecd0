// Whatever the text is, the DADA header parser reads it or refuses it with InputError.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingest/errors.hpp"
#include "ingest/live/dada_header.hpp"

namespace {

// Random text would rarely have all keys that are needed, so most inputs are given them. What the
// input says comes first, and then contradicts or replaces them.
constexpr std::string_view needed[] = {"NCHAN 64\n", "NBIT 8\n", "TSAMP 64\n", "FREQ 1400\n",
                                       "BW -256\n"};

void parse(std::string_view text, const draftstream::DadaHeaderOptions& options) {
  try {
    const auto header = draftstream::parse_dada_header(text, options);
    const auto& observation = header.observation;
    const bool sound = observation.frequency.channels() > 0 &&
                       observation.frequency.lowest().value() > 0.0 &&
                       observation.time.sample_time.value() > 0.0 &&
                       observation.spectrum_bytes() > 0 && header.header_bytes > 0;
    if (!sound) std::abort();
    (void)draftstream::format_iso8601(observation.time.start);
  } catch (const draftstream::InputError&) {  // refused, as it should be
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  draftstream::DadaHeaderOptions options;
  options.tsamp = static_cast<draftstream::DadaTimeUnit>(data[0] % 3);
  options.check_rate = (data[0] & 4) != 0;
  options.ignore_pols = (data[0] & 8) != 0;
  parse(text, options);
  std::string whole{text};
  whole += '\n';
  for (const auto line : needed) {
    const auto key = line.substr(0, line.find(' ') + 1);
    if (text.find(key) == std::string_view::npos) whole += line;
  }
  parse(whole, options);
  return 0;
}
