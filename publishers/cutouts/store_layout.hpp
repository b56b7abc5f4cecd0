// What the stores that are not HDF5 hold, as JSON beside their arrays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "publishers/cutouts/cutout_store.hpp"

namespace draftstream {

/// A two-dimensional array in a file, row after row, from which cutouts are cut.
struct CutSource {
  std::filesystem::path file;      ///< Absolute, or from the folder of the layout.
  std::uint64_t offset_bytes = 0;  ///< Of its first element: a header's length.
  ElementType type = ElementType::float32;
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
};

/// Where a cutout begins in its source.
struct CutPlace {
  std::uint64_t row = 0;
  std::uint64_t column = 0;
};

/// All but the arrays.
struct StoreLayout {
  StoreKind kind = StoreKind::dat;
  CutoutFormat format;
  std::vector<CutoutInfo> infos;
  std::optional<CutSource> source;  ///< Kind cut_out only.
  std::vector<CutPlace> places;     ///< Kind cut_out only: one for each info.
};

/// The layout's file: DIR/cutouts.json, FILE.dat.json, FILE.pt.json, or the path itself (virtual).
[[nodiscard]] std::filesystem::path layout_path(const std::filesystem::path& store, StoreKind kind);

/// One object on one line: the fields of CutoutInfo. What is not finite is null.
[[nodiscard]] std::string to_json(const CutoutInfo& info);

/// Replaces the file as a whole.
/// @throws std::system_error naming it.
void write_layout(const std::filesystem::path& path, const StoreLayout& layout);

/// @throws MissingInput if it cannot be read.
/// @throws InputError   naming file, field, what was found, what was expected.
[[nodiscard]] StoreLayout read_layout(const std::filesystem::path& path);

}  // namespace draftstream
