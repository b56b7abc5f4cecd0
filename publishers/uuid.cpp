#include "publishers/uuid.hpp"

#include <array>
#include <cctype>
#include <cstdint>
#include <random>

#include <fmt/format.h>

namespace draftstream {

std::string make_uuid() {
  std::random_device entropy;  // getrandom(2): good enough for names that must not collide
  std::array<std::uint32_t, 4> words{};
  for (auto& word : words) word = entropy();
  words[1] = (words[1] & 0xffff0fffU) | 0x00004000U;  // version 4
  words[2] = (words[2] & 0x3fffffffU) | 0x80000000U;  // variant of RFC 4122
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", words[0], words[1] >> 16U,
                     words[1] & 0xffffU, words[2] >> 16U, words[2] & 0xffffU, words[3]);
}

bool is_uuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const auto character = static_cast<unsigned char>(text[i]);
    if (dash ? text[i] != '-' : std::isxdigit(character) == 0) return false;
  }
  return true;
}

}  // namespace draftstream
