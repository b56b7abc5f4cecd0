// One raw file, memory-mapped: tile and patch of the first cutout, of the second, and so on.
#include <algorithm>

#include "publishers/cutouts/listed_store.hpp"
#include "publishers/cutouts/mapped_array.hpp"

namespace draftstream {
namespace {

std::size_t bytes_of(const CutoutFormat& format, CutoutPart part) {
  return format.of(part) ? format.of(part)->bytes() : 0;
}

std::size_t record_bytes(const CutoutFormat& format) {
  return bytes_of(format, CutoutPart::tile) + bytes_of(format, CutoutPart::patch);
}

class DatStore : public ListedStore {
 public:
  DatStore(const std::filesystem::path& path, StoreLayout layout)
      : ListedStore{std::move(layout)}, file_{path, size() * record_bytes(format())} {}

  void read(std::size_t row, CutoutPart part, std::span<std::byte> out) const override {
    check_read(row, part, out.size());
    file_.check_still_whole();
    const std::size_t before = part == CutoutPart::patch ? bytes_of(format(), CutoutPart::tile) : 0;
    file_.copy(row * record_bytes(format()) + before, out);
  }

 private:
  MappedArray file_;
};

class DatWriter : public ListedWriter {
 public:
  DatWriter(const std::filesystem::path& path, const CutoutFormat& format)
      : ListedWriter{path, StoreKind::dat, format}, file_{path, Existing::replace} {}

 protected:
  void write_arrays(std::size_t /*row*/, const Cutout& cutout) override {
    // Every record has room for both; what is absent is zeros.
    std::string record(record_bytes(layout().format), '\0');
    std::size_t at = 0;
    for (const CutoutPart part : cutout_parts) {
      const auto bytes = cutout.bytes(part);
      std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(record.data()) + at);
      at += bytes_of(layout().format, part);
    }
    file_.append(record);
  }

 private:
  AppendFile file_;
};

}  // namespace

std::unique_ptr<CutoutStore> open_dat_store(const std::filesystem::path& path) {
  return std::make_unique<DatStore>(path, read_layout(layout_path(path, StoreKind::dat)));
}

std::unique_ptr<CutoutWriter> make_dat_writer(const std::filesystem::path& path,
                                              const CutoutFormat& format) {
  return std::make_unique<DatWriter>(path, format);
}

}  // namespace draftstream
