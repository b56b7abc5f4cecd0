#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/infer/network.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::json;

constexpr int format_version = 1;

const std::vector<std::string>& planes_of(NetworkKind kind) {
  static const std::vector<std::string> tile{
      "all channels, boxcars 1-4", "all channels, boxcars 8-128",
      "lower half of the band, boxcars 1-64", "upper half of the band, boxcars 1-64"};
  static const std::vector<std::string> patch{"frequency-time, dedispersed", "DM-time"};
  return kind == NetworkKind::detector ? tile : patch;
}

// A field of the metadata, by its path: "input/shape".
const Json& field(const Json& meta, const std::string& path) {
  const Json::json_pointer pointer{"/" + path};
  if (!meta.contains(pointer)) throw InputError{"meta.json: " + path, "nothing", "a value"};
  return meta[pointer];
}

void expect(const Json& meta, const std::string& path, const Json& expected) {
  const Json& found = field(meta, path);
  if (found != expected) throw InputError{"meta.json: " + path, found.dump(), expected.dump()};
}

std::string text(const Json& meta, const std::string& path) {
  const Json& found = field(meta, path);
  if (!found.is_string()) throw InputError{"meta.json: " + path, found.dump(), "a text"};
  return found.get<std::string>();
}

double number(const Json& meta, const std::string& path) {
  const Json& found = field(meta, path);
  if (!found.is_number() || !std::isfinite(found.get<double>())) {
    throw InputError{"meta.json: " + path, found.dump(), "a number"};
  }
  return found.get<double>();
}

double fraction(const Json& meta, const std::string& path) {
  const double value = number(meta, path);
  if (value < 0.0 || value > 1.0) {
    throw InputError{"meta.json: " + path, fmt::format("{}", value), "0 to 1"};
  }
  return value;
}

}  // namespace

std::string sha256_of(const std::string& bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  std::string hex;
  for (const unsigned char byte : hash) hex += fmt::format("{:02x}", byte);
  return hex;
}

NetworkInfo read_metadata(const std::string& json, const std::string& sha256, NetworkKind kind) {
  if (json.empty()) {
    throw InputError{"", "a network without meta.json", "one that draftstream's training wrote"};
  }
  if (const std::string own = sha256_of(json); own != sha256) {
    throw InputError{"meta.json", "SHA-256 " + own, sha256.empty() ? "one in meta.sha256" : sha256};
  }
  const Json meta = Json::parse(json, nullptr, false);
  if (!meta.is_object()) throw InputError{"meta.json", "no JSON object", "one"};
  const NetworkShape shape = shape_of(kind);
  expect(meta, "format", fmt::format("draftstream-{}", name(kind)));
  expect(meta, "format_version", format_version);
  expect(meta, "input/dtype", shape.is_signed ? "int8" : "uint8");
  expect(meta, "input/shape", {shape.planes, shape.rows, shape.columns});
  expect(meta, "input/planes", planes_of(kind));
  NetworkInfo info;
  info.name = text(meta, "name");
  info.version = text(meta, "version");
  if (meta.contains("weights_sha256")) info.weights_sha256 = text(meta, "weights_sha256");
  info.scale = number(meta, "calibration/scale");
  if (info.scale <= 0.0) {
    throw InputError{"meta.json: calibration/scale", fmt::format("{}", info.scale), "more than 0"};
  }
  info.shift = number(meta, "calibration/shift");
  if (kind == NetworkKind::detector) {
    info.find_threshold = fraction(meta, "find_threshold");
  } else {
    info.detector_weight = number(meta, "fusion/detector");
    info.classifier_weight = number(meta, "fusion/classifier");
    info.fusion_shift = number(meta, "fusion/shift");
    info.threshold = fraction(meta, "threshold");
  }
  return info;
}

}  // namespace draftstream
