#include "app/watched_networks.hpp"

#include <utility>

namespace draftstream {
namespace {

class WatchedModel final : public InferenceModel {
 public:
  WatchedModel(std::shared_ptr<InferenceModel> model, StageSteps& steps)
      : model_{std::move(model)}, steps_{steps} {}

  [[nodiscard]] const std::string& metadata() const override { return model_->metadata(); }
  [[nodiscard]] const std::string& metadata_sha256() const override {
    return model_->metadata_sha256();
  }
  [[nodiscard]] const std::string& weights_sha256() const override {
    return model_->weights_sha256();
  }
  void run(std::span<const std::uint8_t> inputs, std::size_t count,
           std::span<float> outputs) override {
    const StageSteps::Step step{steps_};
    model_->run(inputs, count, outputs);
  }

 private:
  std::shared_ptr<InferenceModel> model_;
  StageSteps& steps_;
};

}  // namespace

RunNetworks with_steps(const RunNetworks& networks, StageSteps& steps) {
  RunNetworks watched = networks;
  if (networks.networks == nullptr) return watched;
  Networks both = *networks.networks;
  for (Network* one : {&both.detector, &both.classifier}) {
    one->model = std::make_shared<WatchedModel>(one->model, steps);
  }
  watched.networks = std::make_shared<const Networks>(std::move(both));
  return watched;
}

}  // namespace draftstream
