// Bursts added to a recording, from the command line to what a search finds. Runs the executable.
#include <string>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "training/truth.hpp"

using namespace draftstream;
using draftstream::test::content;
using draftstream::test::run_draftstream;
using draftstream::test::TemporaryFolder;

TEST_CASE("bursts that were added to a recording are found in it", "[app][background][e2e]") {
  const std::string nbits = GENERATE("2", "8", "32");
  const std::string ending = GENERATE(".fil", ".fits");
  const TemporaryFolder folder;
  const std::string noise = folder.file("noise" + ending);
  const auto made = run_draftstream({"simulate", noise, "--nchans", "64", "--tsamp", "1e-3",
                                     "--duration", "20", "--nbits", nbits, "--quiet"});
  CAPTURE(made.err);
  REQUIRE(made.status == 0);

  const std::vector<std::string> arguments{
      "--background", noise,
      "--burst",      "dm=300,t=4,width_ms=5,snr=40",
      "--burst",      "dm=500,t=12,width_ms=5,snr=40,scint_mhz=40"};
  std::vector<std::string> add{"simulate", folder.file("sky.fil")};
  add.insert(add.end(), arguments.begin(), arguments.end());
  const auto added = run_draftstream(add);
  CAPTURE(added.err);
  REQUIRE(added.status == 0);
  CHECK_THAT(added.err, ContainsSubstring("2 bursts told in"));
  const Truth truth = read_truth(folder.file("sky.truth.json"));
  CHECK(truth.background == std::vector<std::string>{"noise" + ending});
  CHECK(truth.samples == 20'000);
  CHECK(std::to_string(truth.nbits) == nbits);

  const auto searched = run_draftstream(
      {"replay", folder.file("sky.fil"), "-o", folder.file("out"), "--dm", "0:1000", "--quiet"});
  CAPTURE(searched.err);
  REQUIRE(searched.status == 0);
  const auto evaluated =
      run_draftstream({"evaluate", folder.file("out"), folder.file("sky.truth.json"), "--strict"});
  CAPTURE(evaluated.out, evaluated.err);
  CHECK(evaluated.status == 0);

  add[1] = folder.file("again.fil");
  REQUIRE(run_draftstream(add).status == 0);
  CHECK(content(folder.file("again.fil")) == content(folder.file("sky.fil")));
}

TEST_CASE("a background is never written over", "[app][background][e2e]") {
  const TemporaryFolder folder;
  const std::string noise = folder.file("noise.fil");
  REQUIRE(run_draftstream({"simulate", noise, "--nchans", "16", "--tsamp", "1e-3", "--duration",
                           "2", "--quiet"})
              .status == 0);
  const std::string before = content(noise);
  const auto result =
      run_draftstream({"simulate", noise, "--background", noise, "--burst", "dm=1,t=1"});
  CHECK(result.status == 2);
  CHECK_THAT(result.err, ContainsSubstring("expected another file"));
  CHECK(content(noise) == before);
}
