#include "ingest/bit_copy.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using draftstream::copy_bits;

namespace {

unsigned bit(const std::vector<std::byte>& bytes, std::size_t n) {
  return (std::to_integer<unsigned>(bytes[n / 8]) >> (n % 8)) & 1U;
}

}  // namespace

TEST_CASE("any run of bits is copied, and nothing else", "[ingest][bit_copy][property]") {
  std::vector<std::byte> from(16);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::byte>(i * 73 + 41);
  for (std::size_t first = 0; first < 40; ++first) {
    for (std::size_t bits = 0; first + bits <= from.size() * 8; ++bits) {
      std::vector<std::byte> to((bits + 7) / 8, std::byte{0xFF});
      copy_bits(from, first, bits, to);
      bool same = true;
      for (std::size_t n = 0; n < to.size() * 8; ++n) {
        same = same && bit(to, n) == (n < bits ? bit(from, first + n) : 0U);
      }
      CAPTURE(first, bits);
      REQUIRE(same);
    }
  }
}
