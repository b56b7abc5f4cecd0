#include "app/guarded_networks.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "app/model_in_front.hpp"

namespace draftstream {
namespace {

class GuardedModel final : public ModelInFront {
 public:
  GuardedModel(std::shared_ptr<InferenceModel> model, std::string file)
      : ModelInFront{std::move(model)}, file_{std::move(file)} {}

  void run(std::span<const std::uint8_t> inputs, std::size_t count,
           std::span<float> outputs) override {
    try {
      behind().run(inputs, count, outputs);
    } catch (const std::exception& error) {
      std::fill(outputs.begin(), outputs.end(), std::numeric_limits<float>::quiet_NaN());
      return tell(error.what());
    }
    if (!std::all_of(outputs.begin(), outputs.end(), [](float x) { return std::isfinite(x); })) {
      tell("found an output that is no number");
    }
  }

 private:
  void tell(const std::string& fault) {
    if (told_.exchange(true)) return;
    spdlog::error("{}: the network failed, and what it was shown stays unjudged: {}", file_, fault);
  }

  std::string file_;
  std::atomic<bool> told_ = false;
};

}  // namespace

RunNetworks guarded_networks(const RunNetworks& networks) {
  RunNetworks guarded = networks;
  if (networks.networks == nullptr) return guarded;
  Networks both = *networks.networks;
  both.detector.model = std::make_shared<GuardedModel>(both.detector.model, networks.detector_file);
  both.classifier.model =
      std::make_shared<GuardedModel>(both.classifier.model, networks.classifier_file);
  guarded.networks = std::make_shared<const Networks>(std::move(both));
  return guarded;
}

}  // namespace draftstream
