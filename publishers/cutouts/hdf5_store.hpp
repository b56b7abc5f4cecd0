// The default store: one HDF5 file, which a killed process leaves whole. docs/design/cutouts.md
#pragma once

#include <filesystem>
#include <memory>

#include "publishers/cutouts/cutout_store.hpp"

namespace draftstream {

/// As open_cutout_store. It can be read while another process appends to it, and in the process
/// that appends, if the writer was made first: HDF5 has a file open once in a process.
[[nodiscard]] std::unique_ptr<CutoutStore> open_hdf5_store(const std::filesystem::path& path);

/// As make_cutout_writer. One process at a time appends; a lock in the file, which the system takes
/// back from a process that ends, sees to that where the file system has locks.
[[nodiscard]] std::unique_ptr<CutoutWriter> make_hdf5_writer(const std::filesystem::path& path,
                                                             const CutoutFormat& format,
                                                             Existing existing);

}  // namespace draftstream
