// Networks that are formulas.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/infer/heat_map.hpp"
#include "engine/infer/look.hpp"

namespace draftstream::test {

/// Computes one output from one input, and counts.
class FakeModel final : public InferenceModel {
 public:
  using Formula = std::function<void(std::span<const std::uint8_t> input, std::span<float> output)>;

  FakeModel(NetworkKind kind, Formula formula)
      : shape_{shape_of(kind)}, formula_{std::move(formula)} {}

  [[nodiscard]] const std::string& metadata() const override { return nothing_; }
  [[nodiscard]] const std::string& metadata_sha256() const override { return nothing_; }
  [[nodiscard]] const std::string& weights_sha256() const override { return nothing_; }

  void run(std::span<const std::uint8_t> inputs, std::size_t count,
           std::span<float> outputs) override {
    if (inputs.size() != count * shape_.bytes() || outputs.size() != count * shape_.outputs) {
      throw std::logic_error("FakeModel: inputs and outputs of another size");
    }
    for (std::size_t i = 0; i < count; ++i) {
      formula_(inputs.subspan(i * shape_.bytes(), shape_.bytes()),
               outputs.subspan(i * shape_.outputs, shape_.outputs));
    }
    inputs_run += count;
    std::size_t largest = largest_batch;
    while (largest < count && !largest_batch.compare_exchange_weak(largest, count)) {
    }
  }

  std::atomic<std::size_t> inputs_run = 0;  // by the search and beside it at once
  std::atomic<std::size_t> largest_batch = 0;

 private:
  NetworkShape shape_;
  Formula formula_;
  std::string nothing_;
};

/// Heat is S/N of the better plane less 7.5, in the middle of the cell's brightest pixel.
inline void heat_of_snr(std::span<const std::uint8_t> tile, std::span<float> heat) {
  constexpr std::size_t cell = HeatMap::stride;
  constexpr std::size_t cells = HeatMap::side * HeatMap::side;
  for (std::size_t i = 0; i < cells; ++i) {
    std::uint8_t best = 0;
    std::size_t best_row = 0;
    std::size_t best_pixel = 0;
    for (std::size_t j = 0; j < cell * cell; ++j) {
      const std::size_t row = i / HeatMap::side * cell + j / cell;
      const std::size_t pixel = i % HeatMap::side * cell + j % cell;
      const std::size_t place = row * tile_grid::pixels + pixel;
      const std::uint8_t code = std::max(tile[place], tile[DetectorTile::plane_size + place]);
      if (code <= best) continue;
      best = code;
      best_row = j / cell;
      best_pixel = j % cell;
    }
    heat[i] = static_cast<float>(SnrCode::snr(best) - 7.5);
    heat[cells + i] = (static_cast<float>(best_pixel) + 0.5F) / cell;
    heat[2 * cells + i] = (static_cast<float>(best_row) + 0.5F) / cell;
    heat[3 * cells + i] = 0.75F;  // 8 tile samples
    heat[4 * cells + i] = 1.0F;
  }
}

/// Logit: the mean of the four middle cells over the band, in S/N, less 2; whatever is upright.
inline void logit_of_patch(std::span<const std::uint8_t> patch, std::span<float> logit) {
  float sum = 0.0F;
  for (std::size_t row = 0; row < ClassifierPatch::side; ++row) {
    for (std::size_t k = 30; k < 34; ++k) {
      sum += static_cast<float>(static_cast<std::int8_t>(patch[row * ClassifierPatch::side + k]));
    }
  }
  logit[0] = sum / 20.0F / 16.0F - 2.0F;
}

struct FakeNetworks {
  std::shared_ptr<FakeModel> detector =
      std::make_shared<FakeModel>(NetworkKind::detector, heat_of_snr);
  std::shared_ptr<FakeModel> classifier =
      std::make_shared<FakeModel>(NetworkKind::classifier, logit_of_patch);

  [[nodiscard]] std::shared_ptr<const Networks> networks() const {
    return std::make_shared<Networks>(Networks{{{}, detector}, {{}, classifier}});
  }
};

}  // namespace draftstream::test
