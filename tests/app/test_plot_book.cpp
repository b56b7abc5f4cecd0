// Which candidates share a slice, which slices of a block are drawn, and what they are called.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/plot_book.hpp"
#include "app/plot_files.hpp"
#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;

namespace {

SliceStretch stretch(std::uint64_t first, double dm_low = 0.0) {
  return {first, 2048, {dm_low, dm_low + 500.0}};
}

PlottedCandidate candidate(double snr, const std::string& label = "burst") {
  PlottedCandidate one;
  one.event.signal.snr = snr;
  one.event.classifier.label = label;
  return one;
}

std::vector<double> snrs(const PlotSlice& slice) {
  std::vector<double> all;
  for (const PlottedCandidate& one : slice.candidates) all.push_back(one.event.signal.snr);
  return all;
}

}  // namespace

TEST_CASE("candidates of a slice are ranked by label, then by S/N", "[app][plots]") {
  SliceBook book{4, 3};
  book.take(0, 7, stretch(1000), candidate(50.0, "interference"));
  book.take(0, 7, stretch(1000), candidate(8.0));
  book.take(0, 7, stretch(1000), candidate(20.0, "unjudged"));
  book.take(0, 7, stretch(1000), candidate(9.0));
  const auto completed = book.complete(0, 8);
  REQUIRE(completed.slices.size() == 1);
  CHECK(snrs(completed.slices[0]) == std::vector<double>{9.0, 8.0, 20.0});
  CHECK(completed.slices[0].more == 1);
  CHECK(completed.left_out == 0);
}

TEST_CASE("slices are numbered by time, in each block and beam from 0", "[app][plots]") {
  SliceBook book{4};
  book.take(0, 7, stretch(3000), candidate(10.0));
  book.take(0, 7, stretch(1000, 500.0), candidate(11.0));
  book.take(0, 7, stretch(1000), candidate(12.0));
  book.take(0, 8, stretch(1000), candidate(13.0));  // seen from the next block
  book.take(1, 7, stretch(500), candidate(14.0));
  CHECK(book.has(0, 7));
  CHECK_FALSE(book.has(0, 6));
  CHECK(book.complete(0, 7).slices.empty());
  const auto first = book.complete(0, 8).slices;
  REQUIRE(first.size() == 3);
  CHECK(snrs(first[0]) == std::vector<double>{12.0});
  CHECK(snrs(first[1]) == std::vector<double>{11.0});
  CHECK(snrs(first[2]) == std::vector<double>{10.0});
  for (unsigned i = 0; i < 3; ++i) CHECK(first[i].number == i);
  const auto second = book.complete(0, 100).slices;
  REQUIRE(second.size() == 1);
  CHECK(second[0].chunk == 8);
  CHECK(second[0].number == 0);
  CHECK(book.complete(1, 100).slices.size() == 1);
  CHECK(book.has(0, 7));
  // Late: the pictures that are there are not overwritten.
  book.take(0, 7, stretch(9000), candidate(15.0));
  const auto late = book.complete(0, 100).slices;
  REQUIRE(late.size() == 1);
  CHECK(late[0].number == 3);
}

TEST_CASE("of too many slices those are drawn that matter most", "[app][plots]") {
  SliceBook book{2};
  book.take(0, 0, stretch(1), candidate(9.0));
  book.take(0, 0, stretch(2), candidate(90.0, "interference"));
  book.take(0, 0, stretch(3), candidate(8.0));
  book.take(0, 0, stretch(4), candidate(30.0, "unjudged"));
  const auto completed = book.complete(0, 1);
  CHECK(completed.left_out == 2);
  REQUIRE(completed.slices.size() == 2);
  CHECK(completed.slices[0].number == 0);
  CHECK(completed.slices[1].number == 2);  // those in between have their numbers, too
  CHECK(snrs(completed.slices[1]) == std::vector<double>{8.0});
}

TEST_CASE("a picture's name tells block, slice and band", "[app][plots]") {
  const test::TemporaryFolder folder;
  const std::filesystem::path chunks = folder.file("chunks");
  const auto file = plot_file(chunks, 7, plot_folder::composite, slice_name("obs.1", 12), "svg");
  CHECK(file == chunks / "chunk007" / "Composite" / "obs.1_slice012_band0.svg");
  CHECK(std::filesystem::is_directory(file.parent_path()));
  CHECK(plot_file(chunks, 12345, plot_folder::patches, "x", "png") ==
        chunks / "chunk12345" / "Patches" / "x.png");
}

TEST_CASE("pictures of an earlier run are removed, and nothing else", "[app][plots]") {
  const test::TemporaryFolder folder;
  const std::filesystem::path results = folder.file("out");
  const auto make = [&](const std::string& name) {
    const std::filesystem::path path = results / name;
    std::filesystem::create_directories(path.parent_path());
    test::write_file(path.string(), "x");
    return path;
  };
  const std::vector<std::filesystem::path> ours{
      make("overview.png"), make("chunks/chunk000/Composite/a_slice000_band0.png"),
      make("chunks/chunk000/Patches/event.pdf"),
      make("chunks/chunk1234/waterfall_dispersion/a.svg")};
  const std::vector<std::filesystem::path> theirs{make("overview.txt"),
                                                  make("mine.png"),
                                                  make("chunks/chunk000/notes.txt"),
                                                  make("chunks/chunk000/Composite/notes.txt"),
                                                  make("chunks/mine/Composite/a.png"),
                                                  make("chunks/chunkx/Composite/a.png")};
  remove_plots(results);
  for (const auto& path : ours) CHECK_FALSE(std::filesystem::exists(path));
  for (const auto& path : theirs) CHECK(std::filesystem::exists(path));
  CHECK_FALSE(std::filesystem::exists(results / "chunks/chunk000/Patches"));
  CHECK_FALSE(std::filesystem::exists(results / "chunks/chunk1234"));
  CHECK_NOTHROW(remove_plots(folder.file("none")));
}
