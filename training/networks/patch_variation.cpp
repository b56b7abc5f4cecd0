#include "training/networks/patch_variation.hpp"

#include <torch/torch.h>

#include "engine/infer/classifier_patch.hpp"
#include "training/random.hpp"

namespace draftstream {
namespace {

constexpr std::int64_t most_later = 6;
constexpr std::int64_t most_bands_out = 8;
constexpr double bands_out_share = 0.3;  // of patches
constexpr std::int64_t most_noise = 4;
constexpr std::int64_t bands = ClassifierPatch::side;

}  // namespace

PatchVariation draw_patch_variation(std::mt19937_64& random) {
  PatchVariation variation;
  variation.turned = uniform(random) < 0.5;
  variation.later = whole_between(random, -most_later, most_later);
  if (uniform(random) < bands_out_share) {
    variation.bands_out = whole_between(random, 1, most_bands_out);
    variation.bands_from = whole_between(random, 0, bands - variation.bands_out);
  }
  variation.noise = whole_between(random, 0, most_noise);
  return variation;
}

torch::Tensor varied_patch(const PatchVariation& variation, torch::Tensor patch) {
  if (variation.turned) {
    // The candidate's DM is row 32 of 64, its middle the beginning of cell 32 of 64.
    const torch::Tensor dm_time = patch[1].flip({0, 1}).roll(1, 0);
    patch = torch::stack({patch[0].flip({1}), dm_time});
  }
  if (variation.later != 0) patch = patch.roll(variation.later, 2);
  if (variation.noise != 0) {
    const torch::Tensor noise =
        torch::randint(-variation.noise, variation.noise + 1, patch.sizes(), torch::kShort);
    patch = (patch.to(torch::kShort) + noise).clamp(-127, 127).to(torch::kChar);
  }
  if (variation.bands_out != 0) {  // as channels that are flagged: exactly 0
    patch = patch.clone();
    patch[0].slice(0, variation.bands_from, variation.bands_from + variation.bands_out).zero_();
  }
  return patch;
}

}  // namespace draftstream
