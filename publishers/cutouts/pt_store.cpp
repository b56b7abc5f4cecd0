// A PyTorch tensor of all cutouts: FILE.pt, and FILE.patches.pt where there are patches as well.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "ingest/errors.hpp"
#include "publishers/cutouts/listed_store.hpp"
#include "publishers/cutouts/tensor_file.hpp"

namespace draftstream {
namespace {

// The first part that a store has gives the file its name.
std::filesystem::path tensor_path(const std::filesystem::path& path, const CutoutFormat& format,
                                  CutoutPart part) {
  if (part == CutoutPart::tile || !format.tile) return path;
  auto other = path;
  return other.replace_extension(".patches.pt");
}

class PtStore : public ListedStore {
 public:
  PtStore(const std::filesystem::path& path, StoreLayout layout) : ListedStore{std::move(layout)} {
    for (const CutoutPart part : cutout_parts) {
      if (!format().of(part)) continue;
      const auto file = tensor_path(path, format(), part);
      Tensor tensor = read_tensor(file);
      std::vector<std::size_t> expected{size()};
      const auto& shape = format().of(part)->shape;
      expected.insert(expected.end(), shape.begin(), shape.end());
      if (tensor.header.shape != expected || tensor.header.type != format().of(part)->type) {
        throw InputError{file.string(), "a tensor of another shape or type",
                         "that of " + layout_path(path, StoreKind::pt).string()};
      }
      elements_[static_cast<std::size_t>(part)] = std::move(tensor.elements);
    }
  }

  void read(std::size_t row, CutoutPart part, std::span<std::byte> out) const override {
    check_read(row, part, out.size());
    const auto& elements = elements_[static_cast<std::size_t>(part)];
    std::memcpy(out.data(), elements.data() + row * out.size(), out.size());
  }

 private:
  std::array<std::vector<std::byte>, 2> elements_;  // by part: the whole tensor
};

// The archive is made at the end, from files that have grown until then.
class PtWriter : public ListedWriter {
 public:
  PtWriter(const std::filesystem::path& path, const CutoutFormat& format)
      : ListedWriter{path, StoreKind::pt, format} {
    for (const CutoutPart part : cutout_parts) {
      if (format.of(part)) grown(part).emplace(grown_path(part), Existing::replace);
    }
  }
  ~PtWriter() override { remove_grown(); }

  void flush() override {
    for (const CutoutPart part : cutout_parts) {
      if (!layout().format.of(part)) continue;
      std::vector<std::size_t> shape{layout().infos.size()};
      const ArrayFormat& array = *layout().format.of(part);
      shape.insert(shape.end(), array.shape.begin(), array.shape.end());
      write_tensor(tensor_path(path(), layout().format, part), array.type, shape, grown_path(part));
    }
    ListedWriter::flush();
  }

  void close() override {
    flush();
    remove_grown();
  }

 protected:
  void write_arrays(std::size_t /*row*/, const Cutout& cutout) override {
    for (const CutoutPart part : cutout_parts) {
      if (!layout().format.of(part)) continue;
      std::string record(layout().format.of(part)->bytes(), '\0');
      const auto bytes = cutout.bytes(part);
      if (!bytes.empty()) std::memcpy(record.data(), bytes.data(), bytes.size());
      grown(part)->append(record);
    }
  }

 private:
  std::optional<AppendFile>& grown(CutoutPart part) {
    return grown_[static_cast<std::size_t>(part)];
  }
  std::filesystem::path grown_path(CutoutPart part) const {
    return tensor_path(path(), layout().format, part).string() + ".new";
  }
  void remove_grown() {
    for (const CutoutPart part : cutout_parts) {
      if (!grown(part)) continue;
      grown(part).reset();
      std::error_code ignored;
      std::filesystem::remove(grown_path(part), ignored);
    }
  }

  std::array<std::optional<AppendFile>, 2> grown_;
};

// A tensor [cutout, ...] that another program wrote.
std::unique_ptr<CutoutStore> open_foreign(const std::filesystem::path& path) {
  const TensorHeader header = read_tensor(path).header;
  const auto refuse = [&](const std::string& found) {
    return InputError{path.string(), found, "a tensor of cutouts: 2 to 5 dimensions"};
  };
  if (header.shape.size() < 2) throw refuse(fmt::format("{} dimensions", header.shape.size()));
  StoreLayout layout;
  layout.kind = StoreKind::pt;
  layout.format.tile =
      ArrayFormat{header.type, {header.shape.begin() + 1, header.shape.end()}, "", ""};
  try {
    layout.format.check();
  } catch (const std::invalid_argument& error) {
    throw refuse(error.what());
  }
  CutoutInfo info;
  info.has_tile = true;
  layout.infos.assign(header.shape[0], info);
  return std::make_unique<PtStore>(path, std::move(layout));
}

}  // namespace

std::unique_ptr<CutoutStore> open_pt_store(const std::filesystem::path& path) {
  const auto list = layout_path(path, StoreKind::pt);
  if (!std::filesystem::exists(list)) return open_foreign(path);
  return std::make_unique<PtStore>(path, read_layout(list));
}

std::unique_ptr<CutoutWriter> make_pt_writer(const std::filesystem::path& path,
                                             const CutoutFormat& format) {
  return std::make_unique<PtWriter>(path, format);
}

}  // namespace draftstream
