// The table of an HDF5 store: one compound row of fixed length a cutout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "publishers/cutouts/cutout.hpp"
#include "publishers/cutouts/hdf5_handles.hpp"

namespace draftstream {

/// A row as it lies in the file: little-endian, without padding between or after fields. Texts end
/// at their first zero byte or fill the field.
struct TableRow {
  char event_id[96];
  char file[256];
  std::uint64_t sample_index;
  double start_mjd_utc;
  double toa_s;
  double dm_pc_cm3;
  double width_ms;
  double snr;
  double tsamp_s;
  double first_mhz;
  double step_mhz;
  double detector_score;    // NaN: no network looked
  double classifier_score;  // NaN: no network looked
  std::uint64_t seed;
  std::uint32_t channels;
  std::uint8_t simulated;  // whether `seed` counts
  std::uint8_t has_tile;
  std::uint8_t has_patch;
  std::uint8_t reserved;
  char label[24];
  char model_sha256[64];
  std::uint64_t number;  // 1 for the first row, and so on; 0: never written to its end
};
static_assert(sizeof(TableRow) == 96 + 256 + 12 * 8 + 4 + 4 + 24 + 64 + 8);

enum class FieldKind { text, u8, u32, u64, f64 };

/// A field, for the type and the attributes of the table.
struct TableField {
  const char* name;
  FieldKind kind;
  std::size_t offset;
  std::size_t bytes;
  const char* meaning;  ///< With its unit in square brackets.
};

[[nodiscard]] std::span<const TableField> table_fields();

/// The compound type of TableRow.
[[nodiscard]] Hdf5Handle table_type();

/// @param row  The cutout's number, from 0.
[[nodiscard]] TableRow to_table_row(const CutoutInfo& info, std::size_t row);
[[nodiscard]] CutoutInfo to_info(const TableRow& row);

}  // namespace draftstream
