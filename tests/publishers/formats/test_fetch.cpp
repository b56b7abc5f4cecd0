// FETCH's table and images of candidates: what they say, worked out by hand.
#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "publishers/cutouts/fetch_file.hpp"
#include "publishers/cutouts/hdf5_handles.hpp"
#include "tests/publishers/formats/written_formats.hpp"
#include "tests/publishers/sample_events.hpp"
#include "tests/support/catch.hpp"

namespace fs = std::filesystem;
using namespace draftstream;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::content;
using test::files_in;
using test::TemporaryFolder;
using test::Written;

namespace {

constexpr std::size_t side = 256;

std::vector<float> image(const std::string& path, const char* name) {
  const Hdf5Handle file{H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)};
  const Hdf5Handle set{H5Dopen2(file.get(), name, H5P_DEFAULT)};
  std::vector<float> values(side * side);
  REQUIRE(H5Dread(set.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
  return values;
}

double attribute(const std::string& path, const char* name) {
  const Hdf5Handle file{H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)};
  const Hdf5Handle one{H5Aopen(file.get(), name, H5P_DEFAULT)};
  double value = 0.0;
  REQUIRE(H5Aread(one.get(), H5T_NATIVE_DOUBLE, &value) >= 0);
  return value;
}

// A burst in the highest eighth of the band, all the time, and in the first cell of the lowest DM.
Cutout burst_of_high_frequencies(double step_mhz) {
  constexpr std::size_t rows = 64;
  Cutout cutout;
  cutout.info.first_mhz = step_mhz < 0.0 ? 1499.4 : 1200.6;
  cutout.info.step_mhz = step_mhz;
  cutout.info.channels = 256;
  cutout.info.tsamp_s = 1e-3;
  cutout.info.width_ms = 6.0;
  cutout.patch.resize(2 * rows * rows);
  for (std::size_t band = rows * 7 / 8; band < rows; ++band) {
    for (std::size_t cell = 0; cell < rows; ++cell) {
      cutout.patch[band * rows + cell] = std::byte{20};
    }
  }
  cutout.patch[rows * rows] = std::byte{24};
  return cutout;
}

}  // namespace

TEST_CASE("FETCH: the table of your_candmaker.py", "[publishers][formats]") {
  Written written{CandidateFormat::fetch};
  Event event = test::sample_event(0);
  event.classifier.label = "burst";
  FoundCandidate found{event, 0};
  found.file = "/data/night,1.fil";
  found.file_first = 8000;  // 2 s
  written.files.write(found);
  const std::string header = "file,snr,stime,width,dm,label,chan_mask_path,num_files\n";
  const std::string row = content(written.own / "cand.csv").substr(header.size());
  CHECK_THAT(row, StartsWith("\"/data/night,1.fil\",8,0.028"));
  CHECK_THAT(row, EndsWith(",3,474.8,1,,1\n"));
  CHECK(files_in(written.own) == std::vector<std::string>{"cand.csv", "results_draftstream.csv"});
}

TEST_CASE("FETCH: an image of each candidate with a cutout, and its verdict",
          "[publishers][formats]") {
  Written written{CandidateFormat::fetch};
  Cutout cutout;
  cutout.info.start_mjd_utc = 58225.5;
  cutout.patch.resize(default_cutout_format().patch->bytes(), std::byte{20});
  for (const double probability : {0.75, 0.5, 0.25}) {
    Event event = test::sample_event(0);
    event.classifier.probability = probability;
    cutout.info.snr = probability;
    FoundCandidate found{event, 0};
    found.cutout = &cutout;
    written.files.write(found);
  }
  const std::string name =
      "cand_tstart_58225.500000000000_tcand_0.0000000_dm_0.00000_snr_0.75000.h5";
  CHECK(files_in(written.own).size() == 5);
  CHECK(fs::file_size(written.own / name) > 1000);
  const std::string results = content(written.own / "results_draftstream.csv");
  CHECK_THAT(results, StartsWith(",candidate,probability,label\n0," + name + ",0.75,1\n1,"));
  CHECK_THAT(results, ContainsSubstring("_snr_0.50000.h5,0.5,1\n2,"));
  CHECK_THAT(results, EndsWith("_snr_0.25000.h5,0.25,0\n"));
}

TEST_CASE("FETCH: channel 0 of an image is fch1, the next is foff from it",
          "[publishers][formats]") {
  const double step_mhz = GENERATE(-1.17, 1.17);
  CAPTURE(step_mhz);
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_fetch_file(path, burst_of_high_frequencies(step_mhz), *default_cutout_format().patch, 0);
  const double fch1 = attribute(path, "fch1");
  const double foff = attribute(path, "foff");
  CHECK(foff == step_mhz);
  CHECK(attribute(path, "channel_bandwidth") == step_mhz);
  CHECK(attribute(path, "nchans") == 256);
  CHECK(attribute(path, "width") == 6);  // samples
  const auto found = image(path, "data_freq_time");
  for (std::size_t channel = 0; channel < side; ++channel) {
    CAPTURE(channel);
    const double mhz = fch1 + foff * static_cast<double>(channel);
    const float expected = mhz > 1500.0 - 32 * 1.17 ? 1.0F : 0.0F;
    CHECK(found[channel] == expected);                      // the first time
    CHECK(found[(side - 1) * side + channel] == expected);  // the last
  }
  const auto by_dm = image(path, "data_dm_time");
  CHECK(by_dm.front() > 3.0F);
  CHECK(by_dm.back() == 0.0F);
}
