#include "publishers/cutouts/hdf5_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "ingest/errors.hpp"
#include "publishers/cutouts/hdf5_table.hpp"

namespace draftstream {
namespace {

// Objects smaller than a page never cross the border of one: a write that a kill cuts off there
// leaves whole objects. It also keeps cutouts of a page and more on pages of their own.
constexpr hsize_t page_bytes = 4096;
// Metadata that is being written is read again; 2^28 ns, all waits together, is long enough.
constexpr unsigned read_attempts = 28;

const char* data_set_name(CutoutPart part) {
  return part == CutoutPart::tile ? "tiles" : "patches";
}

Hdf5Handle file_type(ElementType type) {
  switch (type) {
    case ElementType::uint8:
      return Hdf5Handle{H5Tcopy(H5T_STD_U8LE)};
    case ElementType::int8:
      return Hdf5Handle{H5Tcopy(H5T_STD_I8LE)};
    case ElementType::float32:
      return Hdf5Handle{H5Tcopy(H5T_IEEE_F32LE)};
  }
  throw std::logic_error("file_type: no such element type");
}

// The format that appending readers and writers need; no lock of HDF5's own: it is refused by some
// network file systems, and would keep readers out.
Hdf5Handle file_access() {
  Hdf5Handle access{H5Pcreate(H5P_FILE_ACCESS)};
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_file_locking(access.get(), false, true);
  return access;
}

void write_text(hid_t owner, const char* name, const std::string& text) {
  const Hdf5Handle type{H5Tcopy(H5T_C_S1)};
  H5Tset_size(type.get(), std::max<std::size_t>(text.size(), 1));
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  const Hdf5Handle space{H5Screate(H5S_SCALAR)};
  const Hdf5Handle attribute{
      H5Acreate2(owner, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT)};
  if (!attribute || H5Awrite(attribute.get(), type.get(), text.data()) < 0) {
    throw std::runtime_error(fmt::format("attribute {}: {}", name, hdf5_reason()));
  }
}

// @return "" where there is none, or none that is a text of fixed length.
std::string read_text(hid_t owner, const char* name) {
  const Hdf5Handle attribute{H5Aopen(owner, name, H5P_DEFAULT)};
  if (!attribute) return "";
  const Hdf5Handle type{H5Aget_type(attribute.get())};
  const Hdf5Handle space{H5Aget_space(attribute.get())};
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 ||
      H5Sget_simple_extent_npoints(space.get()) != 1) {
    return "";
  }
  std::string text(H5Tget_size(type.get()), '\0');
  if (H5Aread(attribute.get(), type.get(), text.data()) < 0) return "";
  return text.substr(0, text.find('\0'));
}

Hdf5Handle create_part(hid_t file, CutoutPart part, const ArrayFormat& format) {
  std::vector<hsize_t> extent{0};
  std::vector<hsize_t> chunk{1};
  extent.insert(extent.end(), format.shape.begin(), format.shape.end());
  chunk.insert(chunk.end(), format.shape.begin(), format.shape.end());
  std::vector<hsize_t> most = extent;
  most[0] = H5S_UNLIMITED;
  // A second dimension without end makes HDF5 find chunks by a B-tree, whose nodes of 2 KB lie
  // within pages. With one, it would be an array whose blocks of 8 KB do not:
  // docs/design/cutouts.md
  most[1] = H5S_UNLIMITED;
  const int rank = static_cast<int>(extent.size());
  const Hdf5Handle space{H5Screate_simple(rank, extent.data(), most.data())};
  const Hdf5Handle creation{H5Pcreate(H5P_DATASET_CREATE)};
  H5Pset_chunk(creation.get(), rank, chunk.data());
  const Hdf5Handle type = file_type(format.type);
  Hdf5Handle set{H5Dcreate2(file, data_set_name(part), type.get(), space.get(), H5P_DEFAULT,
                            creation.get(), H5P_DEFAULT)};
  if (!set) throw std::runtime_error(fmt::format("{}: {}", data_set_name(part), hdf5_reason()));
  write_text(set.get(), "axes", "cutout," + format.axes);
  write_text(set.get(), "units", format.units);
  return set;
}

Hdf5Handle create_table(hid_t file) {
  const hsize_t none = 0;
  const hsize_t most = H5S_UNLIMITED;
  const Hdf5Handle space{H5Screate_simple(1, &none, &most)};
  const Hdf5Handle creation{H5Pcreate(H5P_DATASET_CREATE)};
  const hsize_t chunk = table_chunk_rows;
  H5Pset_chunk(creation.get(), 1, &chunk);
  const Hdf5Handle type = table_type();
  Hdf5Handle table{
      H5Dcreate2(file, "table", type.get(), space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT)};
  if (!table) throw std::runtime_error("table: " + hdf5_reason());
  for (const TableField& field : table_fields()) write_text(table.get(), field.name, field.meaning);
  return table;
}

void create_objects(const std::filesystem::path& path, const CutoutFormat& format) {
  const Hdf5Handle creation{H5Pcreate(H5P_FILE_CREATE)};
  H5Pset_file_space_strategy(creation.get(), H5F_FSPACE_STRATEGY_PAGE, false, 1);
  H5Pset_file_space_page_size(creation.get(), page_bytes);
  const Hdf5Handle access = file_access();
  Hdf5Handle file{H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get())};
  if (!file) throw std::runtime_error("cannot be made: " + hdf5_reason());
  write_text(file.get(), "schema", cutout_schema);
  for (const CutoutPart part : cutout_parts) {
    if (format.of(part)) create_part(file.get(), part, *format.of(part));
  }
  create_table(file.get());
  if (!file.close()) throw std::runtime_error("cannot be written: " + hdf5_reason());
}

// How long the file shall be, by its superblock, versions 2 and 3; 0 where that is another one.
// @source HDF5 File Format Specification 3.0, II.A
std::uint64_t noted_bytes(const std::filesystem::path& path) {
  std::array<unsigned char, 36> superblock{};
  std::ifstream file{path, std::ios::binary};
  file.read(reinterpret_cast<char*>(superblock.data()), superblock.size());
  if (!file || (superblock[8] != 2 && superblock[8] != 3) || superblock[9] != 8) return 0;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, &superblock[28], sizeof bytes);
  return bytes;
}

// A writer that is killed while it closes the file may have noted the length before the last page
// has it. Anything more that is missing is a copy that was cut off.
void check_length(const std::filesystem::path& path, Hdf5Access access) {
  const std::uint64_t found = std::filesystem::file_size(path);
  const std::uint64_t noted = noted_bytes(path);
  if (noted > found + page_bytes) {
    throw InputError{"", fmt::format("{} bytes", found),
                     fmt::format("{}, as its superblock says", noted)};
  }
  if (access == Hdf5Access::append && noted > found) std::filesystem::resize_file(path, noted);
}

// To be made at once: letting go of any handle empties the error stack.
InputError cannot_open() {
  return InputError{"", "a file that HDF5 cannot open: " + hdf5_reason(), "a store of cutouts"};
}

Hdf5Handle open_for_reading(const std::filesystem::path& path) {
  const Hdf5Handle access = file_access();
  H5Pset_metadata_read_attempts(access.get(), read_attempts);
  // This takes files that are being written and that a killed process has left, too.
  Hdf5Handle file{H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access.get())};
  if (file) return file;
  // A copy in another format, as h5repack makes.
  file = Hdf5Handle{H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get())};
  if (!file) throw cannot_open();
  return file;
}

Hdf5Handle open_for_appending(const std::filesystem::path& path) {
  const Hdf5Handle access = file_access();
  const unsigned flags = H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE;
  Hdf5Handle file{H5Fopen(path.c_str(), flags, access.get())};
  if (file) return file;
  // The mark that a killed process left. Whoever holds our lock is the only one that may clear it;
  // this is what the tool h5clear does, and HDF5 has no other name for it.
  const hbool_t clear = true;
  H5Pset(access.get(), "clear_status_flags", &clear);
  file = Hdf5Handle{H5Fopen(path.c_str(), flags, access.get())};
  if (!file) throw cannot_open();
  // Nor did it note how far the file reaches: space that is in use would be given away again.
  hsize_t bytes = 0;
  H5Fget_filesize(file.get(), &bytes);
  if (H5Fincrement_filesize(file.get(), (page_bytes - bytes % page_bytes) % page_bytes) < 0) {
    throw cannot_open();
  }
  return file;
}

ArrayFormat read_format(hid_t set, CutoutPart part) {
  const Hdf5Handle type{H5Dget_type(set)};
  ArrayFormat format;
  bool known = false;
  for (const auto candidate : {ElementType::uint8, ElementType::int8, ElementType::float32}) {
    if (H5Tequal(type.get(), file_type(candidate).get()) > 0) {
      format.type = candidate;
      known = true;
    }
  }
  if (!known) {
    throw InputError{data_set_name(part), "elements of another type",
                     "uint8, int8 or float32, little-endian"};
  }
  const Hdf5Handle space{H5Dget_space(set)};
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 2 || rank > 5) {
    throw InputError{data_set_name(part), fmt::format("{} dimensions", rank), "2 to 5"};
  }
  std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr);
  format.shape.assign(extent.begin() + 1, extent.end());
  const std::string axes = read_text(set, "axes");
  format.axes = axes.rfind("cutout,", 0) == 0 ? axes.substr(7) : axes;
  format.units = read_text(set, "units");
  return format;
}

void check_schema(hid_t file) {
  const std::string found = read_text(file, "schema");
  const std::string expected = cutout_schema;
  const auto major = [](const std::string& text) { return text.substr(0, text.find('.')); };
  if (major(found) != major(expected)) {
    throw InputError{"attribute schema", found.empty() ? "none" : "'" + found + "'",
                     "'" + expected + "'"};
  }
}

void check_table(hid_t table) {
  const Hdf5Handle type{H5Dget_type(table)};
  const Hdf5Handle space{H5Dget_space(table)};
  const bool compound = H5Tget_class(type.get()) == H5T_COMPOUND;
  for (const TableField& field : table_fields()) {
    if (!compound || H5Tget_member_index(type.get(), field.name) < 0) {
      throw InputError{"table", fmt::format("no field {}", field.name), "one"};
    }
  }
  if (H5Sget_simple_extent_ndims(space.get()) != 1) {
    throw InputError{"table", "several dimensions", "one"};
  }
}

Hdf5Layout open_objects(const std::filesystem::path& path, Hdf5Access access) {
  check_length(path, access);
  Hdf5Layout layout;
  layout.file = access == Hdf5Access::read ? open_for_reading(path) : open_for_appending(path);
  check_schema(layout.file.get());
  // The table first: whatever rows it has then, their arrays are there when these are opened.
  layout.table = Hdf5Handle{H5Dopen2(layout.file.get(), "table", H5P_DEFAULT)};
  if (!layout.table) throw InputError{"table", "none: " + hdf5_reason(), "a data set"};
  check_table(layout.table.get());
  // Whole chunks pass between file and caller; a cache would copy them once more.
  const Hdf5Handle uncached{H5Pcreate(H5P_DATASET_ACCESS)};
  H5Pset_chunk_cache(uncached.get(), 0, 0, H5D_CHUNK_CACHE_W0_DEFAULT);
  for (const CutoutPart part : cutout_parts) {
    if (H5Lexists(layout.file.get(), data_set_name(part), H5P_DEFAULT) <= 0) continue;
    Hdf5Handle set{H5Dopen2(layout.file.get(), data_set_name(part), uncached.get())};
    if (!set) throw InputError{data_set_name(part), "a fault: " + hdf5_reason(), "a data set"};
    layout.format.of(part) = read_format(set.get(), part);
    layout.parts[static_cast<std::size_t>(part)] = std::move(set);
  }
  try {
    layout.format.check();
  } catch (const std::invalid_argument& error) {
    throw InputError{"", error.what(), "a store of cutouts"};
  }
  return layout;
}

}  // namespace

void create_hdf5_store(const std::filesystem::path& path, const CutoutFormat& format) {
  const QuietHdf5 quiet;
  auto temporary = path;
  temporary += ".new";
  try {
    create_objects(temporary, format);
  } catch (const std::runtime_error& error) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw std::runtime_error(path.string() + ": " + error.what());
  }
  std::filesystem::rename(temporary, path);
}

Hdf5Layout open_hdf5_layout(const std::filesystem::path& path, Hdf5Access access) {
  const QuietHdf5 quiet;
  try {
    return open_objects(path, access);
  } catch (const InputError& error) {
    throw error.in_file(path.string());
  }
}

std::size_t rows_of(hid_t data_set) {
  const Hdf5Handle space{H5Dget_space(data_set)};
  hsize_t extent[5] = {0};
  H5Sget_simple_extent_dims(space.get(), extent, nullptr);
  return static_cast<std::size_t>(extent[0]);
}

std::size_t committed_rows(const std::filesystem::path& path, hid_t table) {
  const QuietHdf5 quiet;
  const Hdf5Handle number{H5Tcreate(H5T_COMPOUND, sizeof(std::uint64_t))};
  H5Tinsert(number.get(), "number", 0, H5T_NATIVE_UINT64);
  const Hdf5Handle one{H5Screate(H5S_SCALAR)};
  std::size_t rows = rows_of(table);
  const Hdf5Handle space{H5Dget_space(table)};
  // A row beyond what was flushed may have its place, and not yet its content.
  for (; rows > 0; --rows) {
    const hsize_t row = rows - 1;
    std::uint64_t found = 0;
    H5Sselect_elements(space.get(), H5S_SELECT_SET, 1, &row);
    if (H5Dread(table, number.get(), one.get(), space.get(), H5P_DEFAULT, &found) < 0) {
      throw InputError{path.string() + ": table", "a fault: " + hdf5_reason(),
                       fmt::format("row {}", row)};
    }
    if (found == rows) break;
  }
  return rows;
}

}  // namespace draftstream
