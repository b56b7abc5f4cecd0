// Training: it learns, stops, and goes on from a checkpoint as if it had never stopped.
#include "training/networks/fit.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "ingest/errors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream {
namespace {

// y = relu(batch_norm(x W) + b) v + c: small, and with the kinds of state that real networks have.
torch::jit::Module toy_network() {
  torch::manual_seed(3);
  torch::jit::Module module{"Toy"};
  module.register_parameter("w", 0.3 * torch::randn({2, 16}), false);
  module.register_parameter("b", torch::ones({16}), false);
  module.register_parameter("v", 0.3 * torch::randn({16, 1}), false);
  module.register_parameter("c", torch::zeros({1}), false);
  module.register_buffer("mean", torch::zeros({16}));
  module.register_buffer("variance", torch::ones({16}));
  module.register_attribute("training", c10::BoolType::get(), true);
  module.define(R"(
def forward(self, x):
    z = torch.matmul(x, self.w)
    z = torch.batch_norm(z, None, self.b, self.mean, self.variance, self.training, 0.1, 1e-5, False)
    z = torch.dropout(torch.relu(z), 0.1, self.training)
    return torch.squeeze(torch.matmul(z, self.v) + self.c, 1)
)");
  return module;
}

// Is a point inside of the unit circle?
class Circle final : public Objective {
 public:
  Circle(std::size_t count, std::uint64_t seed) {
    torch::manual_seed(seed);
    points_ = 2.4 * torch::rand({static_cast<std::int64_t>(count), 2}) - 1.2;
    inside_ = (points_.square().sum(1) < 1.0).to(torch::kFloat);
  }
  [[nodiscard]] std::size_t examples() const override {
    return static_cast<std::size_t>(points_.size(0));
  }
  [[nodiscard]] Batch batch(std::span<const std::size_t> examples,
                            std::mt19937_64* random) const override {
    torch::Tensor index = torch::empty({static_cast<std::int64_t>(examples.size())}, torch::kLong);
    for (std::size_t i = 0; i < examples.size(); ++i) {
      index[static_cast<std::int64_t>(i)] = static_cast<std::int64_t>(examples[i]);
    }
    torch::Tensor points = points_.index_select(0, index);
    if (random != nullptr && ((*random)() & 1U) != 0) points = -points;  // as good
    return {points, inside_.index_select(0, index)};
  }
  [[nodiscard]] torch::Tensor loss(const torch::Tensor& outputs,
                                   const torch::Tensor& targets) const override {
    return torch::binary_cross_entropy_with_logits(outputs, targets);
  }

 private:
  torch::Tensor points_;
  torch::Tensor inside_;
};

FitOptions options(std::size_t epochs) {
  FitOptions options;
  options.epochs = epochs;
  options.batch = 32;
  options.learning_rate = 0.02;
  options.warm_up_steps = 10;
  options.patience = 100;
  options.threads = 1;
  return options;
}

std::vector<torch::Tensor> weights(const torch::jit::Module& module) {
  std::vector<torch::Tensor> all;
  for (const torch::Tensor& parameter : module.parameters()) all.push_back(parameter.clone());
  for (const torch::Tensor& buffer : module.buffers()) all.push_back(buffer.clone());
  return all;
}

bool same(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a[i].equal(b[i])) return false;
  }
  return a.size() == b.size();
}

}  // namespace

TEST_CASE("training learns, and keeps the weights of its best epoch", "[training][networks]") {
  const Circle training{2000, 1};
  const Circle validation{500, 2};
  torch::jit::Module module = toy_network();
  const double before = mean_loss(module, validation, 32, torch::kCPU);
  double best = 1e9;
  std::vector<double> losses;
  const std::size_t epochs =
      fit(module, training, validation, options(15), [&](const FitProgress& progress) {
        losses.push_back(progress.validation);
        best = progress.best;
      });
  CHECK(epochs == 15);
  REQUIRE(losses.size() == 15);
  CHECK(best == *std::min_element(losses.begin(), losses.end()));
  CHECK(before > 0.6);
  CHECK(best < 0.35);
  CHECK_FALSE(module.is_training());
  CHECK(mean_loss(module, validation, 32, torch::kCPU) == Approx(best).epsilon(1e-5));
}

TEST_CASE("a training that is gone on with ends like one that was never stopped",
          "[training][networks]") {
  const Circle training{500, 1};
  const Circle validation{100, 2};
  torch::jit::Module whole = toy_network();
  fit(whole, training, validation, options(6));

  const test::TemporaryFolder folder;
  FitOptions in_parts = options(6);
  in_parts.checkpoint = folder.file("checkpoint.pt");
  struct Stop {};
  torch::jit::Module first = toy_network();
  CHECK_THROWS_AS(fit(first, training, validation, in_parts,
                      [](const FitProgress& progress) {
                        if (progress.epoch == 3) throw Stop{};
                      }),
                  Stop);
  torch::jit::Module second = toy_network();
  std::size_t begun = 0;
  fit(second, training, validation, in_parts, [&](const FitProgress& progress) {
    if (begun == 0) begun = progress.epoch;
  });
  CHECK(begun == 4);
  CHECK(same(weights(second), weights(whole)));

  FitOptions other = in_parts;
  other.seed = 2;
  torch::jit::Module third = toy_network();
  CHECK_THROWS_AS(fit(third, training, validation, other), InputError);
  std::ofstream{in_parts.checkpoint} << "not one";
  CHECK_THROWS_AS(fit(third, training, validation, in_parts), InputError);
}

TEST_CASE("a training that is stopped inside of an epoch goes on from that step",
          "[training][networks]") {
  const Circle training{500, 1};
  const Circle validation{100, 2};
  torch::jit::Module whole = toy_network();
  std::vector<double> losses;
  fit(whole, training, validation, options(3),
      [&](const FitProgress& progress) { losses.push_back(progress.loss); });

  const test::TemporaryFolder folder;
  FitOptions stopped = options(3);
  stopped.checkpoint = folder.file("checkpoint.pt");
  std::size_t steps = 0;
  stopped.go_on = [&](const FitStep& step) {
    ++steps;
    CHECK(step.steps == 15);
    CHECK(step.epoch * 15 + step.step == 15 + steps);
    return !(step.epoch == 2 && step.step == 7);
  };
  torch::jit::Module first = toy_network();
  CHECK_THROWS_AS(fit(first, training, validation, stopped), TrainingStopped);
  CHECK(steps == 22);
  torch::jit::Module second = toy_network();
  std::vector<double> rest;
  stopped.go_on = {};
  fit(second, training, validation, stopped,
      [&](const FitProgress& progress) { rest.push_back(progress.loss); });
  CHECK(rest == std::vector<double>(losses.begin() + 1, losses.end()));
  CHECK(same(weights(second), weights(whole)));
}

TEST_CASE("training stops when it gets no better", "[training][networks]") {
  const Circle training{200, 1};
  const Circle validation{100, 2};
  torch::jit::Module module = toy_network();
  FitOptions still = options(50);
  still.learning_rate = 1e-12;  // nothing changes
  still.weight_decay = 0.0;
  still.averaged = 0.0;
  still.patience = 3;
  const std::size_t epochs = fit(module, training, validation, still);
  CHECK(epochs < 30);
  FitOptions wild = options(5);
  wild.learning_rate = 1e30;
  CHECK_THROWS_AS(fit(module, training, validation, wild), std::runtime_error);
  CHECK_THROWS_AS(fit(module, Circle{10, 1}, validation, options(5)), std::invalid_argument);
  FitOptions device = options(1);
  device.cuda = true;
  if (!torch::cuda::is_available()) {
    CHECK_THROWS_AS(fit(module, training, validation, device), ConfigError);
  }
}

}  // namespace draftstream
