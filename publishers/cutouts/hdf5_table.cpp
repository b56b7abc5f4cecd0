#include "publishers/cutouts/hdf5_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

namespace draftstream {
namespace {

static_assert(std::endian::native == std::endian::little, "rows are written as they lie in memory");

template <class Field>
constexpr TableField field(const char* name, FieldKind kind, std::size_t offset,
                           const char* meaning, Field TableRow::*) {
  return {name, kind, offset, sizeof(Field), meaning};
}

constexpr std::array fields{
    field("event_id", FieldKind::text, offsetof(TableRow, event_id), "as in the events",
          &TableRow::event_id),
    field("file", FieldKind::text, offsetof(TableRow, file), "recording; of a long path its end",
          &TableRow::file),
    field("sample_index", FieldKind::u64, offsetof(TableRow, sample_index),
          "middle of the pulse at the highest channel [samples since the start]",
          &TableRow::sample_index),
    field("start_mjd_utc", FieldKind::f64, offsetof(TableRow, start_mjd_utc),
          "start of the observation [d]", &TableRow::start_mjd_utc),
    field("toa_s", FieldKind::f64, offsetof(TableRow, toa_s),
          "middle of the pulse at the highest channel [s since the start]", &TableRow::toa_s),
    field("dm_pc_cm3", FieldKind::f64, offsetof(TableRow, dm_pc_cm3),
          "dispersion measure [pc cm^-3]", &TableRow::dm_pc_cm3),
    field("width_ms", FieldKind::f64, offsetof(TableRow, width_ms),
          "length of the best boxcar [ms]", &TableRow::width_ms),
    field("snr", FieldKind::f64, offsetof(TableRow, snr), "S/N of the best boxcar", &TableRow::snr),
    field("tsamp_s", FieldKind::f64, offsetof(TableRow, tsamp_s),
          "sampling time of the recording [s]", &TableRow::tsamp_s),
    field("first_mhz", FieldKind::f64, offsetof(TableRow, first_mhz), "centre of channel 0 [MHz]",
          &TableRow::first_mhz),
    field("step_mhz", FieldKind::f64, offsetof(TableRow, step_mhz),
          "from channel to channel, signed [MHz]", &TableRow::step_mhz),
    field("detector_score", FieldKind::f64, offsetof(TableRow, detector_score),
          "0 to 1; NaN: not judged", &TableRow::detector_score),
    field("classifier_score", FieldKind::f64, offsetof(TableRow, classifier_score),
          "0 to 1; NaN: not judged", &TableRow::classifier_score),
    field("seed", FieldKind::u64, offsetof(TableRow, seed), "of the simulation, if simulated is 1",
          &TableRow::seed),
    field("channels", FieldKind::u32, offsetof(TableRow, channels), "of the recording",
          &TableRow::channels),
    field("simulated", FieldKind::u8, offsetof(TableRow, simulated), "1: seed counts",
          &TableRow::simulated),
    field("has_tile", FieldKind::u8, offsetof(TableRow, has_tile), "1: the row of tiles counts",
          &TableRow::has_tile),
    field("has_patch", FieldKind::u8, offsetof(TableRow, has_patch), "1: the row of patches counts",
          &TableRow::has_patch),
    field("reserved", FieldKind::u8, offsetof(TableRow, reserved), "0", &TableRow::reserved),
    field("label", FieldKind::text, offsetof(TableRow, label), "burst, interference, unjudged, ...",
          &TableRow::label),
    field("model_sha256", FieldKind::text, offsetof(TableRow, model_sha256),
          "of the file of the classifier that judged it", &TableRow::model_sha256),
    // Last: the bytes of a row are written in their order, so it stands only where all others do.
    field("number", FieldKind::u64, offsetof(TableRow, number),
          "row + 1; 0: the row was cut off, ignore it", &TableRow::number),
};

template <std::size_t Size>
void put_text(char (&field)[Size], const std::string& text) {
  std::memcpy(field, text.data(), std::min(Size, text.size()));
}

template <std::size_t Size>
std::string get_text(const char (&field)[Size]) {
  return {field, ::strnlen(field, Size)};
}

std::optional<double> number_or_none(double value) {
  return std::isnan(value) ? std::nullopt : std::optional{value};
}

Hdf5Handle type_of(const TableField& field) {
  switch (field.kind) {
    case FieldKind::u8:
      return Hdf5Handle{H5Tcopy(H5T_STD_U8LE)};
    case FieldKind::u32:
      return Hdf5Handle{H5Tcopy(H5T_STD_U32LE)};
    case FieldKind::u64:
      return Hdf5Handle{H5Tcopy(H5T_STD_U64LE)};
    case FieldKind::f64:
      return Hdf5Handle{H5Tcopy(H5T_IEEE_F64LE)};
    case FieldKind::text:
      break;
  }
  Hdf5Handle type{H5Tcopy(H5T_C_S1)};
  H5Tset_size(type.get(), field.bytes);
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

std::span<const TableField> table_fields() {
  return fields;
}

Hdf5Handle table_type() {
  Hdf5Handle type{H5Tcreate(H5T_COMPOUND, sizeof(TableRow))};
  for (const TableField& one : fields) {
    H5Tinsert(type.get(), one.name, one.offset, type_of(one).get());
  }
  return type;
}

TableRow to_table_row(const CutoutInfo& info, std::size_t row) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  TableRow to{};
  put_text(to.event_id, info.event_id);
  put_text(to.file, info.file);
  put_text(to.label, info.label);
  put_text(to.model_sha256, info.model_sha256);
  to.sample_index = info.sample_index;
  to.start_mjd_utc = info.start_mjd_utc;
  to.toa_s = info.toa_s;
  to.dm_pc_cm3 = info.dm_pc_cm3;
  to.width_ms = info.width_ms;
  to.snr = info.snr;
  to.tsamp_s = info.tsamp_s;
  to.first_mhz = info.first_mhz;
  to.step_mhz = info.step_mhz;
  to.detector_score = info.detector_score.value_or(none);
  to.classifier_score = info.classifier_score.value_or(none);
  to.seed = info.seed.value_or(0);
  to.channels = info.channels;
  to.simulated = info.seed.has_value();
  to.has_tile = info.has_tile;
  to.has_patch = info.has_patch;
  to.number = row + 1;
  return to;
}

CutoutInfo to_info(const TableRow& row) {
  CutoutInfo info;
  info.event_id = get_text(row.event_id);
  info.file = get_text(row.file);
  info.label = get_text(row.label);
  info.model_sha256 = get_text(row.model_sha256);
  info.sample_index = row.sample_index;
  info.start_mjd_utc = row.start_mjd_utc;
  info.toa_s = row.toa_s;
  info.dm_pc_cm3 = row.dm_pc_cm3;
  info.width_ms = row.width_ms;
  info.snr = row.snr;
  info.tsamp_s = row.tsamp_s;
  info.first_mhz = row.first_mhz;
  info.step_mhz = row.step_mhz;
  info.detector_score = number_or_none(row.detector_score);
  info.classifier_score = number_or_none(row.classifier_score);
  if (row.simulated != 0) info.seed = row.seed;
  info.channels = row.channels;
  info.has_tile = row.has_tile != 0;
  info.has_patch = row.has_patch != 0;
  return info;
}

}  // namespace draftstream
