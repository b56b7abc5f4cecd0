// A cutout: what surrounds a candidate, small enough to look at and to train on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace draftstream {

/// What one element of an array is; little-endian where it matters.
enum class ElementType { uint8, int8, float32 };

[[nodiscard]] std::string_view name(ElementType type);  ///< "uint8", ...: as NumPy writes it.
[[nodiscard]] std::size_t bytes_of(ElementType type);   ///< 1 or 4.
/// @return Nothing for a name that is none.
[[nodiscard]] std::optional<ElementType> element_type(std::string_view name);

/// The arrays of one kind in a store: all have the same shape, last dimension fastest.
struct ArrayFormat {
  ElementType type = ElementType::uint8;
  std::vector<std::size_t> shape;  ///< Of one array; 1 to 4 dimensions, none of them 0.
  std::string axes;                ///< "plane,dm,time": one word a dimension.
  std::string units;               ///< What a value means.

  [[nodiscard]] std::size_t elements() const;
  [[nodiscard]] std::size_t bytes() const { return elements() * bytes_of(type); }
};

/// A cutout has one array of each part, or lacks it.
enum class CutoutPart {
  tile,   ///< DM-time planes, as the detector sees them.
  patch,  ///< Frequency-time and DM-time at the candidate, as the classifier sees them.
};

inline constexpr CutoutPart cutout_parts[] = {CutoutPart::tile, CutoutPart::patch};

[[nodiscard]] std::string_view name(CutoutPart part);  ///< "tile", "patch".

/// What a store holds. A part without a format is absent from all of its cutouts.
struct CutoutFormat {
  std::optional<ArrayFormat> tile;
  std::optional<ArrayFormat> patch;

  [[nodiscard]] const std::optional<ArrayFormat>& of(CutoutPart part) const {
    return part == CutoutPart::tile ? tile : patch;
  }
  [[nodiscard]] std::optional<ArrayFormat>& of(CutoutPart part) {
    return part == CutoutPart::tile ? tile : patch;
  }

  /// @throws std::invalid_argument naming the part, unless there is one, and each has 1 to 4
  ///   dimensions of 1 element to 2^24, and at most 2^28 bytes.
  void check() const;
};

/// What the networks take: tiles uint8 [4][256][256], patches int8 [2][64][64].
[[nodiscard]] CutoutFormat default_cutout_format();

/// What is known of a cutout beside its arrays. Unknown is empty, or NaN for a number.
struct CutoutInfo {
  std::string event_id;            ///< As in the events; at most 95 bytes.
  std::string file;                ///< Recording; of a longer path the last 255 bytes.
  std::uint64_t sample_index = 0;  ///< Middle of the pulse, since the observation's start.
  double start_mjd_utc = 0.0;      ///< Start of the observation [d].
  double toa_s = 0.0;              ///< Since that start, at the highest channel.
  double dm_pc_cm3 = 0.0;
  double width_ms = 0.0;  ///< Of the best boxcar.
  double snr = 0.0;
  double tsamp_s = 0.0;                    ///< Sampling time of the recording.
  double first_mhz = 0.0;                  ///< Centre of the recording's channel 0.
  double step_mhz = 0.0;                   ///< Signed, from one channel to the next.
  std::uint32_t channels = 0;              ///< Of the recording.
  std::optional<double> detector_score;    ///< 0 to 1.
  std::optional<double> classifier_score;  ///< 0 to 1.
  std::string label = "unjudged";          ///< At most 23 bytes.
  std::optional<std::uint64_t> seed;       ///< Of a simulated one.
  std::string model_sha256;                ///< Of the classifier's file; at most 64 bytes.
  bool has_tile = false;                   ///< Set by the store.
  bool has_patch = false;                  ///< Set by the store.

  [[nodiscard]] bool has(CutoutPart part) const {
    return part == CutoutPart::tile ? has_tile : has_patch;
  }

  friend bool operator==(const CutoutInfo&, const CutoutInfo&) = default;
};

/// A cutout on its way into a store; an empty array is an absent one.
struct Cutout {
  CutoutInfo info;
  std::vector<std::byte> tile;
  std::vector<std::byte> patch;

  [[nodiscard]] std::span<const std::byte> bytes(CutoutPart part) const {
    return part == CutoutPart::tile ? tile : patch;
  }
};

/// The same cutout with `has_tile` and `has_patch` as its arrays are, and texts cut to what a store
/// keeps.
/// @throws std::invalid_argument naming the part or the text that does not fit `format`.
[[nodiscard]] CutoutInfo checked_info(const Cutout& cutout, const CutoutFormat& format);

}  // namespace draftstream
