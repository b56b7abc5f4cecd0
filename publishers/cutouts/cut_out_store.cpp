// Virtual cutouts: places in a larger array, which are cut when they are asked for.
#include <fmt/format.h>

#include <stdexcept>

#include "ingest/errors.hpp"
#include "publishers/cutouts/listed_store.hpp"
#include "publishers/cutouts/mapped_array.hpp"

namespace draftstream {
namespace {

// Beside this, an array that a layout describes has no bytes that 64 bits could not count.
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 62U;

std::size_t end_of(const CutSource& source) {
  const std::uint64_t row_bytes = source.columns * bytes_of(source.type);
  if (source.rows > most_bytes / row_bytes || source.offset_bytes > most_bytes) {
    throw InputError{"source", "a larger array", fmt::format("{} bytes at most", most_bytes)};
  }
  return static_cast<std::size_t>(source.offset_bytes + source.rows * row_bytes);
}

// A virtual store has tiles only, of two dimensions, of its source's type, all of them inside.
const StoreLayout& checked(const StoreLayout& layout) {
  if (layout.kind != StoreKind::cut_out || !layout.source) {
    throw InputError{"kind", std::string{name(layout.kind)}, "'virtual'"};
  }
  const auto& tile = layout.format.tile;
  if (!tile || layout.format.patch || tile->shape.size() != 2 ||
      tile->type != layout.source->type) {
    throw InputError{"tile", "another format", "two dimensions of the source's type, no patches"};
  }
  for (std::size_t cutout = 0; cutout < layout.places.size(); ++cutout) {
    const CutPlace& place = layout.places[cutout];
    const bool inside = place.row <= layout.source->rows &&
                        tile->shape[0] <= layout.source->rows - place.row &&
                        place.column <= layout.source->columns &&
                        tile->shape[1] <= layout.source->columns - place.column;
    if (!inside) {
      throw InputError{fmt::format("cutouts[{}]", cutout),
                       fmt::format("row {}, column {}", place.row, place.column),
                       "a place inside the source"};
    }
  }
  return layout;
}

class CutOutStore : public ListedStore {
 public:
  CutOutStore(const std::filesystem::path& path, StoreLayout layout)
      : ListedStore{std::move(layout)},
        source_{path.parent_path() / checked(this->layout()).source->file,
                end_of(*this->layout().source)} {}

  void read(std::size_t row, CutoutPart part, std::span<std::byte> out) const override {
    check_read(row, part, out.size());
    source_.check_still_whole();
    const CutSource& source = *layout().source;
    const CutPlace& place = layout().places[row];
    const std::size_t element = bytes_of(source.type);
    const std::size_t height = format().tile->shape[0];
    const std::size_t line = format().tile->shape[1] * element;
    for (std::size_t y = 0; y < height; ++y) {
      const auto offset =
          source.offset_bytes + ((place.row + y) * source.columns + place.column) * element;
      source_.copy(offset, out.subspan(y * line, line));
    }
  }

 private:
  MappedArray source_;
};

}  // namespace

std::unique_ptr<CutoutStore> open_cut_out_store(const std::filesystem::path& path) {
  try {
    return std::make_unique<CutOutStore>(path, read_layout(path));
  } catch (const InputError& error) {
    const std::string text = error.what();
    // What was read or mapped names its file already.
    if (text.rfind(path.string(), 0) == 0) throw;
    throw error.in_file(path.string());
  }
}

}  // namespace draftstream
