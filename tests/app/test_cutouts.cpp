// draftstream cutouts: runs the real executable on stores of every kind.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/cutout_bench.hpp"
#include "publishers/cutouts/cutout_store.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/publishers/cutout_cases.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using nlohmann::json;
using test::lines;
using test::run_draftstream;
using test::TemporaryFolder;

namespace {

constexpr std::size_t cutouts = 20;

// Cutouts 0 to 19: S/N from 7 in steps of 0.25; every second one is a burst.
std::string make_store(const TemporaryFolder& folder) {
  const std::string path = folder.file("store.h5");
  CutoutFormat format = test::small_format();
  format.patch = ArrayFormat{ElementType::int8, {2, 64, 64}, "plane,frequency or dm,time", ""};
  const auto writer = make_cutout_writer(path, StoreKind::hdf5, format, Existing::replace);
  for (std::size_t row = 0; row < cutouts; ++row) {
    writer->append(test::numbered_cutout(row, format));
  }
  writer->close();
  return path;
}

}  // namespace

TEST_CASE("cutouts list and show", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const std::string store = make_store(folder);
  const auto listed = run_draftstream({"cutouts", "list", store});
  REQUIRE(listed.status == 0);
  REQUIRE(lines(listed.out).size() == cutouts + 2);
  CHECK(lines(listed.out)[0] ==
        store + ": 20 cutouts (hdf5); tiles uint8 [2][3][5], patches int8 [2][64][64]");
  CHECK(
      lines(listed.out)[9] ==
      "      7     8.75    100.875      3.500000      1.438  0.007  0.993  interference  local-7");

  const auto chosen = run_draftstream(
      {"cutouts", "list", store, "--min-snr", "10.5", "--label", "burst", "--json"});
  REQUIRE(chosen.status == 0);
  const json all = json::parse(chosen.out);
  CHECK(all["size"] == cutouts);
  CHECK(all["tile"]["shape"] == json({2, 3, 5}));
  REQUIRE(all["cutouts"].size() == 3);
  CHECK(all["cutouts"][0]["row"] == 14);
  CHECK(all["cutouts"][0]["snr"] == 10.5);
  CHECK(all["cutouts"][2]["row"] == 18);
  CHECK(all["cutouts"][2]["seed"] == "18446744073709551597");
  CHECK(all["cutouts"][1]["has_patch"] == true);

  const auto shown = run_draftstream({"cutouts", "show", store, "3"});
  REQUIRE(shown.status == 0);
  CHECK_THAT(shown.out, ContainsSubstring("  event_id          local-3\n"));
  CHECK_THAT(shown.out, ContainsSubstring("  dm_pc_cm3         100.375\n"));
  const auto as_json = run_draftstream({"cutouts", "show", store, "4", "--json"});
  CHECK(json::parse(as_json.out)["detector_score"].is_null());
}

TEST_CASE("cutouts go from store to store", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const std::string store = make_store(folder);
  const std::string format = GENERATE("npy", "dat", "pt", "hdf5");
  CAPTURE(format);
  const std::string out = folder.file("out." + format);
  const std::string back = folder.file("back.h5");
  const auto exported =
      run_draftstream({"cutouts", "export", store, out, "--format", format, "--json"});
  REQUIRE(exported.status == 0);
  CHECK(json::parse(exported.out)["exported"] == cutouts);
  REQUIRE(run_draftstream({"cutouts", "import", out, back}).status == 0);
  auto copied = open_cutout_store(back);
  CHECK(copied->kind() == StoreKind::hdf5);
  REQUIRE(copied->size() == cutouts);
  for (std::size_t row = 0; row < cutouts; ++row) CHECK(test::fault_of(*copied, row).empty());

  copied.reset();  // HDF5 would open what it has open already
  // Nothing is written over unless it is asked for.
  const auto again = run_draftstream({"cutouts", "import", out, back});
  CHECK(again.status == 2);
  CHECK_THAT(again.err, ContainsSubstring("found something there"));
  CHECK(run_draftstream({"cutouts", "export", store, out, "--format", format}).status == 2);
  REQUIRE(run_draftstream({"cutouts", "import", out, back, "--append", "--min-snr", "11"}).status ==
          0);
  CHECK(open_cutout_store(back)->size() == cutouts + 4);
}

TEST_CASE("cutouts extract writes .npy files", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const std::string store = make_store(folder);
  const auto result =
      run_draftstream({"cutouts", "extract", store, "3", "8", "-o", folder.file("out")});
  REQUIRE(result.status == 0);
  CHECK(lines(result.out) == std::vector<std::string>{folder.file("out/000003.tile.npy"),
                                                      folder.file("out/000003.patch.npy"),
                                                      folder.file("out/000008.tile.npy"),
                                                      folder.file("out/000008.patch.npy")});
  CHECK(test::content(folder.file("out/000003.tile.npy")).size() == 128 + 30);
}

TEST_CASE("cutouts extract writes over nothing", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const std::string store = make_store(folder);
  const std::string out = folder.file("out");
  std::filesystem::create_directory(out);
  test::write_file(out + "/000003.patch.npy", "mine");
  const auto refused = run_draftstream({"cutouts", "extract", store, "0", "3", "-o", out});
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err,
             ContainsSubstring(out + "/000003.patch.npy: found something there, expected nothing"));
  CHECK(test::content(out + "/000003.patch.npy") == "mine");
  CHECK_FALSE(std::filesystem::exists(out + "/000000.tile.npy"));
  // Others go beside what is there.
  CHECK(run_draftstream({"cutouts", "extract", store, "0", "-o", out}).status == 0);
  // Of the numbered cutouts, 7 has neither tile nor patch.
  const auto nothing = run_draftstream({"cutouts", "extract", store, "1", "7", "-o", out});
  CHECK(nothing.status == 2);
  CHECK_THAT(nothing.err, ContainsSubstring(store + ": row 7 (interference): found neither a tile "
                                                    "nor a patch"));
  CHECK_FALSE(std::filesystem::exists(out + "/000001.patch.npy"));
}

TEST_CASE("a cutout is drawn", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const std::string store = make_store(folder);
  const std::string png = folder.file("cutout.png");
  REQUIRE(run_draftstream({"cutouts", "show", store, "3", "--png", png}).status == 0);
  const std::string drawn = test::content(png);
  CHECK(drawn.rfind("\x89PNG\r\n", 0) == 0);
  // Width and height in the header: four planes of 210 pixels and a margin; one line of them.
  CHECK(drawn.substr(16, 8) == std::string{"\0\0\x03\x52\0\0\x01\x0e", 8});
  CHECK(run_draftstream({"cutouts", "show", store, "3", "--png", folder.file("no/a.png")}).status ==
        1);
  CHECK(run_draftstream({"cutouts", "show", store, "7", "--png", png}).status == 2);
}

TEST_CASE("cutouts bench measures all storages", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const std::string out = folder.file("bench");
  const auto result = run_draftstream({"cutouts", "bench", "-o", out, "--cutouts", "40", "--side",
                                       "16", "--mosaic", "200", "--json"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  const json all = json::parse(result.out);
  CHECK(json::parse(test::content(out + "/bench.json")) == all);
  CHECK(all["mosaic_bytes"] == 200 * 200 * 4);
  REQUIRE(all["storages"].size() == 6);
  for (const json& storage : all["storages"]) {
    CAPTURE(storage.dump());
    for (const char* field :
         {"disk_bytes", "files", "write_s", "open_cold_s", "cold_s", "warm_s"}) {
      CHECK(storage[field] > 0);
    }
  }
  CHECK(all["storages"][0]["files"] == 41);  // and the list
  CHECK(all["conclusions"].size() == 7);
  for (const char* file : {"disk.png", "access.png", "memory.png", "cutouts.png", "bench.txt"}) {
    CHECK(test::content(out + "/" + file).size() > 1000);
  }
  CHECK(lines(test::content(out + "/coordinates.csv")).size() == 41);
  CHECK_FALSE(std::filesystem::exists(out + "/stores"));
  std::filesystem::create_directory(out + "/stores");
  CHECK(run_draftstream({"cutouts", "bench", "-o", out}).status == 2);
}

TEST_CASE("conclusions of cutouts bench call slower what is slower", "[app][cutouts]") {
  CutoutBenchResult result;
  for (const StoreKind kind :
       {StoreKind::npy, StoreKind::dat, StoreKind::hdf5, StoreKind::pt, StoreKind::cut_out}) {
    StorageFigures storage;
    storage.kind = kind;
    storage.cold_s = 100e-6;
    result.storages.push_back(storage);
  }
  result.storages.push_back(result.storages[2]);
  result.storages.back().type = ElementType::uint8;
  struct Row {
    double cold_s;
    const char* said;
  };
  const auto row = GENERATE(values<Row>({{25e-6, "0.25 times the time of npy (faster)"},
                                         {85e-6, "0.85 times the time of npy (about as fast)"},
                                         {120e-6, "1.2 times the time of npy (about as fast)"},
                                         {150e-6, "1.5 times the time of npy (slower)"}}));
  result.storages[2].cold_s = row.cold_s;
  CHECK_THAT(conclude(result)[5], ContainsSubstring(row.said));
}

TEST_CASE("what cutouts cannot do is refused", "[app][cutouts][e2e]") {
  struct Row {
    std::vector<std::string> arguments;
    int status;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {{}, 2, "cutouts: found no command, expected one of list, show, extract, import, export"},
      {{"lsit", "store.h5"}, 2, "cutouts: unknown command 'lsit'; the nearest one is list"},
      {{"list"}, 2, "STORE is required"},
      {{"list", "store.h5", "--min-sn", "3"},
       2,
       "cutouts list: unknown option '--min-sn'; the nearest one is --min-snr"},
      {{"list", "store.h5", "--min-snr", "x"}, 2, "--min-snr: found 'x'"},
      {{"list", "absent.h5"}, 66, "absent.h5: cannot be read"},
      {{"list", "text"}, 65, "text: found no cutouts, expected HDF5"},
      {{"show", "store.h5"}, 2, "N is required"},
      {{"show", "store.h5", "20"}, 2, "N: found '20', expected a whole number from 0 to 19"},
      {{"extract", "store.h5", "1"}, 2, "--output is required"},
      {{"export", "store.h5", "x", "--format", "fits"},
       2,
       "--format: found 'fits', expected npy, dat, pt, fetch or hdf5"},
  }));
  const TemporaryFolder folder;
  make_store(folder);
  test::write_file(folder.file("text"), "no store\n");
  std::vector<std::string> arguments{"cutouts"};
  arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
  CAPTURE(arguments);
  const auto result = run_draftstream(arguments, folder.path());
  CAPTURE(result.err);
  CHECK(result.status == row.status);
  CHECK_THAT(result.err, ContainsSubstring(row.message));
  CHECK(result.out.empty());
}

TEST_CASE("a store that is being written is not imported into", "[app][cutouts][e2e]") {
  const TemporaryFolder folder;
  const std::string store = make_store(folder);
  const auto format = open_cutout_store(store)->format();
  const auto writer = make_cutout_writer(store, StoreKind::hdf5, format, Existing::append);
  const auto result = run_draftstream({"cutouts", "import", store, store, "--append"});
  CHECK(result.status == 75);
  CHECK_THAT(result.err, ContainsSubstring("found another process that appends to it"));
  CHECK(run_draftstream({"cutouts", "list", store}).status == 0);
}
