// Cutouts whose every byte is a function of their number.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "publishers/cutouts/cutout_store.hpp"

namespace draftstream::test {

inline CutoutFormat small_format() {
  CutoutFormat format;
  format.tile = ArrayFormat{ElementType::uint8, {2, 3, 5}, "plane,dm,time", "code of S/N"};
  format.patch = ArrayFormat{ElementType::float32, {3, 4}, "frequency,time", "sigma"};
  return format;
}

/// Neither parts nor metadata are the same for all; some lack a part.
inline Cutout numbered_cutout(std::size_t number, const CutoutFormat& format = small_format()) {
  Cutout cutout;
  CutoutInfo& info = cutout.info;
  const auto n = static_cast<double>(number);
  info.event_id = "local-" + std::to_string(number);
  info.file = "/data/night " + std::to_string(number / 7) + ".fil";
  info.sample_index = (std::uint64_t{1} << 40U) + number;
  info.start_mjd_utc = 60000.0 + n / 64.0;
  info.toa_s = n * 0.5;
  info.dm_pc_cm3 = 100.0 + n / 8.0;
  info.width_ms = 1.0 + n / 16.0;
  info.snr = 7.0 + n / 4.0;
  info.tsamp_s = 256e-6;
  info.first_mhz = 1500.0;
  info.step_mhz = -0.25;
  info.channels = 1024;
  info.label = number % 2 == 0 ? "burst" : "interference";
  if (number % 4 != 0) info.detector_score = n / 1024.0;
  if (number % 4 == 3) info.classifier_score = 1.0 - n / 1024.0;
  if (number % 3 == 0) info.seed = ~std::uint64_t{0} - number;
  if (number % 4 == 3) info.model_sha256 = std::string(64, 'a');
  const auto fill = [&](CutoutPart part, std::vector<std::byte>& bytes) {
    bytes.resize(format.of(part)->bytes());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      // Any bytes but those of a NaN, which compares with nothing.
      bytes[i] = static_cast<std::byte>((1 + number * 7 + i * 13) % 125);
    }
  };
  if (format.tile && number % 3 != 1) fill(CutoutPart::tile, cutout.tile);
  if (format.patch && number % 5 != 2) fill(CutoutPart::patch, cutout.patch);
  return cutout;
}

/// What is wrong with a cutout that was read, or "".
inline std::string fault_of(const CutoutStore& store, std::size_t row) {
  const Cutout expected = numbered_cutout(row, store.format());
  if (store.info(row) != checked_info(expected, store.format())) return "its metadata";
  for (const CutoutPart part : cutout_parts) {
    if (!store.format().of(part)) continue;
    std::vector<std::byte> bytes(store.format().of(part)->bytes(), std::byte{0xEE});
    store.read(row, part, bytes);
    std::vector<std::byte> right(bytes.size(), std::byte{0});
    if (!expected.bytes(part).empty()) {
      std::memcpy(right.data(), expected.bytes(part).data(), right.size());
    }
    if (bytes != right) return std::string{name(part)};
  }
  return "";
}

}  // namespace draftstream::test
