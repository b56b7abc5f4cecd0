// Stored bytes and the values they stand for, packed by hand.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "ingest/samples.hpp"
#include "tests/support/catch.hpp"

namespace draftstream {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
  std::vector<std::byte> out;
  for (const unsigned value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

struct Row {
  std::string what;
  SampleFormat format;
  std::vector<std::byte> stored;
  std::vector<float> samples;
};

}  // namespace

TEST_CASE("bytes packed by hand", "[ingest][samples]") {
  const auto row = GENERATE(values<Row>({
      {"1 bit: lowest bit first", {1}, bytes({0b0000'1101}), {1, 0, 1, 1, 0, 0, 0, 0}},
      {"1 bit: second byte", {1}, bytes({0, 0b1}), {0, 0, 0, 0, 0, 0, 0, 0, 1}},
      {"1 bit: 3 channels", {1}, bytes({0b110}), {0, 1, 1}},
      {"2 bits: lowest bits first", {2}, bytes({0b11'10'01'00}), {0, 1, 2, 3}},
      {"2 bits: 5 channels", {2}, bytes({0b00'01'10'11, 0b10}), {3, 2, 1, 0, 2}},
      {"4 bits: low nibble first", {4}, bytes({0xA3}), {3, 10}},
      {"4 bits: 3 channels", {4}, bytes({0xF0, 0x07}), {0, 15, 7}},
      {"8 bits", {8}, bytes({0, 1, 127, 128, 255}), {0, 1, 127, 128, 255}},
      {"8 bits, signed", {8, true}, bytes({0, 1, 127, 128, 255}), {0, 1, 127, -128, -1}},
      {"16 bits: low byte first", {16}, bytes({0x34, 0x12, 0xFF, 0xFF}), {0x1234, 65535}},
      {"16 bits, signed", {16, true}, bytes({0x00, 0x80, 0xFE, 0xFF}), {-32768, -2}},
      {"float", float_samples, bytes({0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0}), {1.0F, -2.5F}},
      {"no channels", {8}, {}, {}},
      {"no channels, float", float_samples, {}, {}},
  }));
  INFO(row.what);
  std::vector<float> samples(row.samples.size(), -99.0F);
  unpack_spectrum(row.stored, row.format, samples);
  CHECK(samples == row.samples);

  std::vector<std::byte> stored(row.stored.size(), std::byte{0xEE});
  pack_spectrum(row.samples, row.format, stored);
  CHECK(stored == row.stored);
}

TEST_CASE("padding bits are ignored when read", "[ingest][samples]") {
  std::vector<float> samples(3);
  unpack_spectrum(bytes({0b1111'1010}), {1}, samples);
  CHECK(samples == std::vector<float>{0, 1, 0});
  unpack_spectrum(bytes({0b1101'1000}), {2}, samples);
  CHECK(samples == std::vector<float>{0, 2, 1});
}

TEST_CASE("floats that are no numbers are missing", "[ingest][samples]") {
  const std::vector<float> stored{1.5F,
                                  nan,
                                  infinity,
                                  -infinity,
                                  -nan,
                                  std::numeric_limits<float>::denorm_min(),
                                  std::numeric_limits<float>::max()};
  std::vector<float> samples(stored.size());
  unpack_spectrum(std::as_bytes(std::span{stored}), float_samples, samples);
  CHECK(samples[0] == 1.5F);
  for (const std::size_t missing : {1, 2, 3, 4}) CHECK(std::isnan(samples[missing]));
  CHECK(samples[5] == std::numeric_limits<float>::denorm_min());
  CHECK(samples[6] == std::numeric_limits<float>::max());
}

TEST_CASE("values are rounded to nearest, ties to even, and clipped", "[ingest][samples]") {
  const auto row = GENERATE(values<Row>({
      {"below half", {8}, bytes({0, 1, 2}), {0.49F, 1.49F, 1.51F}},
      {"ties", {8}, bytes({0, 2, 2, 4, 254}), {0.5F, 1.5F, 2.5F, 3.5F, 254.5F}},
      {"clipped", {8}, bytes({0, 255, 255, 0, 255}), {-1.0F, 255.4F, 1e9F, -infinity, infinity}},
      {"missing", {8}, bytes({0}), {nan}},
      {"signed ties", {8, true}, bytes({0, 0xFE, 0xFE, 2}), {-0.5F, -1.5F, -2.5F, 1.5F}},
      {"signed clipped", {8, true}, bytes({0x80, 0x7F, 0x80}), {-1e9F, 1e9F, nan}},
      {"1 bit", {1}, bytes({0b1110'0000}), {-3.0F, 0.0F, 0.49F, 0.5F, nan, 0.51F, 1.0F, 7.0F}},
      {"2 bits", {2}, bytes({0b11'10'10'00}), {0.5F, 1.5F, 2.5F, 3.5F}},
      {"4 bits", {4}, bytes({0xF0, 0xE}), {-infinity, 99.0F, 14.5F}},
      {"16 bits", {16}, bytes({0xFF, 0xFF, 0x02, 0x00}), {65535.9F, 1.5F}},
      {"16 bits, signed", {16, true}, bytes({0xFF, 0x7F, 0x00, 0x80}), {40000.0F, nan}},
  }));
  INFO(row.what);
  std::vector<std::byte> stored(row.stored.size(), std::byte{0xEE});
  pack_spectrum(row.samples, row.format, stored);
  CHECK(stored == row.stored);
}

TEST_CASE("what a format holds", "[ingest][samples]") {
  struct Case {
    SampleFormat format;
    float lowest, highest;
    std::size_t bytes_of_13;
    std::string description;
  };
  const auto row = GENERATE(values<Case>({
      {{1}, 0, 1, 2, "1-bit unsigned"},
      {{2}, 0, 3, 4, "2-bit unsigned"},
      {{4}, 0, 15, 7, "4-bit unsigned"},
      {{8}, 0, 255, 13, "8-bit unsigned"},
      {{8, true}, -128, 127, 13, "8-bit signed"},
      {{16}, 0, 65535, 26, "16-bit unsigned"},
      {{16, true}, -32768, 32767, 26, "16-bit signed"},
  }));
  INFO(row.description);
  CHECK(row.format.lowest() == row.lowest);
  CHECK(row.format.highest() == row.highest);
  CHECK(row.format.spectrum_bytes(13) == row.bytes_of_13);
  CHECK(describe(row.format) == row.description);
  CHECK_NOTHROW(check(row.format));
  CHECK(describe(float_samples) == "32-bit float");
  CHECK(float_samples.spectrum_bytes(13) == 52);
}

TEST_CASE("formats and shapes that cannot be are refused", "[ingest][samples]") {
  const auto format = GENERATE(SampleFormat{0}, SampleFormat{3}, SampleFormat{-8}, SampleFormat{64},
                               SampleFormat{32}, SampleFormat{8, false, true},
                               SampleFormat{4, true}, SampleFormat{32, true, true});
  CAPTURE(describe(format));
  CHECK_THROWS_AS(check(format), std::invalid_argument);
  std::vector<float> samples(8);
  std::vector<std::byte> stored(64);
  CHECK_THROWS_AS(unpack_spectrum(stored, format, samples), std::invalid_argument);
  CHECK_THROWS_AS(pack_spectrum(samples, format, stored), std::invalid_argument);

  CHECK_THROWS_WITH(unpack_spectrum(stored, {8}, samples),
                    ContainsSubstring("8 channels of 8-bit unsigned need 8 bytes, got 64"));
  CHECK_THROWS_WITH(pack_spectrum(samples, {16}, stored),
                    ContainsSubstring("8 channels of 16-bit unsigned need 16 bytes, got 64"));
}

}  // namespace draftstream
