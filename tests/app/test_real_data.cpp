// A real burst, as a user would search it.
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "publishers/candidate_reader.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_data.hpp"

using namespace draftstream;
using test::TemporaryFolder;

TEST_CASE("FRB 20180417A is found where it is, and nothing else", "[app][replay][e2e][real]") {
  const std::string file = GENERATE("your_28.fil", "your_28.fits");
  const auto path = test::test_data(file);
  if (!path) {
    WARN("the test data are absent: the real burst is not searched for");
    return;
  }
  CAPTURE(file);
  const TemporaryFolder folder;
  const auto result =
      test::run_draftstream({"replay", *path, "--dm", "0:1000", "-o", folder.file("out")});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  std::vector<CandidateRow> above;
  for (const auto& candidate : read_candidates(folder.file("out/candidates.csv"))) {
    if (candidate.snr > 9.0) above.push_back(candidate);
  }
  REQUIRE(above.size() == 1);
  CHECK(std::abs(above[0].dm_pc_cm3 - 475.0) <= 3.0);
  CHECK(std::abs(above[0].toa_s - 2.028) <= 0.005);
  CHECK(above[0].snr > 12.0);  // independent searches give 12.5 to 14.8
  CHECK(above[0].snr < 18.0);
  CHECK(above[0].file == *path);
}
