#include "app/watched_networks.hpp"

#include <utility>

#include "app/model_in_front.hpp"

namespace draftstream {
namespace {

class WatchedModel final : public ModelInFront {
 public:
  WatchedModel(std::shared_ptr<InferenceModel> model, StageSteps& steps)
      : ModelInFront{std::move(model)}, steps_{steps} {}

  void run(std::span<const std::uint8_t> inputs, std::size_t count,
           std::span<float> outputs) override {
    const StageSteps::Step step{steps_};
    behind().run(inputs, count, outputs);
  }

 private:
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
