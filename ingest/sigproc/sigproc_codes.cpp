#include "ingest/sigproc/sigproc_codes.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <span>

namespace draftstream {
namespace {

struct Code {
  int number;
  std::string_view name;
};

constexpr Code telescopes[] = {
    {0, "Fake"}, {1, "Arecibo"}, {2, "Ooty"},       {3, "Nancay"},   {4, "Parkes"}, {5, "Jodrell"},
    {6, "GBT"},  {7, "GMRT"},    {8, "Effelsberg"}, {9, "ATA"},      {10, "SRT"},   {11, "LOFAR"},
    {12, "VLA"}, {20, "CHIME"},  {21, "FAST"},      {64, "MeerKAT"}, {65, "KAT-7"},
};

constexpr Code backends[] = {
    {1, "PSPM"}, {2, "WAPP"},  {3, "AOFTM"},  {4, "BPP"},
    {5, "OOTY"}, {6, "SCAMP"}, {7, "GMRTFB"}, {8, "PULSAR2000"},
};

std::string name_of(std::span<const Code> codes, int number) {
  for (const Code& code : codes) {
    if (code.number == number) return std::string{code.name};
  }
  return "";
}

std::optional<int> number_of(std::span<const Code> codes, std::string_view name) {
  const auto same_letter = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  for (const Code& code : codes) {
    if (std::ranges::equal(code.name, name, same_letter)) return code.number;
  }
  return std::nullopt;
}

}  // namespace

std::string telescope_name(int telescope_id) {
  return name_of(telescopes, telescope_id);
}

std::optional<int> telescope_number(std::string_view name) {
  return number_of(telescopes, name);
}

std::string backend_name(int machine_id) {
  return name_of(backends, machine_id);
}

std::optional<int> backend_number(std::string_view name) {
  return number_of(backends, name);
}

std::optional<double> unpack_sexagesimal(double packed) {
  const double magnitude = std::abs(packed);
  if (!(magnitude < 1.0e7)) return std::nullopt;  // also refuses NaN
  const double whole = std::floor(magnitude / 1.0e4);
  const double minutes = std::floor((magnitude - whole * 1.0e4) / 100.0);
  const double seconds = magnitude - whole * 1.0e4 - minutes * 100.0;
  if (minutes >= 60.0 || seconds > 60.0) return std::nullopt;  // 60.0: written rounded up
  return std::copysign(whole + minutes / 60.0 + seconds / 3600.0, packed);
}

double pack_sexagesimal(double value) {
  // Rounded as a whole, so that no 59.9999999 seconds become 60 without carrying.
  constexpr std::int64_t second = 1'000'000;
  const std::int64_t all = std::llround(std::abs(value) * 3600.0 * static_cast<double>(second));
  const std::int64_t minutes = all / (60 * second);
  const std::int64_t whole = minutes / 60 * 10'000 + minutes % 60 * 100;
  const std::int64_t rest = all % (60 * second);
  const double packed =
      static_cast<double>(whole) + static_cast<double>(rest) / static_cast<double>(second);
  return std::copysign(packed, value);
}

}  // namespace draftstream
