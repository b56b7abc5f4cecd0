// What is planned before a search. Runs the real executable.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/temporary_folder.hpp"

using draftstream::test::lines;
using draftstream::test::run_draftstream;
using draftstream::test::TemporaryFolder;
using draftstream::test::write_file;
using nlohmann::json;

namespace {

const std::vector<std::string> band = {"plan",    "--band", "1500:1200", "--nchans", "256",
                                       "--tsamp", "1e-3",   "--dm",      "0:1000"};

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json planned(const std::vector<std::string>& arguments) {
  const auto result = run_draftstream(with(arguments, {"--json"}));
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  return json::parse(result.out);
}

double sum_of(const json& octaves, const char* field) {
  return std::accumulate(octaves.begin(), octaves.end(), 0.0, [&](double sum, const json& octave) {
    return sum + octave.at(field).get<double>();
  });
}

}  // namespace

TEST_CASE("a band that is described is planned", "[app][plan][e2e]") {
  const json plan = planned(with(band, {"--dm-tolerance", "1.1", "--nbits", "4"}));
  CHECK(plan.at("file").is_null());
  CHECK(plan.at("nchan") == 256);
  CHECK(std::abs(plan.at("highest_mhz").get<double>() - 1499.4140625) < 1e-9);
  CHECK(std::abs(plan.at("lowest_mhz").get<double>() - 1200.5859375) < 1e-9);
  CHECK(plan.at("bytes_per_s") == 128000.0);
  CHECK(plan.at("octave_shift") == 2);
  // DM 1000 / 2.41e-4 * (1200.586^-2 - 1499.414^-2) = 1.0331 s: 4 samples a channel.
  const double sweep = plan.at("longest_sweep_s");
  CHECK(std::abs(sweep - 1.0331) < 0.01);
  CHECK(std::abs(plan.at("recording_bytes").get<double>() - sweep * 128000.0) < 1e-3);

  const json& octaves = plan.at("octaves");
  REQUIRE(octaves.size() == 4);
  CHECK(octaves[0].at("first_dm_pc_cm3") == 0.0);
  CHECK(octaves[3].at("last_dm_pc_cm3") >= 1000.0);
  const int downsamples[] = {1, 1, 1, 2};
  const int steps[] = {2, 2, 4, 2};
  double last_dm = -1.0;
  for (std::size_t o = 0; o < 4; ++o) {
    CAPTURE(o);
    const json& octave = octaves[o];
    CHECK(octave.at("downsample") == downsamples[o]);
    CHECK(octave.at("delay_step_samples") == steps[o]);
    CHECK(octave.at("first_dm_pc_cm3") > last_dm);
    last_dm = octave.at("last_dm_pc_cm3");
    CHECK(octave.at("radices") == json{16, 16});
    const json& rows = octave.at("rows");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0] == 256);
    CHECK(rows[2] == octave.at("trials"));
    // Each row of 16 is 15 additions, of samples of the octave.
    CHECK(octave.at("additions_per_s") ==
          15.0 * (rows[1].get<double>() + rows[2].get<double>()) * 1000.0 / downsamples[o]);
    const json& efficiency = octave.at("efficiency");
    REQUIRE(efficiency.size() == 7);
    CHECK(efficiency[0].at("fwhm_s") == 1e-3);
    CHECK(efficiency[6].at("fwhm_s") == 64e-3);
    for (const json& one : efficiency) {
      CHECK(one.at("least") <= one.at("mean"));
      CHECK(one.at("least") > 0.5);
      CHECK(one.at("mean") < 1.02);
    }
    CHECK(efficiency[0].at("mean") < efficiency[6].at("mean"));
    CHECK(efficiency[6].at("mean") > 0.97);
  }
  for (const char* field : {"trials", "additions_per_s", "row_bytes"}) {
    CHECK(std::abs(plan.at(field).get<double>() - sum_of(octaves, field)) < 1e-3);
  }
}

TEST_CASE("the tables say what the JSON says", "[app][plan][e2e]") {
  const json plan = planned(band);
  const auto result = run_draftstream(band);
  REQUIRE(result.status == 0);
  CHECK(result.err.empty());
  const auto text = lines(result.out);
  CHECK_THAT(text[0], ContainsSubstring("256 channels, centres 1499.41 to 1200.59 MHz"));
  CHECK_THAT(text[0], ContainsSubstring("samples of 1000 us, 256 kB/s"));
  CHECK_THAT(text[1], ContainsSubstring("DM 0:1000 pc cm^-3 at tolerance 1.25, octave shift 2"));
  const auto says = [&](const std::string& words) {
    return std::any_of(text.begin(), text.end(), [&](const std::string& line) {
      return line.find(words) != std::string::npos;
    });
  };
  CHECK(says("Memory: "));
  CHECK(says("x real time on one core, an estimate"));
  for (const json& octave : plan.at("octaves")) {
    std::string rows;
    for (const json& count : octave.at("rows")) rows += (rows.empty() ? "" : " > ") + count.dump();
    const auto line = std::find_if(text.begin(), text.end(), [&](const std::string& one) {
      return one.find("   " + rows) != std::string::npos;
    });
    REQUIRE(line != text.end());
    CHECK_THAT(*line, ContainsSubstring(" " + octave.at("trials").dump() + " "));
    CHECK(line->find_last_not_of(' ') + 1 == line->size());
  }
}

TEST_CASE("a larger shift keeps more and adds more", "[app][plan][e2e]") {
  const json fast = planned(with(band, {"--octave-shift", "0"}));
  const json fine = planned(with(band, {"--octave-shift", "3"}));
  CHECK(fine.at("additions_per_s") > fast.at("additions_per_s"));
  CHECK(fine.at("estimated_core_s_per_s") > fast.at("estimated_core_s_per_s"));
  CHECK(fine.at("octaves")[3].at("efficiency")[1].at("mean") >
        fast.at("octaves")[3].at("efficiency")[1].at("mean"));
}

TEST_CASE("recordings are planned by their headers", "[app][plan][e2e]") {
  const TemporaryFolder folder;
  const std::string file = folder.file("sky.fil");
  REQUIRE(run_draftstream({"simulate", file, "--nchans", "256", "--tsamp", "1e-3", "--band",
                           "1500:1200", "--duration", "1", "--quiet"})
              .status == 0);
  json of_file = planned({"plan", file, "--dm", "0:1000"});
  CHECK(of_file.at("file") == file);
  of_file["file"] = nullptr;
  json of_band = planned(band);
  // A second of data needs no longer a ring.
  CHECK(of_file.at("memory").at("ring").get<int>() < of_band.at("memory").at("ring").get<int>());
  for (json* plan : {&of_file, &of_band}) {
    plan->at("memory").erase("ring");
    plan->erase("memory_bytes");
  }
  CHECK(of_file == of_band);

  const auto text = run_draftstream({"plan", file, "--dm", "0:1000"});
  CHECK(lines(text.out)[0] == file);
}

TEST_CASE("the memory that is predicted is what a search takes", "[app][plan][e2e]") {
  if (draftstream::test::sanitized) return;
  struct Case {
    std::vector<std::string> sky;
    std::string dm;
  };
  // A small band, one whose trees are most of it, and one of samples of 16 bits.
  const Case cases[] = {
      {{"--nchans", "256", "--tsamp", "1e-3", "--duration", "20"}, "0:300"},
      {{"--nchans", "512", "--tsamp", "256e-6", "--duration", "6"}, "0:1500"},
      {{"--nchans", "96", "--tsamp", "500e-6", "--duration", "11.3", "--nbits", "16"}, "0:1000"}};
  // Two bursts: whoever makes looks has made some.
  const std::vector<std::string> bursts{"--burst", "dm=100,t=2,width_ms=4,snr=25", "--burst",
                                        "dm=200,t=4,width_ms=4,snr=20"};
  for (const Case& one : cases) {
    const TemporaryFolder folder;
    const std::string file = folder.file("sky.fil");
    REQUIRE(run_draftstream(with(with({"simulate", file, "--quiet"}, one.sky), bursts)).status ==
            0);
    for (const char* threads : {"1", "2"}) {
      for (const bool cutouts : {true, false}) {
        std::vector<std::string> same{"--dm", one.dm, "--threads", threads, "--no-networks"};
        if (!cutouts) same.emplace_back("--no-cutouts");
        const json plan = planned(with({"plan", file}, same));
        REQUIRE(run_draftstream(with({"replay", file, "-o", folder.file("out"), "--quiet"}, same))
                    .status == 0);
        const json taken = json::parse(std::ifstream{folder.file("out/summary.json")});
        if (taken.at("own_memory_bytes").is_null()) return;  // a system that does not tell
        const double predicted = plan.at("memory_bytes");
        const double ratio = taken.at("own_memory_bytes").get<double>() / predicted;
        CAPTURE(one.sky, threads, cutouts, predicted, plan.at("memory").dump());
        CHECK(ratio > 0.85);
        CHECK(ratio < 1.15);
        double sum = 0.0;
        for (const auto& [name, bytes] : plan.at("memory").items()) sum += bytes.get<double>();
        CHECK(sum == predicted);
        CHECK((plan.at("memory").at("looks") > 0) == cutouts);
      }
    }
  }
}

TEST_CASE("what a recording forbids is status 78, a bad one 65", "[app][plan][e2e]") {
  const TemporaryFolder folder;
  const std::string file = folder.file("sky.fil");
  REQUIRE(run_draftstream({"simulate", file, "--nchans", "16", "--tsamp", "1e-8", "--duration",
                           "1e-6", "--quiet"})
              .status == 0);
  const auto result = run_draftstream({"plan", file, "--dm", "0:100000"});
  CHECK(result.status == 78);
  CHECK(result.out.empty());
  REQUIRE(lines(result.err).size() == 1);
  CHECK(result.err.rfind("draftstream: " + file + ": DM range 0:100000 pc cm^-3", 0) == 0);
  CHECK_THAT(result.err, ContainsSubstring("found a sweep of"));
  CHECK_THAT(result.err, ContainsSubstring("expected fewer than"));

  write_file(folder.file("bad.fil"), "nothing");
  CHECK(run_draftstream({"plan", folder.file("bad.fil")}).status == 65);
}
