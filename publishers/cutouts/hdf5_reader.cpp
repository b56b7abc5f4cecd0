// Reading an HDF5 store.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ingest/errors.hpp"
#include "publishers/cutouts/hdf5_layout.hpp"
#include "publishers/cutouts/hdf5_store.hpp"
#include "publishers/cutouts/hdf5_table.hpp"

namespace draftstream {
namespace {

hid_t memory_type(ElementType type) {
  switch (type) {
    case ElementType::uint8:
      return H5T_NATIVE_UINT8;
    case ElementType::int8:
      return H5T_NATIVE_INT8;
    case ElementType::float32:
      return H5T_NATIVE_FLOAT;
  }
  throw std::logic_error("memory_type: no such element type");
}

class Hdf5Store : public CutoutStore {
 public:
  explicit Hdf5Store(const std::filesystem::path& path)
      : path_{path}, layout_{open_hdf5_layout(path, Hdf5Access::read)}, row_type_{table_type()} {
    size_ = committed_rows(path_, layout_.table.get());
    check_parts();
  }

  [[nodiscard]] StoreKind kind() const override { return StoreKind::hdf5; }
  [[nodiscard]] const CutoutFormat& format() const override { return layout_.format; }
  [[nodiscard]] std::size_t size() const override { return size_; }

  std::size_t refresh() override {
    const QuietHdf5 quiet;
    refresh(layout_.table.get());
    // The table first: the arrays of its rows are in the file by now.
    const std::size_t rows = committed_rows(path_, layout_.table.get());
    for (const CutoutPart part : cutout_parts) {
      if (layout_.format.of(part)) refresh(layout_.part(part));
    }
    size_ = std::max(size_, rows);
    check_parts();
    return size_;
  }

  [[nodiscard]] std::vector<CutoutInfo> infos(std::size_t first, std::size_t count) const override {
    check_rows(first, count);
    if (count == 0) return {};
    const QuietHdf5 quiet;
    const hsize_t begin = first;
    const hsize_t length = count;
    const Hdf5Handle in_file{H5Dget_space(layout_.table.get())};
    const Hdf5Handle in_memory{H5Screate_simple(1, &length, nullptr)};
    H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, &begin, nullptr, &length, nullptr);
    std::vector<TableRow> rows(count);
    if (H5Dread(layout_.table.get(), row_type_.get(), in_memory.get(), in_file.get(), H5P_DEFAULT,
                rows.data()) < 0) {
      throw InputError{
          fmt::format("{}: table, rows {} to {}", path_.string(), first, first + count - 1),
          "a fault: " + hdf5_reason(), "rows that can be read"};
    }
    std::vector<CutoutInfo> all;
    all.reserve(count);
    for (const TableRow& row : rows) all.push_back(to_info(row));
    return all;
  }

  void read(std::size_t row, CutoutPart part, std::span<std::byte> out) const override {
    check_read(row, part, out.size());
    const QuietHdf5 quiet;
    const ArrayFormat& array = *layout_.format.of(part);
    const std::size_t rank = array.shape.size() + 1;
    hsize_t begin[5] = {row};
    hsize_t length[5] = {1};
    std::copy(array.shape.begin(), array.shape.end(), length + 1);
    const Hdf5Handle in_file{H5Dget_space(layout_.part(part))};
    const Hdf5Handle in_memory{H5Screate_simple(static_cast<int>(rank), length, nullptr)};
    H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, begin, nullptr, length, nullptr);
    if (H5Dread(layout_.part(part), memory_type(array.type), in_memory.get(), in_file.get(),
                H5P_DEFAULT, out.data()) < 0) {
      throw InputError{fmt::format("{}: {} {}", path_.string(), name(part), row),
                       "a fault: " + hdf5_reason(), "an array that can be read"};
    }
  }

 private:
  void refresh(hid_t set) {
    if (H5Drefresh(set) < 0) {
      throw InputError{path_.string(), "a fault: " + hdf5_reason(), "data that can be refreshed"};
    }
  }

  void check_parts() const {
    for (const CutoutPart part : cutout_parts) {
      if (!layout_.format.of(part)) continue;
      const std::size_t rows = rows_of(layout_.part(part));
      if (rows < size_) {
        throw InputError{fmt::format("{}: {}s", path_.string(), name(part)),
                         fmt::format("{} rows", rows), fmt::format("{}, as in its table", size_)};
      }
    }
  }

  std::filesystem::path path_;
  Hdf5Layout layout_;
  Hdf5Handle row_type_;
  std::size_t size_ = 0;
};

}  // namespace

std::unique_ptr<CutoutStore> open_hdf5_store(const std::filesystem::path& path) {
  return std::make_unique<Hdf5Store>(path);
}

}  // namespace draftstream
