// Every file of the test data, opened with the expected outcome.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "replay/recording.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_data.hpp"

using namespace draftstream;
using draftstream::test::test_data;

namespace {

constexpr SampleFormat bits1{1, false, false};
constexpr SampleFormat bits2{2, false, false};
constexpr SampleFormat bits4{4, false, false};
constexpr SampleFormat bits8{8, false, false};
constexpr SampleFormat signed8{8, true, false};
constexpr SampleFormat bits16{16, false, false};

struct Readable {
  std::string file;
  std::uint64_t samples;
  std::size_t channels;
  double first_mhz;
  double last_mhz;
  double sample_time_s;
  SampleFormat format;
  std::vector<std::string> warnings;  // a part of each
};

struct Refused {
  std::string file;
  std::string message;  // after the file's name
};

std::string reason_to_skip(const std::string& file) {
  return "skipped: no " + file + " in $DRAFTSTREAM_TEST_DATA or ../shared/data";
}

// Sum of the finite samples of the first and last spectra, which touches both ends of the data.
double sum_of_ends(Recording& recording) {
  const Observation& observation = recording.observation();
  std::vector<std::byte> stored(observation.spectrum_bytes());
  std::vector<float> values(observation.frequency.channels());
  double sum = 0.0;
  for (const std::uint64_t t : {std::uint64_t{0}, *observation.samples - 1}) {
    recording.read(t, stored);
    unpack_spectrum(stored, observation.format, values);
    for (const float value : values) sum += std::isfinite(value) ? value : 0.0;
  }
  return sum;
}

}  // namespace

TEST_CASE("the readable SIGPROC files are read", "[replay][real]") {
  const double tsamp = 0.00126646875;
  const double parkes_tsamp = 0.000512;
  const auto row = GENERATE_COPY(values<Readable>({
      {"your_28.fil", 5120, 336, 1465, 1130, tsamp, bits8, {}},
      {"frb180417b28_1bit.fil", 5120, 336, 1465, 1130, tsamp, bits1, {}},
      {"frb180417b28_2bit.fil", 5120, 336, 1465, 1130, tsamp, bits2, {}},
      {"frb180417b28_4bit.fil", 5120, 336, 1465, 1130, tsamp, bits4, {}},
      {"frb180417b28_16bit.fil", 5120, 336, 1465, 1130, tsamp, bits16, {}},
      {"frb180417b28_32bit.fil", 5120, 336, 1465, 1130, tsamp, float_samples, {}},
      {"frb180417b28_32bit_nan_inf.fil", 5120, 336, 1465, 1130, tsamp, float_samples, {}},
      {"frb180417b28_ascending_8bit.fil", 5120, 336, 1130, 1465, tsamp, bits8, {}},
      {"frb180417b28_signed8.fil", 5120, 336, 1465, 1130, tsamp, signed8, {}},
      {"frb180417b28_fchannel_table.fil", 5120, 336, 1465, 1130, tsamp, bits8, {}},
      {"frb180417b28_nifs2_equal.fil", 5120, 336, 1465, 1130, tsamp, bits16, {}},
      {"frb180417b28_nifs2_second_is_noise.fil", 5120, 336, 1465, 1130, tsamp, bits16, {}},
      {"frb180417b28_dropout_and_dead_channels.fil", 5120, 336, 1465, 1130, tsamp, bits8, {}},
      {"frb180417b28_missing_nifs_and_source.fil",
       5120,
       336,
       1465,
       1130,
       tsamp,
       bits8,
       {"'nifs' is missing", "'source_name' is missing"}},
      {"frb180417b28_empty_source_string.fil",
       5120,
       336,
       1465,
       1130,
       tsamp,
       bits8,
       {"source_name is empty"}},
      {"frb180417b28_nsamples_lies_x10.fil",
       5120,
       336,
       1465,
       1130,
       tsamp,
       bits8,
       {"nsamples = 51200, but the file holds 5120"}},
      {"frb180417b28_nsamples_zero.fil",
       5120,
       336,
       1465,
       1130,
       tsamp,
       bits8,
       {"nsamples = 0, but the file holds 5120"}},
      {"frb180417b28_trailing_junk.fil",
       5120,
       336,
       1465,
       1130,
       tsamp,
       bits8,
       {"ends inside a spectrum; its last 168 bytes"}},
      {"frb180417b28_truncated_midspectrum.fil",
       3072,
       336,
       1465,
       1130,
       tsamp,
       bits8,
       {"ends inside a spectrum"}},
      {"simfrb_dm1000.fil", 20480, 128, 498.4375, 300, 0.00131072, bits8, {}},
      {"tutorial_2bit.fil", 187520, 64, 1510, 1441.3, 0.00032, bits2, {}},
      {"pspm8.fil", 1536, 128, 433.968, 426.094, 8e-5, bits8, {}},
      {"pspm16.fil", 512, 128, 433.968, 426.094, 8e-5, bits16, {}},
      {"pspm32.fil", 512, 128, 433.968, 426.094, 8e-5, float_samples, {}},
      {"parkes_1bit.fil", 4096, 832, 4030, 706, parkes_tsamp, bits1, {}},
      {"parkes_2bit.fil", 4096, 832, 4030, 706, parkes_tsamp, bits2, {}},
      {"parkes_4bit.fil", 4096, 832, 4030, 706, parkes_tsamp, bits4, {}},
      {"parkes_8bit_1.fil", 4096, 832, 4030, 706, parkes_tsamp, bits8, {}},
      {"priwo_1bit.fil", 58594, 128, 500, 493.8, 0.000512, bits1, {}},
      {"priwo_4bit.fil", 58594, 128, 500, 493.8, 0.000512, bits4, {}},
      {"jess_fake.fil", 512, 32, 1400, 1431, 0.000256, bits8, {"data_type = 0"}},
      {"protest_cand1.fil",
       1024,
       16,
       1670,
       1370,
       6.4e-5,
       bits8,
       {"'data_type' is missing", "'source_name' is missing"}},
      {"your_small.fil", 10, 336, 1465, 1130, tsamp, bits8, {"data_type = 0"}},
  }));
  const auto path = test_data(row.file);
  if (!path) {
    WARN(reason_to_skip(row.file));
    return;
  }
  INFO(row.file);
  const auto recording = open_recording(*path);
  const Observation& observation = recording->observation();
  CHECK(observation.samples == row.samples);
  REQUIRE(observation.frequency.channels() == row.channels);
  CHECK(std::abs(observation.frequency.first().value() - row.first_mhz) < 0.05);
  CHECK(std::abs(observation.frequency.centre(row.channels - 1).value() - row.last_mhz) < 0.05);
  CHECK(std::abs(observation.time.sample_time.value() / row.sample_time_s - 1.0) < 1e-9);
  CHECK(observation.format == row.format);
  REQUIRE(recording->files().size() == 1);
  CHECK(recording->files()[0].format == "SIGPROC");
  REQUIRE(recording->warnings().size() == row.warnings.size());
  for (std::size_t w = 0; w < row.warnings.size(); ++w) {
    CHECK_THAT(recording->warnings()[w], ContainsSubstring(row.warnings[w]));
  }
  CHECK(sum_of_ends(*recording) != 0.0);
}

TEST_CASE("what cannot be trusted is refused in one sentence", "[replay][real]") {
  const auto row = GENERATE(values<Refused>({
      {"bad_fch1_inf.fil", ": byte 140: found fch1 = inf, expected 1 to 1000000"},
      {"bad_header_cut.fil", ": byte 97: found the end of the data, expected 3 more bytes"},
      {"bad_huge_string_len.fil", ": byte 31: found a string of 2147483647 bytes, expected 0 to"},
      {"bad_nbits_7.fil", ": found nbits = 7, expected 1, 2, 4, 8, 16 or 32"},
      {"bad_nchans_0.fil", ": found nchans = 0, expected 1 to 1048576"},
      {"bad_nchans_2147483647.fil", ": found nchans = 2147483647, expected 1 to 1048576"},
      {"bad_nifs_3.fil", ": found nifs = 3, expected 1, 2 or 4"},
      {"bad_no_header_end.fil", ": found a string of "},
      {"bad_text.fil", ": byte 0: found 'this is not a fi', expected a SIGPROC header"},
      {"bad_tsamp_nan.fil", ": found tsamp = nan, expected 1e-09 to 60"},
      {"bad_unknown_keyword.fil", ": byte 16: found key 'my_private_key', expected a SIGPROC key"},
      {"bad_zero_bytes.fil", ": byte 0: found an empty file, expected a SIGPROC header"},
      {"lfs_pointer.fil", ": byte 0: found 'version https://', expected a SIGPROC header"},
      {"priwo_16bit.fil",
       ": byte 241: found 0 bytes of samples, expected at least one spectrum of 256 bytes"},
      {"GBT_J1807-0847.tim", ": found data_type = 2 (a dedispersed time series), expected 1 ("},
      {"your_empty.fits", ": "},
  }));
  const auto path = test_data(row.file);
  if (!path) {
    WARN(reason_to_skip(row.file));
    return;
  }
  INFO(row.file);
  std::string message;
  try {
    open_recording(*path);
  } catch (const InputError& error) {
    message = error.what();
  }
  CHECK(message.rfind(*path + ": ", 0) == 0);
  CHECK_THAT(message, ContainsSubstring(row.message));
  CHECK_THAT(message, ContainsSubstring("found "));
  CHECK_THAT(message, ContainsSubstring(", expected "));
}

TEST_CASE("one burst in many formats has the same samples", "[replay][real]") {
  const auto original_path = test_data("your_28.fil");
  if (!original_path) {
    WARN(reason_to_skip("your_28.fil"));
    return;
  }
  const auto read = [](const std::string& path, bool reversed) {
    const auto recording = open_recording(path);
    const Observation& observation = recording->observation();
    const std::size_t channels = observation.frequency.channels();
    std::vector<std::byte> stored(observation.spectrum_bytes());
    std::vector<float> all(1000 * channels);
    for (std::uint64_t t = 0; t < 1000; ++t) {
      recording->read(1500 + t, stored);
      const auto row = std::span{all}.subspan(t * channels, channels);
      unpack_spectrum(stored, observation.format, row);
      if (reversed) std::ranges::reverse(row);
    }
    return all;
  };
  const auto original = read(*original_path, false);
  struct Row {
    std::string file;
    bool reversed;
    float factor;
    float offset;
  };
  const auto row = GENERATE(values<Row>({
      {"frb180417b28_ascending_8bit.fil", true, 1, 0},
      {"frb180417b28_fchannel_table.fil", false, 1, 0},
      {"frb180417b28_nifs2_equal.fil", false, 2, 0},
      {"frb180417b28_signed8.fil", false, 1, -128},
      {"frb180417b28_trailing_junk.fil", false, 1, 0},
  }));
  const auto path = test_data(row.file);
  if (!path) {
    WARN(reason_to_skip(row.file));
    return;
  }
  INFO(row.file);
  auto expected = original;
  for (float& value : expected) value = value * row.factor + row.offset;
  CHECK(read(*path, row.reversed) == expected);
}
