// Recordings that cannot be trusted, and odd ones that can. Runs the real executable.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_data.hpp"

using draftstream::test::lines;
using draftstream::test::run_draftstream;
using draftstream::test::TemporaryFolder;
using draftstream::test::test_data;
using draftstream::test::write_file;

namespace {

// One sentence with file, found and expected; nothing searched.
void check_refused(const std::string& path) {
  const TemporaryFolder folder;
  for (const std::string command : {"inspect", "replay"}) {
    CAPTURE(path, command);
    const auto result = run_draftstream({command, path}, folder.path());
    CAPTURE(result.err);
    CHECK(result.status == 65);
    REQUIRE(lines(result.err).size() == 1);
    CHECK(result.err.rfind("draftstream: " + path + ": ", 0) == 0);
    CHECK_THAT(result.err, ContainsSubstring("found "));
    CHECK_THAT(result.err, ContainsSubstring("expected "));
    CHECK(result.out.empty());
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}

}  // namespace

TEST_CASE("files that are no recordings are refused", "[app][refusals][e2e]") {
  const TemporaryFolder folder;
  write_file(folder.file("empty.fil"), "");
  write_file(folder.file("text.fil"), "version https://example.org/spec/v1\n");
  write_file(folder.file("cut.fil"), std::string("\x0c\0\0\0HEADER_START", 16));
  for (const char* name : {"empty.fil", "text.fil", "cut.fil"}) check_refused(folder.file(name));
  CHECK(run_draftstream({"inspect", folder.path()}).status != 0);  // a folder
}

TEST_CASE("every bad file of the test data is refused", "[app][refusals][e2e]") {
  const auto good = test_data("your_28.fil");
  if (!good) {
    WARN("the test data are absent: bad recordings are tried by their simulated twins only");
    return;
  }
  std::size_t refused = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path{*good}.parent_path())) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("bad_", 0) == 0 || name == "priwo_16bit.fil" || name == "lfs_pointer.fil" ||
        name == "your_empty.fits" || name == "GBT_J1807-0847.tim") {
      check_refused(entry.path().string());
      ++refused;
    }
  }
  CHECK(refused == 16);
}

TEST_CASE("one bad file does not keep others from being inspected", "[app][refusals][e2e]") {
  const TemporaryFolder folder;
  const std::string good = folder.file("good.fil");
  REQUIRE(run_draftstream(
              {"simulate", good, "--nchans", "16", "--tsamp", "1e-3", "--duration", "2", "--quiet"})
              .status == 0);
  write_file(folder.file("bad.fil"), "nothing");
  const auto text =
      run_draftstream({"inspect", folder.file("bad.fil"), good, folder.file("none.fil")});
  CHECK(text.status == 66);  // the worst
  CHECK(lines(text.err).size() == 2);
  CHECK_THAT(text.out, ContainsSubstring(good + "\n"));
  CHECK_THAT(text.out, ContainsSubstring("2000 samples of 1 ms"));
  CHECK_THAT(text.out, ContainsSubstring("16 channels"));

  const auto json = run_draftstream({"inspect", "--json", folder.file("bad.fil"), good});
  CHECK(json.status == 65);
  const auto all = nlohmann::json::parse(json.out);
  REQUIRE(all.size() == 2);
  CHECK(all[0].at("exit_status") == 65);
  CHECK(all[1].at("samples") == 2000);
  CHECK(all[1].at("nchan") == 16);
  CHECK(all[1].at("order") == "descending");
  // 100 pc cm^-3 / 2.41e-4 * (1209.375^-2 - 1490.625^-2), in seconds.
  CHECK(std::abs(all[1].at("sweeps")[0].at("delay_s").get<double>() - 0.09695729) < 1e-7);
}
