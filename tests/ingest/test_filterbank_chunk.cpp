// The chunk: rows where they should be, and nothing accepted that does not fit.
#include <cstddef>
#include <string>
#include <vector>

#include "ingest/filterbank_chunk.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

std::vector<std::byte> counting_bytes(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

}  // namespace

TEST_CASE("rows of a chunk", "[ingest][filterbank_chunk]") {
  const auto bytes = counting_bytes(8);
  const std::vector<Gap> gaps{{1001, 1, Fate::invalid}, {1003, 1, Fate::missing}};
  const std::vector<Hole> holes{{1000, 2, 3, 4}};
  const FilterbankChunk chunk{1000, 4, 11, {1}, bytes, gaps, holes};  // 11 bits: 2 bytes a row
  CHECK(chunk.first() == 1000);
  CHECK(chunk.end() == 1004);
  CHECK(chunk.samples() == 4);
  CHECK(chunk.channels() == 11);
  CHECK(chunk.format() == SampleFormat{1});
  CHECK(chunk.gaps().size() == 2);
  CHECK(chunk.holes().size() == 1);
  for (std::size_t t = 0; t < 4; ++t) {
    REQUIRE(chunk.spectrum(t).size() == 2);
    CHECK(chunk.spectrum(t)[0] == static_cast<std::byte>(2 * t));
  }
}

TEST_CASE("a chunk of the wrong size is refused", "[ingest][filterbank_chunk]") {
  const auto bytes = counting_bytes(7);
  CHECK_THROWS_WITH((FilterbankChunk{0, 4, 11, {1}, bytes, {}}),
                    ContainsSubstring("shape [4, 11] needs 8 bytes, got 7"));
}

TEST_CASE("gaps of a chunk are in order, disjoint and inside", "[ingest][filterbank_chunk]") {
  struct Row {
    std::string what;
    std::vector<Gap> gaps;
    bool fits;
  };
  const auto row = GENERATE(values<Row>({
      {"none", {}, true},
      {"all of it", {{1000, 8}}, true},
      {"both ends", {{1000, 1}, {1007, 1}}, true},
      {"touching", {{1000, 2, Fate::late}, {1002, 6, Fate::missing}}, true},
      {"empty", {{1000, 0}}, false},
      {"before", {{999, 2}}, false},
      {"beyond", {{1007, 2}}, false},
      {"behind", {{1008, 1}}, false},
      {"overlapping", {{1000, 3}, {1002, 1}}, false},
      {"out of order", {{1004, 1}, {1002, 1}}, false},
      {"so long that its end wraps", {{1004, ~std::uint64_t{0}}}, false},
  }));
  INFO(row.what);
  const auto bytes = counting_bytes(8);
  const auto make = [&] { return FilterbankChunk{1000, 8, 1, {8}, bytes, row.gaps}; };
  if (row.fits) {
    CHECK_NOTHROW(make());
  } else {
    CHECK_THROWS_WITH(make(), ContainsSubstring("expected it inside ["));
  }
}

TEST_CASE("holes of a chunk are in order, and inside", "[ingest][filterbank_chunk]") {
  struct Row {
    std::string what;
    std::vector<Hole> holes;
    bool fits;
  };
  const auto row = GENERATE(values<Row>({
      {"none", {}, true},
      {"all of it", {{1000, 8, 0, 3}}, true},
      {"corners", {{1000, 1, 0, 1}, {1000, 1, 2, 1}, {1007, 1, 0, 1}, {1007, 1, 2, 1}}, true},
      {"side by side for a while", {{1000, 5, 0, 1}, {1003, 5, 1, 2}}, true},
      {"of no time", {{1000, 0, 0, 1}}, false},
      {"of no channel", {{1000, 1, 0, 0}}, false},
      {"before", {{999, 2, 0, 1}}, false},
      {"beyond", {{1007, 2, 0, 1}}, false},
      {"behind", {{1008, 1, 0, 1}}, false},
      {"above the band", {{1000, 1, 2, 2}}, false},
      {"outside the band", {{1000, 1, 3, 1}}, false},
      {"out of order", {{1004, 1, 0, 1}, {1002, 1, 0, 1}}, false},
      {"so long that its end wraps", {{1004, ~std::uint64_t{0}, 0, 1}}, false},
      {"so wide that its end wraps", {{1004, 1, 1, ~std::size_t{0}}}, false},
  }));
  INFO(row.what);
  const auto bytes = counting_bytes(24);
  const auto make = [&] { return FilterbankChunk{1000, 8, 3, {8}, bytes, {}, row.holes}; };
  if (row.fits) {
    CHECK_NOTHROW(make());
  } else {
    CHECK_THROWS_WITH(make(), ContainsSubstring("expected it inside ["));
  }
}

}  // namespace draftstream
