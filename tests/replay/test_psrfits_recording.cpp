// Samples of PSRFITS files: depths, factors, weights, polarisations, bands.
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "replay/psrfits_recording.hpp"
#include "tests/replay/psrfits_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream {
namespace {

using test::PsrfitsFile;
using test::read_all;
using test::TemporaryFolder;

struct Depth {
  int bits;
  PsrfitsFile::Cards changes;
  SampleFormat format;
};

// The number that stored bits stand for.
float number(std::uint32_t raw, const SampleFormat& format, bool flipped) {
  if (format.is_float) return std::bit_cast<float>(raw);
  if (flipped) raw ^= 1U << static_cast<unsigned>(format.bits - 1);
  if (!format.is_signed) return static_cast<float>(raw);
  return format.bits == 8 ? static_cast<float>(static_cast<std::int8_t>(raw))
                          : static_cast<float>(static_cast<std::int16_t>(raw));
}

TEST_CASE("every depth is read as stored", "[replay][psrfits]") {
  const auto depth = GENERATE(values<Depth>({
      {1, {}, {1, false, false}},
      {2, {}, {2, false, false}},
      {4, {}, {4, false, false}},
      {8, {}, {8, false, false}},
      {8, {{"SIGNINT", "1"}}, {8, true, false}},
      {8, {{"TZERO7", "-128"}}, {8, true, false}},
      {16, {}, {16, true, false}},
      {16, {{"TZERO7", "32768"}}, {16, false, false}},
      {32, {}, {32, false, true}},
  }));
  // 13 channels of fewer than 8 bits: spectra that begin inside a byte.
  const auto channels = GENERATE(std::size_t{16}, std::size_t{13}, std::size_t{1});
  INFO(describe(depth.format) << ", " << channels << " channels");
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.bits = depth.bits;
  file.channels = channels;
  file.changes = depth.changes;
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  REQUIRE(recording->observation().format == depth.format);
  const auto values = read_all(*recording);
  REQUIRE(values.size() == 32 * channels);
  const bool flipped = !depth.changes.empty() && depth.changes[0].first == "TZERO7";
  for (std::size_t t = 0; t < 32; ++t) {
    for (std::size_t c = 0; c < channels; ++c) {
      INFO("spectrum " << t << ", channel " << c);
      REQUIRE(values[t * channels + c] ==
              number(file.raw(t / 8, t % 8, 0, c), depth.format, flipped));
    }
  }
}

TEST_CASE("any piece of a recording is the same piece of the whole", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.rows = {0, 1, 3, 4};  // row 2 never arrived
  file.bits = GENERATE(4, 8);
  const bool scaled = GENERATE(false, true);
  if (scaled) file.scale = [](auto row, auto, auto c) { return 1.0F + 0.1F * float(row + c); };
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  const std::size_t stride = recording->observation().spectrum_bytes();
  std::vector<std::byte> whole(40 * stride);
  recording->read(0, whole);
  for (std::size_t first = 0; first <= 40; ++first) {
    for (std::size_t count = 0; first + count <= 40; ++count) {
      std::vector<std::byte> piece(count * stride, std::byte{0xAA});
      recording->read(first, piece);
      REQUIRE(std::equal(piece.begin(), piece.end(),
                         whole.begin() + static_cast<long>(first * stride)));
    }
    recording->forget_before(first);
  }
  std::vector<std::byte> one(stride);
  CHECK_THROWS_AS(recording->read(40, one), std::out_of_range);
  CHECK_THROWS_AS(recording->read(std::numeric_limits<std::uint64_t>::max(), one),
                  std::out_of_range);
}

TEST_CASE("factors are those of the row and channel", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.bits = GENERATE(2, 8, 16, 32);
  file.changes = {{"ZERO_OFF", "1.5"}};
  file.scale = [](auto row, auto, auto c) {
    return 0.5F + static_cast<float>(row) + 0.25F * static_cast<float>(c);
  };
  file.offset = [](auto row, auto, auto c) {
    return static_cast<float>(c) - 2.0F * static_cast<float>(row);
  };
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  REQUIRE(recording->observation().format == float_samples);
  CHECK(recording->observation().stored_bits == file.bits);
  const auto values = read_all(*recording);
  const SampleFormat stored{file.bits, file.bits == 16, file.bits == 32};
  for (std::size_t t = 0; t < 32; ++t) {
    for (std::size_t c = 0; c < 16; ++c) {
      const float expected =
          (number(file.raw(t / 8, t % 8, 0, c), stored, false) - 1.5F) * file.scale(t / 8, 0, c) +
          file.offset(t / 8, 0, c);
      REQUIRE(std::abs(values[t * 16 + c] - expected) <= 1e-6F * std::abs(expected));
    }
  }
}

TEST_CASE("any factor but the neutral one makes floats", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  SECTION("a scale") {
    file.scale = [](auto row, auto, auto c) { return row == 3 && c == 15 ? 2.0F : 1.0F; };
  }
  SECTION("an offset") {
    file.offset = [](auto row, auto, auto c) { return row == 3 && c == 15 ? 1.0F : 0.0F; };
  }
  SECTION("a zero offset") {
    file.changes = {{"ZERO_OFF", "0.5"}};
  }
  SECTION("a weight of 0") {
    file.weight = [](auto row, auto c) { return row == 3 && c == 15 ? 0.0F : 1.0F; };
  }
  file.write(folder.file("a.sf"));
  CHECK(open_psrfits(folder.file("a.sf"))->observation().format == float_samples);
}

TEST_CASE("weight 0 is no data, any other weight changes nothing", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.weight = [](std::size_t row, std::size_t c) {
    if (row == 1 || row == 2) return 0.0F;  // nothing in these rows
    if (row == 3 && c == 5) return std::numeric_limits<float>::quiet_NaN();
    if (row == 3 && c == 4) return 0.0F;
    return 0.25F * static_cast<float>(c + 1);
  };
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  REQUIRE(recording->gaps().size() == 1);
  CHECK(recording->gaps()[0] == Gap{8, 16, Fate::invalid});
  const auto values = read_all(*recording);
  for (std::size_t t = 0; t < 32; ++t) {
    for (std::size_t c = 0; c < 16; ++c) {
      INFO("spectrum " << t << ", channel " << c);
      const float value = values[t * 16 + c];
      if (t / 8 == 1 || t / 8 == 2) {
        REQUIRE(value == 0.0F);
      } else if (t / 8 == 3 && (c == 4 || c == 5)) {
        REQUIRE(std::isnan(value));
      } else {
        REQUIRE(value == static_cast<float>(file.raw(t / 8, t % 8, 0, c)));
      }
    }
  }
}

TEST_CASE("rows without weight leave the others as stored", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.weight = [](auto row, auto) { return row == 2 ? 0.0F : 1.0F; };
  file.scale = [](auto row, auto, auto) { return row == 2 ? 0.0F : 1.0F; };
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  CHECK(recording->observation().format == SampleFormat{8, false, false});
  REQUIRE(recording->gaps().size() == 1);
  CHECK(recording->gaps()[0] == Gap{16, 8, Fate::invalid});
}

TEST_CASE("what is not finite is missing", "[replay][psrfits]") {
  const TemporaryFolder folder;
  PsrfitsFile file;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  SECTION("in the samples") {
    file.bits = 32;
    file.raw = [=](auto, auto t, auto, auto c) {
      return std::bit_cast<std::uint32_t>(c == 3 ? (t == 0 ? nan : (t == 1 ? -inf : inf)) : 1.0F);
    };
  }
  SECTION("in the scale") {
    file.scale = [=](auto, auto, auto c) { return c == 3 ? nan : 1.0F; };
  }
  SECTION("in the offset") {
    file.offset = [=](auto, auto, auto c) { return c == 3 ? inf : 0.0F; };
  }
  file.write(folder.file("a.sf"));
  const auto recording = open_psrfits(folder.file("a.sf"));
  const std::size_t stride = recording->observation().spectrum_bytes();
  std::vector<float> values(std::size_t{32} * 16);
  recording->read(0, std::as_writable_bytes(std::span{values}));
  REQUIRE(stride == 64);
  for (std::size_t i = 0; i < values.size(); ++i) REQUIRE(std::isnan(values[i]) == (i % 16 == 3));
}

struct Pols {
  const char* type;
  std::size_t pols;
  std::optional<int> pick;
  std::vector<std::size_t> sum;  // empty: refused
};

TEST_CASE("polarisations become Stokes I", "[replay][psrfits]") {
  const auto given = GENERATE(values<Pols>({
      {"'AA+BB   '", 1, std::nullopt, {0}},
      {"'INTEN   '", 1, std::nullopt, {0}},
      {"'AABB    '", 2, std::nullopt, {0, 1}},
      {"'aabb    '", 2, std::nullopt, {0, 1}},
      {"'AABBCRCI'", 4, std::nullopt, {0, 1}},
      {"'IQUV    '", 4, std::nullopt, {0}},
      {"'IQUV    '", 4, 0, {0}},
      {"'AABBCRCI'", 4, 1, {1}},
      {"'AABBCRCI'", 4, 3, {3}},
      {"'unknown '", 4, 2, {2}},
      {"'unknown '", 2, std::nullopt, {0, 1}},
      {"'unknown '", 4, std::nullopt, {}},
  }));
  INFO(given.type << ", NPOL " << given.pols);
  const TemporaryFolder folder;
  PsrfitsFile file;
  file.pols = given.pols;
  file.changes = {{"POL_TYPE", given.type}};
  file.scale = [](auto, auto pol, auto c) { return static_cast<float>(1 + pol) + 0.5F * float(c); };
  file.offset = [](auto, auto pol, auto) { return 100.0F * static_cast<float>(pol); };
  file.bits = GENERATE(4, 8);
  file.write(folder.file("a.sf"));
  if (given.sum.empty()) {
    CHECK_THROWS_WITH(open_psrfits(folder.file("a.sf")), ContainsSubstring("POL_TYPE"));
    return;
  }
  const auto recording = open_psrfits(folder.file("a.sf"), OpenOptions{given.pick});
  CHECK(recording->observation().stored_pols == static_cast<int>(given.pols));
  const auto values = read_all(*recording);
  for (std::size_t t = 0; t < 32; ++t) {
    for (std::size_t c = 0; c < 16; ++c) {
      float expected = 0.0F;
      for (const std::size_t p : given.sum) {
        expected += static_cast<float>(file.raw(t / 8, t % 8, p, c)) * file.scale(0, p, c) +
                    file.offset(0, p, c);
      }
      REQUIRE(std::abs(values[t * 16 + c] - expected) < 1e-3F);
    }
  }
  CHECK_THROWS_AS(open_psrfits(folder.file("a.sf"), OpenOptions{static_cast<int>(given.pols)}),
                  ConfigError);
}

TEST_CASE("DAT_FREQ tells the band", "[replay][psrfits]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.sf");
  PsrfitsFile file;
  const auto axis = [&] {
    file.write(path);
    return open_psrfits(path)->observation().frequency;
  };
  SECTION("ascending") {
    file.frequency = [](auto, auto c) { return 1300.0 + 0.25 * static_cast<double>(c); };
    file.changes = {{"CHAN_BW", "0.25"}, {"OBSFREQ", "1302"}};
    CHECK(axis() == FrequencyAxis{Megahertz{1300.0}, Megahertz{0.25}, 16});
  }
  SECTION("not what CHAN_BW says") {
    file.changes = {{"CHAN_BW", "1.0"}};
    CHECK(axis() == FrequencyAxis{Megahertz{1500.0}, Megahertz{-0.5}, 16});
  }
  SECTION("rounded, where CHAN_BW has all digits") {
    file.frequency = [](auto, auto c) {
      return std::round((1500.0 - 0.0976562 * static_cast<double>(c)) * 1e4) / 1e4;
    };
    file.changes = {{"CHAN_BW", "-0.0976562"}, {"OBSFREQ", "1499.26758"}};
    CHECK(axis() == FrequencyAxis{Megahertz{1500.0}, Megahertz{-0.0976562}, 16});
  }
  SECTION("uneven") {
    file.frequency = [](auto, auto c) {
      return 1500.0 - 0.5 * static_cast<double>(c) - (c > 7 ? 20.0 : 0.0);
    };
    const FrequencyAxis found = axis();
    CHECK(!found.regular());
    for (std::size_t c = 0; c < 16; ++c) CHECK(found.centre(c).value() == file.frequency(0, c));
  }
  SECTION("nonsense: the header is used") {
    file.frequency = [](auto, auto) { return 0.0; };
    CHECK(axis() == FrequencyAxis{Megahertz{1500.0}, Megahertz{-0.5}, 16});
    file.changes = {{"OBSFREQ", "0.0"}};
    CHECK_THROWS_WITH(axis(), ContainsSubstring("the frequency of each channel"));
  }
  SECTION("nothing but the whole band's width") {
    file.without = {"DAT_FREQ"};
    file.changes = {{"CHAN_BW", ""}};
    CHECK(axis() == FrequencyAxis{Megahertz{1500.0}, Megahertz{-0.5}, 16});
  }
  SECTION("another in a later row") {
    file.frequency = [](auto row, auto c) {
      return 1500.0 - 0.5 * static_cast<double>(c) + (row == 3 ? 1.0 : 0.0);
    };
    CHECK(axis() == FrequencyAxis{Megahertz{1500.0}, Megahertz{-0.5}, 16});
    CHECK_THAT(open_psrfits(path)->warnings()[0], ContainsSubstring("differs between rows"));
  }
}

}  // namespace
}  // namespace draftstream
