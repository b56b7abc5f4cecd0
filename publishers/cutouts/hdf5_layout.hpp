// What an HDF5 store looks like inside: made, opened and checked.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>

#include "publishers/cutouts/cutout.hpp"
#include "publishers/cutouts/hdf5_handles.hpp"

namespace draftstream {

/// Value of the root's attribute `schema`. Readers refuse another major version.
inline constexpr const char* cutout_schema = "draftstream-cutouts/1.0.0";

/// An open store. Members end in reverse order: the file last.
struct Hdf5Layout {
  Hdf5Handle file;
  Hdf5Handle table;
  std::array<Hdf5Handle, 2> parts;  ///< By CutoutPart; none where the format has none.
  CutoutFormat format;

  [[nodiscard]] hid_t part(CutoutPart which) const {
    return parts[static_cast<std::size_t>(which)].get();
  }
};

/// Rows in a chunk of the table.
inline constexpr std::size_t table_chunk_rows = 64;

/// How to open it.
enum class Hdf5Access {
  read,    ///< Also while another process appends, and after one that was killed.
  append,  ///< One process at a time; the caller sees to that.
};

/// Makes an empty store, whole or not at all.
/// @throws std::runtime_error naming the file.
void create_hdf5_store(const std::filesystem::path& path, const CutoutFormat& format);

/// @throws InputError if it is no store of ours, or damaged.
[[nodiscard]] Hdf5Layout open_hdf5_layout(const std::filesystem::path& path, Hdf5Access access);

/// Rows whose table entries are complete; all of their arrays are there.
/// @throws InputError if the table cannot be read.
[[nodiscard]] std::size_t committed_rows(const std::filesystem::path& path, hid_t table);

/// Elements along the first dimension.
[[nodiscard]] std::size_t rows_of(hid_t data_set);

}  // namespace draftstream
