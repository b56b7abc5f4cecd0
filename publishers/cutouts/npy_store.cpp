// A folder with a .npy file for each array.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ingest/errors.hpp"
#include "publishers/cutouts/listed_store.hpp"
#include "publishers/cutouts/npy_file.hpp"

namespace draftstream {
namespace {

std::filesystem::path file_of(const std::filesystem::path& folder, std::size_t row,
                              CutoutPart part) {
  return folder / fmt::format("{:06}.{}.npy", row, name(part));
}

class NpyStore : public ListedStore {
 public:
  /// @param files  One a row, of tiles; empty: those that our writer makes.
  NpyStore(std::filesystem::path folder, StoreLayout layout,
           std::vector<std::filesystem::path> files)
      : ListedStore{std::move(layout)}, folder_{std::move(folder)}, files_{std::move(files)} {}

  void read(std::size_t row, CutoutPart part, std::span<std::byte> out) const override {
    check_read(row, part, out.size());
    if (!layout().infos[row].has(part)) {
      std::fill(out.begin(), out.end(), std::byte{0});
      return;
    }
    const auto path = files_.empty() ? file_of(folder_, row, part) : files_[row];
    const NpyArray array = read_npy(path);
    const ArrayFormat& expected = *format().of(part);
    if (array.header.type != expected.type || array.header.shape != expected.shape) {
      throw InputError{path.string(), "another type or shape", "that of all cutouts here"};
    }
    std::memcpy(out.data(), array.elements.data(), out.size());
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> files_;
};

class NpyWriter : public ListedWriter {
 public:
  NpyWriter(const std::filesystem::path& path, const CutoutFormat& format)
      : ListedWriter{path, StoreKind::npy, format} {
    std::filesystem::create_directories(path);
    if (!std::filesystem::is_empty(path)) {
      throw std::runtime_error(path.string() +
                               ": found files there, expected an empty folder or none");
    }
  }

 protected:
  void write_arrays(std::size_t row, const Cutout& cutout) override {
    for (const CutoutPart part : cutout_parts) {
      if (cutout.bytes(part).empty()) continue;
      const ArrayFormat& array = *layout().format.of(part);
      write_npy(file_of(path(), row, part), array.type, array.shape, cutout.bytes(part));
    }
  }
};

// A folder that another program filled: its files in order of name, all of one shape.
std::unique_ptr<CutoutStore> open_foreign(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (entry.path().extension() == ".npy") files.push_back(entry.path());
  }
  if (files.empty()) {
    throw InputError{folder.string(), "neither cutouts.json nor *.npy", "a store of cutouts"};
  }
  std::sort(files.begin(), files.end());
  StoreLayout layout;
  layout.kind = StoreKind::npy;
  const NpyHeader first = read_npy(files.front()).header;
  layout.format.tile = ArrayFormat{first.type, first.shape, "", ""};
  try {
    layout.format.check();
  } catch (const std::invalid_argument& error) {
    throw InputError{files.front().string(), error.what(), "a cutout"};
  }
  for (const auto& file : files) {
    CutoutInfo info;
    info.event_id = file.stem().string().substr(0, 95);
    info.file = file.string();
    info.has_tile = true;
    layout.infos.push_back(std::move(info));
  }
  return std::make_unique<NpyStore>(folder, std::move(layout), std::move(files));
}

}  // namespace

std::unique_ptr<CutoutStore> open_npy_store(const std::filesystem::path& path) {
  const auto list = layout_path(path, StoreKind::npy);
  if (!std::filesystem::exists(list)) return open_foreign(path);
  return std::make_unique<NpyStore>(path, read_layout(list), std::vector<std::filesystem::path>{});
}

std::unique_ptr<CutoutWriter> make_npy_writer(const std::filesystem::path& path,
                                              const CutoutFormat& format) {
  return std::make_unique<NpyWriter>(path, format);
}

}  // namespace draftstream
