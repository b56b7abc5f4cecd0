// Cutouts come back from every kind of store as they went in.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "ingest/errors.hpp"
#include "publishers/cutouts/store_layout.hpp"
#include "tests/publishers/cutout_cases.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace draftstream;
using test::fault_of;
using test::numbered_cutout;
using test::small_format;
using test::TemporaryFolder;

namespace {

void fill(const std::string& path, StoreKind kind, const CutoutFormat& format, std::size_t rows) {
  const auto writer = make_cutout_writer(path, kind, format, Existing::replace);
  for (std::size_t row = 0; row < rows; ++row) {
    REQUIRE(writer->append(numbered_cutout(row, format)) == row);
  }
  writer->close();
}

std::string path_of(const TemporaryFolder& folder, StoreKind kind) {
  return folder.file("store." + std::string{name(kind)});
}

std::string sentence_of_opening(const std::string& path) {
  try {
    const auto store = open_cutout_store(path);
  } catch (const InputError& error) {
    return error.what();
  } catch (const MissingInput& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("cutouts come back from every kind of store", "[publishers][cutouts]") {
  const auto kind = GENERATE(StoreKind::hdf5, StoreKind::npy, StoreKind::dat, StoreKind::pt);
  CAPTURE(name(kind));
  const TemporaryFolder folder;
  const std::string path = path_of(folder, kind);
  constexpr std::size_t rows = 150;  // more than a chunk of the table
  fill(path, kind, small_format(), rows);

  const auto store = open_cutout_store(path);
  CHECK(store->kind() == kind);
  REQUIRE(store->size() == rows);
  CHECK(store->refresh() == rows);
  for (std::size_t row = rows; row-- > 0;) {  // not in the order of writing
    CAPTURE(row);
    CHECK(fault_of(*store, row).empty());
  }
  CHECK(store->format().tile->shape == small_format().tile->shape);
  CHECK(store->format().tile->axes == "plane,dm,time");
  CHECK(store->format().patch->units == "sigma");
  CHECK(store->format().patch->type == ElementType::float32);

  // Many at once, in any order, some twice.
  const std::vector<std::size_t> asked{7, 3, 149, 3, 0};
  const std::size_t bytes = store->format().tile->bytes();
  std::vector<std::byte> all(asked.size() * bytes);
  store->read_many(asked, CutoutPart::tile, all);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    std::vector<std::byte> one(bytes);
    store->read(asked[i], CutoutPart::tile, one);
    CHECK(std::equal(one.begin(), one.end(), all.begin() + static_cast<std::ptrdiff_t>(i * bytes)));
  }

  std::vector<std::byte> room(bytes);
  CHECK_THROWS_AS(store->read(rows, CutoutPart::tile, room), std::out_of_range);
  CHECK_THROWS_AS(store->infos(rows - 1, 2), std::out_of_range);
  CHECK_THROWS_AS(store->infos(1, SIZE_MAX), std::out_of_range);
  room.pop_back();
  CHECK_THROWS_AS(store->read(0, CutoutPart::tile, room), std::invalid_argument);
}

TEST_CASE("a store may have one part only, and be empty", "[publishers][cutouts]") {
  const auto kind = GENERATE(StoreKind::hdf5, StoreKind::npy, StoreKind::dat, StoreKind::pt);
  const auto part = GENERATE(CutoutPart::tile, CutoutPart::patch);
  const std::size_t rows = GENERATE(0, 4);
  CAPTURE(name(kind), name(part), rows);
  CutoutFormat format;
  format.of(part) = ArrayFormat{ElementType::int8, {7}, "time", ""};
  const TemporaryFolder folder;
  const std::string path = path_of(folder, kind);
  fill(path, kind, format, rows);
  const auto store = open_cutout_store(path);
  REQUIRE(store->size() == rows);
  CHECK(store->format().tile.has_value() == (part == CutoutPart::tile));
  CHECK(store->format().patch.has_value() == (part == CutoutPart::patch));
  for (std::size_t row = 0; row < rows; ++row) CHECK(fault_of(*store, row).empty());
  std::vector<std::byte> room(7);
  const auto other = part == CutoutPart::tile ? CutoutPart::patch : CutoutPart::tile;
  if (rows > 0) CHECK_THROWS_AS(store->read(0, other, room), std::invalid_argument);
}

TEST_CASE("what does not fit is refused, and nothing is stored", "[publishers][cutouts]") {
  const TemporaryFolder folder;
  const auto writer =
      make_cutout_writer(folder.file("a.h5"), StoreKind::hdf5, small_format(), Existing::replace);
  auto wrong = numbered_cutout(0);
  wrong.tile.pop_back();
  CHECK_THROWS_WITH(writer->append(wrong), "cutout: tile: found 29 bytes, expected 0 or 30");
  wrong = numbered_cutout(0);
  wrong.info.event_id = std::string(96, 'x');
  CHECK_THROWS_WITH(writer->append(wrong), "cutout: event_id: found 96 bytes, expected 95 at most");
  CHECK(writer->append(numbered_cutout(0)) == 0);
  writer->close();

  CutoutFormat none;
  CHECK_THROWS_AS(make_cutout_writer(folder.file("b"), StoreKind::dat, none, Existing::replace),
                  std::invalid_argument);
  none.tile = ArrayFormat{ElementType::uint8, {2, 0}, "", ""};
  CHECK_THROWS_AS(make_cutout_writer(folder.file("b"), StoreKind::hdf5, none, Existing::replace),
                  std::invalid_argument);
}

TEST_CASE("of a long path the end is kept, whole characters of it", "[publishers][cutouts]") {
  Cutout cutout;
  cutout.info.file = "\xC3\xA9" + std::string(254, 'x');  // the cut falls into the first letter
  CHECK(checked_info(cutout, small_format()).file == std::string(254, 'x'));
  cutout.info.file = "y\xC3\xA9" + std::string(253, 'x');
  CHECK(checked_info(cutout, small_format()).file == "\xC3\xA9" + std::string(253, 'x'));
}

TEST_CASE("an HDF5 store can be read while it is written", "[publishers][cutouts]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const auto writer = make_cutout_writer(path, StoreKind::hdf5, small_format(), Existing::replace);
  const auto early = open_cutout_store(path);
  CHECK(early->size() == 0);
  for (std::size_t row = 0; row < 70; ++row) writer->append(numbered_cutout(row));
  CHECK(early->refresh() == 0);  // nothing was flushed
  writer->flush();
  CHECK(early->size() == 0);
  REQUIRE(early->refresh() == 70);
  for (std::size_t row = 0; row < 70; ++row) CHECK(fault_of(*early, row).empty());
  for (std::size_t row = 70; row < 75; ++row) {
    writer->append(numbered_cutout(row));
    writer->flush();
    REQUIRE(early->refresh() == row + 1);
    CHECK(fault_of(*early, row).empty());
    CHECK(open_cutout_store(path)->size() == row + 1);
  }
}

TEST_CASE("one writer at a time appends to an HDF5 store", "[publishers][cutouts]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const auto open = [&](Existing existing) {
    return make_cutout_writer(path, StoreKind::hdf5, small_format(), existing);
  };
  auto writer = open(Existing::replace);
  writer->append(numbered_cutout(0));
  CHECK_THROWS_AS(open(Existing::append), StoreBusy);
  CHECK_THROWS_AS(open(Existing::replace), StoreBusy);
  writer->close();
  auto next = open(Existing::append);
  CHECK(next->append(numbered_cutout(1)) == 1);
  next.reset();  // closes it
  const auto store = open_cutout_store(path);
  REQUIRE(store->size() == 2);
  CHECK(fault_of(*store, 0).empty());
  CHECK(fault_of(*store, 1).empty());

  CutoutFormat other = small_format();
  other.tile->shape[0] = 1;
  CHECK_THROWS_AS(make_cutout_writer(path, StoreKind::hdf5, other, Existing::append), InputError);
  CHECK_THROWS_AS(make_cutout_writer(path, StoreKind::dat, small_format(), Existing::append),
                  InputError);
}

TEST_CASE("a copy of an HDF5 store that was cut off is refused", "[publishers][cutouts]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  fill(path, StoreKind::hdf5, small_format(), 10);
  const auto size = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, size - 1);
  CHECK_THAT(sentence_of_opening(path), ContainsSubstring("truncated file"));
  std::filesystem::resize_file(path, size - 4097);
  CHECK_THAT(sentence_of_opening(path), ContainsSubstring("as its superblock says"));
  CHECK_THROWS_AS(make_cutout_writer(path, StoreKind::hdf5, small_format(), Existing::append),
                  InputError);
}

TEST_CASE("virtual cutouts are cut from their source", "[publishers][cutouts]") {
  const TemporaryFolder folder;
  constexpr std::size_t header = 5;
  constexpr std::size_t columns = 6;
  std::string source(header, '#');
  for (char value = 0; value < 24; ++value) source += value;  // 4 rows of 6
  std::ofstream{folder.file("sky.raw"), std::ios::binary} << source;
  StoreLayout layout;
  layout.kind = StoreKind::cut_out;
  layout.format.tile = ArrayFormat{ElementType::uint8, {2, 3}, "y,x", ""};
  layout.source = CutSource{"sky.raw", header, ElementType::uint8, 4, columns};
  layout.places = {{0, 0}, {2, 3}, {1, 2}};
  layout.infos.resize(3);
  for (CutoutInfo& info : layout.infos) info.has_tile = true;
  const std::string path = folder.file("sky.virtual.json");
  write_layout(path, layout);

  const auto store = open_cutout_store(path);
  CHECK(store->kind() == StoreKind::cut_out);
  const auto cut = [&](std::size_t row) {
    std::vector<std::byte> bytes(6);
    store->read(row, CutoutPart::tile, bytes);
    std::vector<int> values;
    for (const std::byte byte : bytes) values.push_back(std::to_integer<int>(byte));
    return values;
  };
  CHECK(cut(0) == std::vector<int>{0, 1, 2, 6, 7, 8});
  CHECK(cut(1) == std::vector<int>{15, 16, 17, 21, 22, 23});
  CHECK(cut(2) == std::vector<int>{8, 9, 10, 14, 15, 16});

  layout.places[1] = {3, 3};
  write_layout(path, layout);
  CHECK(sentence_of_opening(path) ==
        path + ": cutouts[1]: found row 3, column 3, expected a place inside the source");
  layout.places[1] = {2, 3};
  layout.source->rows = 5;
  write_layout(path, layout);
  CHECK_THAT(sentence_of_opening(path),
             ContainsSubstring("sky.raw: found 29 bytes, expected 35 at least"));
}

TEST_CASE("damaged stores are refused with a sentence", "[publishers][cutouts]") {
  const TemporaryFolder folder;
  const auto kind = GENERATE(StoreKind::hdf5, StoreKind::npy, StoreKind::dat, StoreKind::pt);
  CAPTURE(name(kind));
  const std::string path = path_of(folder, kind);
  fill(path, kind, small_format(), 30);
  std::string file = path;
  if (kind == StoreKind::npy) file += "/000003.tile.npy";
  const auto size = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, size / 2);
  std::string said = sentence_of_opening(path);
  if (kind == StoreKind::npy) {  // opening looks at none of its files
    std::vector<std::byte> bytes(30);
    try {
      open_cutout_store(path)->read(3, CutoutPart::tile, bytes);
    } catch (const InputError& error) {
      said = error.what();
    }
  }
  CHECK(said.rfind(file, 0) == 0);
  CHECK_THAT(said, ContainsSubstring("found "));
  CHECK_THAT(said, ContainsSubstring("expected "));
}

TEST_CASE("what is no store is refused with a sentence", "[publishers][cutouts]") {
  const TemporaryFolder folder;
  CHECK_THAT(sentence_of_opening(folder.file("absent")), ContainsSubstring("cannot be read"));
  CHECK_THAT(sentence_of_opening(folder.path()), ContainsSubstring("neither cutouts.json nor"));
  const std::string path = folder.file("file");
  for (const std::string content :
       {"", "text", "{", "{}", "PK\x03\x04 no archive", "\x89HDF\r\n"}) {
    CAPTURE(content);
    std::ofstream{path, std::ios::binary} << content;
    const std::string said = sentence_of_opening(path);
    CHECK(said.rfind(path + ": ", 0) == 0);
    CHECK_THAT(said, ContainsSubstring("found "));
  }
}
