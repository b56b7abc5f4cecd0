#include "publishers/cutouts/fetch_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "publishers/cutouts/hdf5_handles.hpp"

namespace draftstream {
namespace {

constexpr std::size_t side = 256;  // of FETCH's images
constexpr unsigned deflate_level = 9;

/// A plane of a patch, in units of noise.
struct Plane {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;

  // Pixels are repeated until there are `side` of them.
  [[nodiscard]] float at(std::size_t row, std::size_t column) const {
    return values[row * rows / side * columns + column * columns / side];
  }
};

float decoded(ElementType type, std::size_t plane, const std::byte* element) {
  if (type == ElementType::uint8) return static_cast<float>(std::to_integer<int>(*element));
  if (type == ElementType::float32) {
    float value = 0.0F;
    std::memcpy(&value, element, sizeof value);
    return value;
  }
  // The inverse of the codes in default_cutout_format().
  const auto code = static_cast<float>(static_cast<std::int8_t>(*element));
  return plane == 0 ? code / 20.0F : 3.0F * std::sinh(code / 24.0F);
}

Plane read_plane(const Cutout& cutout, const ArrayFormat& format, std::size_t which) {
  Plane plane{format.shape[1], format.shape[2], {}};
  const std::size_t elements = plane.rows * plane.columns;
  const std::size_t step = bytes_of(format.type);
  for (std::size_t i = 0; i < elements; ++i) {
    plane.values.push_back(
        decoded(format.type, which, &cutout.patch[(which * elements + i) * step]));
  }
  return plane;
}

class FetchFile {
 public:
  explicit FetchFile(const std::filesystem::path& path)
      : path_{path}, file_{H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)} {
    check(file_.get());
  }

  void attribute(const char* name, double value) const {
    write_attribute(name, H5T_NATIVE_DOUBLE, &value);
  }
  void attribute(const char* name, std::int64_t value) const {
    write_attribute(name, H5T_NATIVE_INT64, &value);
  }
  void attribute(const char* name, const std::string& text) const {
    const Hdf5Handle type = text_type();
    const char* value = text.c_str();
    write_attribute(name, type.get(), &value);
  }

  void image(const char* name, const std::vector<float>& values, const char* rows,
             const char* columns) const {
    const hsize_t extent[2] = {side, side};
    const Hdf5Handle space{H5Screate_simple(2, extent, nullptr)};
    const Hdf5Handle creation{H5Pcreate(H5P_DATASET_CREATE)};
    H5Pset_chunk(creation.get(), 2, extent);
    H5Pset_deflate(creation.get(), deflate_level);
    H5Pset_obj_track_times(creation.get(), false);  // the same candidate gives the same bytes
    const Hdf5Handle set{H5Dcreate2(file_.get(), name, H5T_IEEE_F32LE, space.get(), H5P_DEFAULT,
                                    creation.get(), H5P_DEFAULT)};
    check(set.get());
    check(H5Dwrite(set.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
    // What H5DSset_label of HDF5's high-level library writes.
    const hsize_t two = 2;
    const Hdf5Handle labels{H5Screate_simple(1, &two, nullptr)};
    const Hdf5Handle type = text_type();
    const char* texts[2] = {rows, columns};
    const Hdf5Handle attribute{H5Acreate2(set.get(), "DIMENSION_LABELS", type.get(), labels.get(),
                                          H5P_DEFAULT, H5P_DEFAULT)};
    check(attribute.get());
    check(H5Awrite(attribute.get(), type.get(), texts));
  }

  void close() { check(file_.close() ? 0 : -1); }

 private:
  static Hdf5Handle text_type() {
    Hdf5Handle type{H5Tcopy(H5T_C_S1)};
    H5Tset_size(type.get(), H5T_VARIABLE);
    return type;
  }

  void write_attribute(const char* name, hid_t type, const void* value) const {
    const Hdf5Handle space{H5Screate(H5S_SCALAR)};
    const Hdf5Handle attribute{
        H5Acreate2(file_.get(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT)};
    check(attribute.get());
    check(H5Awrite(attribute.get(), type, value));
  }

  void check(hid_t result) const {
    if (result < 0) {
      throw std::runtime_error(path_.string() + ": cannot be written: " + hdf5_reason());
    }
  }

  std::filesystem::path path_;
  Hdf5Handle file_;
};

void write_attributes(const FetchFile& file, const CutoutInfo& info, std::size_t row) {
  const double samples = info.tsamp_s > 0.0 ? info.width_ms / 1e3 / info.tsamp_s : 1.0;
  file.attribute("cand_id", static_cast<std::int64_t>(row));
  file.attribute("event_id", info.event_id);
  file.attribute("tcand", info.toa_s);
  file.attribute("dm", info.dm_pc_cm3);
  file.attribute("dm_opt", info.dm_pc_cm3);
  file.attribute("snr", info.snr);
  file.attribute("snr_opt", info.snr);
  file.attribute("width", std::int64_t{std::lround(std::max(1.0, samples))});
  file.attribute("label", std::int64_t{info.label == "burst"});
  file.attribute("filelist", info.file);
  file.attribute("tstart", info.start_mjd_utc);
  file.attribute("tsamp", info.tsamp_s);
  file.attribute("fch1", info.first_mhz);
  file.attribute("foff", info.step_mhz);
  file.attribute("channel_bandwidth", info.step_mhz);  // plot_h5 of older versions asks for it
  file.attribute("nchans", std::int64_t{info.channels});
}

}  // namespace

std::string fetch_name(const CutoutInfo& info) {
  return fmt::format("cand_tstart_{:.12f}_tcand_{:.7f}_dm_{:.5f}_snr_{:.5f}.h5", info.start_mjd_utc,
                     info.toa_s, info.dm_pc_cm3, info.snr);
}

void write_fetch_file(const std::filesystem::path& path, const Cutout& cutout,
                      const ArrayFormat& patch, std::size_t number) {
  if (patch.shape.size() != 3 || patch.shape[0] != 2) {
    throw std::invalid_argument("found no patches of shape [2, frequency or DM, time]");
  }
  if (cutout.patch.size() != patch.bytes()) {
    throw std::invalid_argument(fmt::format("cutout {} has no patch", number));
  }
  // Bands of a patch rise; most recordings begin with the highest channel.
  const bool rising = cutout.info.step_mhz > 0.0;
  const Plane frequency_time = read_plane(cutout, patch, 0);
  const Plane dm_time = read_plane(cutout, patch, 1);
  std::vector<float> turned(side * side);
  std::vector<float> straight(side * side);
  for (std::size_t y = 0; y < side; ++y) {
    for (std::size_t x = 0; x < side; ++x) {
      turned[x * side + y] = frequency_time.at(rising ? y : side - 1 - y, x);
      straight[y * side + x] = dm_time.at(y, x);
    }
  }
  const QuietHdf5 quiet;
  FetchFile file{path};
  write_attributes(file, cutout.info, number);
  file.image("data_freq_time", turned, "time", "frequency");
  file.image("data_dm_time", straight, "dm", "time");
  file.close();
}

void write_fetch_file(const std::filesystem::path& path, const CutoutStore& store,
                      std::size_t row) {
  const auto& patch = store.format().patch;
  if (!patch) throw std::invalid_argument("found no patches of shape [2, frequency or DM, time]");
  Cutout cutout;
  cutout.info = store.info(row);
  if (cutout.info.has_patch) {
    cutout.patch.resize(patch->bytes());
    store.read(row, CutoutPart::patch, cutout.patch);
  }
  write_fetch_file(path, cutout, *patch, row);
}

}  // namespace draftstream
