// A network, whoever computes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace draftstream {

enum class NetworkKind {
  detector,    ///< DetectorTile -> heat map; see detections.hpp.
  classifier,  ///< ClassifierPatch -> one logit.
};

/// "detector", "classifier".
[[nodiscard]] constexpr const char* name(NetworkKind kind) noexcept {
  return kind == NetworkKind::detector ? "detector" : "classifier";
}

enum class NetworkDevice { cpu, cuda };

/// "cpu", "cuda".
[[nodiscard]] constexpr const char* name(NetworkDevice device) noexcept {
  return device == NetworkDevice::cpu ? "cpu" : "cuda";
}

/// Half is bfloat16 where that is faster: all layers on a GPU, those of the detector on a CPU.
enum class NetworkPrecision { single, half };

/// "single", "half".
[[nodiscard]] constexpr const char* name(NetworkPrecision precision) noexcept {
  return precision == NetworkPrecision::single ? "single" : "half";
}

/// How a network is computed.
struct NetworkOptions {
  NetworkDevice device = NetworkDevice::cpu;
  NetworkPrecision precision = NetworkPrecision::single;
};

/// Of one input and its output: planes, rows, columns.
struct NetworkShape {
  std::int64_t planes = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  bool is_signed = false;   ///< Bytes of the input.
  std::size_t outputs = 0;  ///< Values.

  [[nodiscard]] constexpr std::size_t bytes() const noexcept {
    return static_cast<std::size_t>(planes * rows * columns);
  }
};

[[nodiscard]] NetworkShape shape_of(NetworkKind kind) noexcept;

/// Threads: run() from any number at once.
class InferenceModel {
 public:
  virtual ~InferenceModel() = default;

  /// What the file says of itself: `meta.json` and `meta.sha256`, "" where it holds none.
  [[nodiscard]] virtual const std::string& metadata() const = 0;
  [[nodiscard]] virtual const std::string& metadata_sha256() const = 0;
  /// Of all its weights, as they were loaded: torch_weights.hpp.
  [[nodiscard]] virtual const std::string& weights_sha256() const = 0;

  /// @param inputs   Shape [count] of one input's bytes.
  /// @param outputs  Shape [count] of one output's values.
  /// @throws std::runtime_error if the network fails, or makes something else.
  virtual void run(std::span<const std::uint8_t> inputs, std::size_t count,
                   std::span<float> outputs) = 0;
};

/// What the library of the networks offers, under the name open_network_symbol.
/// @throws std::invalid_argument if it cannot be computed as the options say.
/// @throws std::runtime_error    if there is no network in the file.
using OpenNetwork = InferenceModel*(const char* path, NetworkKind kind,
                                    const NetworkOptions& options);
inline constexpr const char* open_network_symbol = "draftstream_open_network";

}  // namespace draftstream
