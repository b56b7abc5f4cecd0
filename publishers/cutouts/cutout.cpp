#include "publishers/cutouts/cutout.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

namespace draftstream {
namespace {

constexpr std::size_t longest_event_id = 95;
constexpr std::size_t longest_file = 255;
constexpr std::size_t longest_label = 23;
constexpr std::size_t longest_hash = 64;

void check_length(const char* what, const std::string& text, std::size_t longest) {
  if (text.size() > longest) {
    throw std::invalid_argument(
        fmt::format("cutout: {}: found {} bytes, expected {} at most", what, text.size(), longest));
  }
  if (text.find('\0') != std::string::npos) {
    throw std::invalid_argument(fmt::format("cutout: {}: found a zero byte, expected text", what));
  }
}

// The end of a path says more than its beginning. Never begins inside a character of UTF-8.
std::string end_of(const std::string& path) {
  if (path.size() <= longest_file) return path;
  std::size_t begin = path.size() - longest_file;
  while (begin < path.size() && (static_cast<unsigned char>(path[begin]) & 0xC0U) == 0x80U) ++begin;
  return path.substr(begin);
}

}  // namespace

std::string_view name(ElementType type) {
  switch (type) {
    case ElementType::uint8:
      return "uint8";
    case ElementType::int8:
      return "int8";
    case ElementType::float32:
      return "float32";
  }
  throw std::logic_error("name: no such element type");
}

std::size_t bytes_of(ElementType type) {
  return type == ElementType::float32 ? 4 : 1;
}

std::optional<ElementType> element_type(std::string_view text) {
  for (const auto type : {ElementType::uint8, ElementType::int8, ElementType::float32}) {
    if (text == name(type)) return type;
  }
  return std::nullopt;
}

std::string_view name(CutoutPart part) {
  return part == CutoutPart::tile ? "tile" : "patch";
}

std::size_t ArrayFormat::elements() const {
  std::size_t product = 1;
  for (const std::size_t extent : shape) product *= extent;
  return product;
}

void CutoutFormat::check() const {
  if (!tile && !patch) {
    throw std::invalid_argument("cutouts: found neither tiles nor patches, expected one of them");
  }
  constexpr std::size_t longest_extent = std::size_t{1} << 24U;
  constexpr std::size_t most_bytes = std::size_t{1} << 28U;
  for (const CutoutPart part : cutout_parts) {
    if (!of(part)) continue;
    const auto& shape = of(part)->shape;
    const auto refuse = [&](const std::string& expected) {
      throw std::invalid_argument(fmt::format("cutouts: shape of a {}: found [{}], expected {}",
                                              name(part), fmt::join(shape, ", "), expected));
    };
    if (shape.empty() || shape.size() > 4) refuse("1 to 4 dimensions");
    std::size_t bytes = bytes_of(of(part)->type);
    for (const std::size_t extent : shape) {
      if (extent == 0 || extent > longest_extent) refuse("1 to 16777216 elements a dimension");
      bytes *= extent;  // below 2^52: no overflow
      if (bytes > most_bytes) refuse("268435456 bytes at most");
    }
  }
}

CutoutFormat default_cutout_format() {
  CutoutFormat format;
  format.tile =
      ArrayFormat{ElementType::uint8,
                  {4, 256, 256},
                  "plane,dm,time",
                  "S/N s as the code q = clip(round(32 (asinh((s - 3) / 3) + 1.5)), 0, 255)"};
  format.patch = ArrayFormat{ElementType::int8,
                             {2, 64, 64},
                             "plane,frequency or dm,time",
                             "plane 0: sigma s of a pixel as q = clip(round(20 s), -127, 127); "
                             "plane 1: S/N s as q = clip(round(24 asinh(s / 3)), -127, 127)"};
  return format;
}

CutoutInfo checked_info(const Cutout& cutout, const CutoutFormat& format) {
  for (const CutoutPart part : cutout_parts) {
    const std::size_t found = cutout.bytes(part).size();
    const std::size_t expected = format.of(part) ? format.of(part)->bytes() : 0;
    if (found != 0 && found != expected) {
      throw std::invalid_argument(
          fmt::format("cutout: {}: found {} bytes, expected 0 or {}", name(part), found, expected));
    }
  }
  CutoutInfo info = cutout.info;
  info.file = end_of(info.file);
  check_length("event_id", info.event_id, longest_event_id);
  check_length("file", info.file, longest_file);
  check_length("label", info.label, longest_label);
  check_length("model_sha256", info.model_sha256, longest_hash);
  info.has_tile = !cutout.tile.empty();
  info.has_patch = !cutout.patch.empty();
  return info;
}

}  // namespace draftstream
