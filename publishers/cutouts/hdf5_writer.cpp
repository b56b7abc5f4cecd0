// Appending to an HDF5 store, so that a kill at any moment costs nothing that was flushed.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "ingest/errors.hpp"
#include "publishers/cutouts/hdf5_layout.hpp"
#include "publishers/cutouts/hdf5_store.hpp"
#include "publishers/cutouts/hdf5_table.hpp"

namespace draftstream {
namespace {

// Rows of the table that wait for their arrays to be in the file.
constexpr std::size_t most_pending = 256;

/// Held by who appends. Not flock, which HDF5's readers use, but a lock on a byte far behind the
/// end of the file; it goes with the process, however that ends.
class AppendLock {
 public:
  explicit AppendLock(const std::filesystem::path& path)
      : descriptor_{::open(path.c_str(), O_RDWR | O_CLOEXEC)} {
    if (descriptor_ < 0) {
      throw std::system_error(errno, std::generic_category(),
                              path.string() + ": cannot be opened for writing");
    }
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = off_t{1} << 62;
    lock.l_len = 1;
    // A file system without locks is no reason not to write.
    if (::fcntl(descriptor_, F_OFD_SETLK, &lock) != 0 && (errno == EACCES || errno == EAGAIN)) {
      ::close(descriptor_);
      throw StoreBusy(path.string() +
                      ": found another process that appends to it, expected none; it can be read, "
                      "but only one may append");
    }
  }
  ~AppendLock() { ::close(descriptor_); }
  AppendLock(const AppendLock&) = delete;
  AppendLock& operator=(const AppendLock&) = delete;

 private:
  int descriptor_;
};

bool same(const std::optional<ArrayFormat>& a, const std::optional<ArrayFormat>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->type == b->type && a->shape == b->shape;
}

class Hdf5Writer : public CutoutWriter {
 public:
  explicit Hdf5Writer(const std::filesystem::path& path)
      : path_{path}, lock_{std::make_unique<AppendLock>(path)} {
    layout_ = open_hdf5_layout(path, Hdf5Access::append);
    row_type_ = table_type();
    flushed_ = committed_rows(path, layout_.table.get());
    for (const CutoutPart part : cutout_parts) {
      if (layout_.format.of(part)) rows_in(part) = rows_of(layout_.part(part));
    }
    check_layout();
  }

  ~Hdf5Writer() override {
    try {
      close();
    } catch (const std::exception&) {  // nobody to tell; who wants to know calls close()
    }
  }

  [[nodiscard]] const CutoutFormat& format() const { return layout_.format; }

  std::size_t append(const Cutout& cutout) override {
    const QuietHdf5 quiet;
    refuse_if_failed();
    const CutoutInfo info = checked_info(cutout, layout_.format);
    const std::size_t row = flushed_ + pending_.size();
    for (const CutoutPart part : cutout_parts) {
      if (layout_.format.of(part)) write_part(part, row, cutout.bytes(part));
    }
    pending_.push_back(to_table_row(info, row));
    if (pending_.size() == most_pending) flush();
    return row;
  }

  void flush() override {
    refuse_if_failed();
    if (pending_.empty()) return;
    const QuietHdf5 quiet;
    // Arrays first. A row is in the table only when all of it is in the file.
    for (const CutoutPart part : cutout_parts) {
      if (layout_.format.of(part)) check(H5Dflush(layout_.part(part)), name(part));
    }
    for (std::size_t first = 0; first < pending_.size();) {
      const std::size_t in_chunk = table_chunk_rows - (flushed_ + first) % table_chunk_rows;
      const std::size_t last = std::min(first + in_chunk, pending_.size());
      write_rows(first, last);
      first = last;
    }
    flushed_ += pending_.size();
    pending_.clear();
  }

  void close() override {
    if (!layout_.file) return;
    try {
      if (!failed_) flush();
    } catch (...) {
      release();
      throw;
    }
    if (!release()) throw std::runtime_error(path_.string() + ": cannot be closed");
  }

 private:
  void refuse_if_failed() const {
    if (failed_) {
      throw std::runtime_error(path_.string() + ": cannot be written since an earlier failure");
    }
  }

  std::size_t& rows_in(CutoutPart part) { return rows_in_[static_cast<std::size_t>(part)]; }

  bool release() {
    if (failed_) {
      // HDF5 would try again to write what it could not, and crash, or note a length that the file
      // does not have. As it is, the file is what a killed writer leaves.
      layout_.table.abandon();
      for (auto& part : layout_.parts) part.abandon();
      layout_.file.abandon();
      lock_.reset();
      return true;
    }
    bool good = layout_.table.close();
    for (auto& part : layout_.parts) good = part.close() && good;
    good = layout_.file.close() && good;
    lock_.reset();
    return good;
  }

  void check(herr_t result, std::string_view what) {
    if (result < 0) {
      failed_ = true;
      throw std::runtime_error(
          fmt::format("{}: {}: cannot be written: {}", path_.string(), what, hdf5_reason()));
    }
  }

  // Chunks are written as they are; h5repack may have made others.
  void check_layout() const {
    for (const CutoutPart part : cutout_parts) {
      if (!layout_.format.of(part)) continue;
      const auto& shape = layout_.format.of(part)->shape;
      const Hdf5Handle creation{H5Dget_create_plist(layout_.part(part))};
      std::vector<hsize_t> expected{1};
      expected.insert(expected.end(), shape.begin(), shape.end());
      std::vector<hsize_t> found(expected.size());
      if (H5Pget_chunk(creation.get(), static_cast<int>(found.size()), found.data()) < 0 ||
          found != expected || H5Pget_nfilters(creation.get()) != 0) {
        throw InputError{fmt::format("{}: {}s", path_.string(), name(part)),
                         "chunks of another kind",
                         "one chunk a cutout, without filters; import it into a new store"};
      }
    }
  }

  void write_part(CutoutPart part, std::size_t row, std::span<const std::byte> bytes) {
    const hid_t set = layout_.part(part);
    const auto& array = *layout_.format.of(part);
    if (row >= rows_in(part)) {  // an interrupted writer may have made it longer than the table
      hsize_t extent[5] = {row + 1};
      std::copy(array.shape.begin(), array.shape.end(), extent + 1);
      check(H5Dset_extent(set, extent), name(part));
      rows_in(part) = row + 1;
    }
    const hsize_t begin[5] = {row};
    std::vector<std::byte> zeros;
    if (bytes.empty()) {
      if (!has_chunk(part, begin)) return;
      zeros.resize(array.bytes());
      bytes = zeros;
    }
    check(H5Dwrite_chunk(set, H5P_DEFAULT, 0, begin, bytes.size(), bytes.data()), name(part));
  }

  // Whether an interrupted writer left an array in a row that it never told of.
  bool has_chunk(CutoutPart part, const hsize_t* begin) {
    unsigned filters = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t bytes = 0;
    check(H5Dget_chunk_info_by_coord(layout_.part(part), begin, &filters, &address, &bytes),
          name(part));
    return address != HADDR_UNDEF;
  }

  // The rows [first, last) of those that wait; within one chunk, so that no row is in the file
  // before the ones that precede it.
  void write_rows(std::size_t first, std::size_t last) {
    const hid_t table = layout_.table.get();
    const hsize_t begin = flushed_ + first;
    const hsize_t length = last - first;
    const hsize_t end = std::max<hsize_t>(begin + length, rows_of(table));
    check(H5Dset_extent(table, &end), "table");
    const Hdf5Handle in_file{H5Dget_space(table)};
    const Hdf5Handle in_memory{H5Screate_simple(1, &length, nullptr)};
    H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, &begin, nullptr, &length, nullptr);
    check(H5Dwrite(table, row_type_.get(), in_memory.get(), in_file.get(), H5P_DEFAULT,
                   pending_.data() + first),
          "table");
    check(H5Dflush(table), "table");
  }

  std::filesystem::path path_;
  std::unique_ptr<AppendLock> lock_;  // let go after the file is closed
  Hdf5Layout layout_;
  Hdf5Handle row_type_;
  std::array<std::size_t, 2> rows_in_{};  // extents of the parts, absent arrays included
  std::size_t flushed_ = 0;
  std::vector<TableRow> pending_;
  bool failed_ = false;  // something could not be written
};

}  // namespace

std::unique_ptr<CutoutWriter> make_hdf5_writer(const std::filesystem::path& path,
                                               const CutoutFormat& format, Existing existing) {
  format.check();
  if (existing == Existing::append && std::filesystem::exists(path)) {
    auto writer = std::make_unique<Hdf5Writer>(path);
    for (const CutoutPart part : cutout_parts) {
      if (!same(format.of(part), writer->format().of(part))) {
        throw InputError{fmt::format("{}: {}s", path.string(), name(part)), "another format",
                         "the one that shall be appended"};
      }
    }
    return writer;
  }
  if (std::filesystem::exists(path)) const AppendLock nobody_appends{path};
  create_hdf5_store(path, format);
  return std::make_unique<Hdf5Writer>(path);
}

}  // namespace draftstream
