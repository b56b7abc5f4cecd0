// The experiment behind the store of cutouts: the same cutouts kept in five ways, and what each
// costs in disk space, time and memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "publishers/cutouts/cutout_store.hpp"
#include "publishers/cutouts/store_layout.hpp"

namespace draftstream {

/// What is cut out of what.
struct CutoutBenchPlan {
  std::size_t mosaic_side = 5000;  ///< Pixels; float32.
  std::size_t sources = 3000;      ///< Gaussian ones, in noise of unit variance.
  std::size_t cutouts = 10000;
  std::size_t cutout_side = 64;  ///< Pixels.
  std::uint64_t seed = 1;
};

/// What one way of keeping them costs. Times are wall-clock.
struct StorageFigures {
  std::string name;
  StoreKind kind = StoreKind::hdf5;
  ElementType type = ElementType::float32;
  double write_s = 0.0;
  std::uint64_t files = 0;
  std::uint64_t file_bytes = 0;  ///< Lengths of its files.
  std::uint64_t disk_bytes = 0;  ///< Blocks that they take on the disk.
  // From here on by a process that does nothing else, with none of its files in memory at first.
  double open_cold_s = 0.0;
  double cold_s = 0.0;             ///< Mean of reading one cutout, for the first time.
  double warm_s = 0.0;             ///< Mean of reading one cutout once all were read.
  std::int64_t memory_one = 0;     ///< Resident bytes added by opening it and reading one.
  std::int64_t memory_all = 0;     ///< The same after reading all of them, twice.
  std::int64_t memory_mapped = 0;  ///< Part of memory_all that is the system's page cache, mapped.
};

struct CutoutBenchResult {
  CutoutBenchPlan plan;
  std::uint64_t mosaic_bytes = 0;
  std::size_t cold_reads = 0;  ///< Cutouts that `cold_s` is the mean of.
  std::vector<StorageFigures> storages;
  std::vector<std::string> conclusions;
};

/// Makes mosaic and stores in `folder` and measures them; one row each of npy, dat, hdf5, pt and
/// virtual in float32, and one of hdf5 in uint8. coordinates.csv there tells where cutouts begin.
/// Not while another thread runs: it forks.
/// @throws std::runtime_error if something cannot be written, or two stores do not agree.
[[nodiscard]] CutoutBenchResult run_cutout_bench(const CutoutBenchPlan& plan,
                                                 const std::filesystem::path& folder);

/// Where a storage of the experiment lies.
[[nodiscard]] std::filesystem::path storage_path(const std::filesystem::path& folder,
                                                 StoreKind kind, ElementType type);

/// What the figures say, sentence by sentence.
[[nodiscard]] std::vector<std::string> conclude(const CutoutBenchResult& result);

/// A table with the conclusions below it; the same as JSON.
[[nodiscard]] std::string to_text(const CutoutBenchResult& result);
[[nodiscard]] std::string to_json(const CutoutBenchResult& result);

/// disk.png, access.png and memory.png, and some cutouts of `store` as cutouts.png.
void draw_cutout_bench(const CutoutBenchResult& result, const CutoutStore& store,
                       const std::filesystem::path& folder);

}  // namespace draftstream
