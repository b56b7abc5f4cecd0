#include "training/networks/fit.hpp"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/infer/torch_autocast.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double last_rate = 0.01;      // of the highest learning rate
constexpr double averaged_soon = 20.0;  // steps after which the average may look back on as many

/// What of a module training changes: its parameters, then the buffers that are numbers.
std::vector<torch::Tensor> state_of(const torch::jit::Module& module) {
  std::vector<torch::Tensor> state;
  for (const torch::Tensor& parameter : module.parameters()) state.push_back(parameter);
  for (const torch::Tensor& buffer : module.buffers()) {
    if (buffer.is_floating_point()) state.push_back(buffer);
  }
  return state;
}

std::vector<torch::Tensor> trainable(const torch::jit::Module& module) {
  std::vector<torch::Tensor> parameters;
  for (torch::Tensor parameter : module.parameters()) {
    parameters.push_back(parameter.set_requires_grad(true));
  }
  return parameters;
}

std::vector<torch::Tensor> copies_of(const std::vector<torch::Tensor>& state) {
  std::vector<torch::Tensor> copies;
  for (const torch::Tensor& tensor : state) copies.push_back(tensor.detach().clone());
  return copies;
}

void copy_into(const std::vector<torch::Tensor>& from, const std::vector<torch::Tensor>& to) {
  const torch::NoGradGuard no_gradients;
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
}

std::vector<std::size_t> shuffled(std::size_t count, std::mt19937_64& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) {  // std::shuffle is another one on every library
    std::swap(order[i - 1], order[static_cast<std::size_t>(random() % i)]);
  }
  return order;
}

/// One run of fit().
class Fit {
 public:
  Fit(torch::jit::Module& module, const Objective& training, const FitOptions& options)
      : module_{module},
        training_{training},
        options_{options},
        steps_an_epoch_{training.examples() / options.batch},
        state_{state_of(module)},
        averaged_{copies_of(state_)},
        best_{copies_of(state_)},
        device_{options.cuda ? torch::kCUDA : torch::kCPU},
        parameters_{trainable(module)},
        optimizer_{
            parameters_,
            torch::optim::AdamWOptions(options.learning_rate).weight_decay(options.weight_decay)} {}

  [[nodiscard]] std::size_t epoch() const noexcept { return epoch_; }
  [[nodiscard]] bool finished() const noexcept {
    return epoch_ >= options_.epochs || epoch_ - best_epoch_ >= options_.patience;
  }

  FitProgress one_epoch(const Objective& validation);
  void take_best() {
    copy_into(best_, state_);
    module_.eval();
  }

  void save(const std::string& file);
  /// @return Was there a checkpoint?
  bool load(const std::string& file);

 private:
  void set_learning_rate();
  [[nodiscard]] std::mt19937_64 random_of(std::size_t step) const;
  double one_step(std::span<const std::size_t> examples, std::mt19937_64& random);
  void train_rest_of_epoch();
  void average();
  [[nodiscard]] torch::Tensor fingerprint() const;

  torch::jit::Module& module_;
  const Objective& training_;
  const FitOptions& options_;
  std::size_t steps_an_epoch_;
  std::vector<torch::Tensor> state_;
  std::vector<torch::Tensor> averaged_;
  std::vector<torch::Tensor> best_;
  torch::Device device_;
  std::vector<torch::Tensor> parameters_;
  torch::optim::AdamW optimizer_;
  std::size_t epoch_ = 0;
  std::size_t step_ = 0;
  std::size_t steps_here_ = 0;  // of the epoch that is not finished
  double losses_here_ = 0.0;    // their sum
  std::size_t best_epoch_ = 0;
  double best_loss_ = std::numeric_limits<double>::infinity();
};

void Fit::set_learning_rate() {
  const double warm =
      std::min(1.0, static_cast<double>(step_ + 1) /
                        static_cast<double>(std::max<std::size_t>(1, options_.warm_up_steps)));
  const double done = static_cast<double>(step_) / static_cast<double>(std::max<std::size_t>(
                                                       1, options_.epochs * steps_an_epoch_));
  const double falling = 0.5 * (1.0 + std::cos(std::numbers::pi * std::min(1.0, done)));
  const double rate = options_.learning_rate * warm * (falling + last_rate);
  for (auto& group : optimizer_.param_groups()) {
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
  }
}

double Fit::one_step(std::span<const std::size_t> examples, std::mt19937_64& random) {
  set_learning_rate();
  const Batch batch = training_.batch(examples, &random);
  optimizer_.zero_grad();
  torch::Tensor outputs;
  {
    const TorchAutocast half{options_.half, device_};
    outputs = module_.forward({batch.inputs.to(device_)}).toTensor();
  }
  const torch::Tensor loss = training_.loss(outputs.to(torch::kFloat), batch.targets.to(device_));
  loss.backward();
  torch::nn::utils::clip_grad_norm_(parameters_, options_.most_gradient);
  optimizer_.step();
  average();
  ++step_;
  return loss.item<double>();
}

void Fit::average() {
  const torch::NoGradGuard no_gradients;
  const auto taken = static_cast<double>(step_ + 1);
  const double kept = std::min(options_.averaged, taken / (taken + averaged_soon));
  for (std::size_t i = 0; i < state_.size(); ++i) {
    averaged_[i].mul_(kept).add_(state_[i].detach(), 1.0 - kept);
  }
}

// @param step  Of the epoch, 1 for the first; 0 for the order of its examples.
std::mt19937_64 Fit::random_of(std::size_t step) const {
  std::seed_seq seeds{options_.seed, static_cast<std::uint64_t>(epoch_),
                      static_cast<std::uint64_t>(step)};
  return std::mt19937_64{seeds};
}

void Fit::train_rest_of_epoch() {
  std::mt19937_64 shuffling = random_of(0);
  const std::vector<std::size_t> order = shuffled(training_.examples(), shuffling);
  module_.train();
  while (steps_here_ < steps_an_epoch_) {
    std::mt19937_64 random = random_of(steps_here_ + 1);
    torch::manual_seed(random());  // of layers that drop out
    losses_here_ +=
        one_step(std::span{order}.subspan(steps_here_ * options_.batch, options_.batch), random);
    ++steps_here_;
    if (!options_.go_on || options_.go_on({epoch_ + 1, steps_here_, steps_an_epoch_})) continue;
    if (!options_.checkpoint.empty()) save(options_.checkpoint);
    throw TrainingStopped{};
  }
}

FitProgress Fit::one_epoch(const Objective& validation) {
  const Clock::time_point begin = Clock::now();
  const std::size_t steps_before = steps_here_;
  train_rest_of_epoch();
  FitProgress progress;
  progress.loss = losses_here_;
  progress.loss /= static_cast<double>(steps_an_epoch_);
  progress.training_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  progress.examples = (steps_an_epoch_ - steps_before) * options_.batch;
  ++epoch_;
  steps_here_ = 0;
  losses_here_ = 0.0;

  const std::vector<torch::Tensor> now = copies_of(state_);
  copy_into(averaged_, state_);
  progress.validation = mean_loss(module_, validation, options_.batch, device_);
  copy_into(now, state_);
  if (!std::isfinite(progress.loss) || !std::isfinite(progress.validation)) {
    throw std::runtime_error(
        fmt::format("training: epoch {}: the loss is not a number any more; a lower learning rate "
                    "than {} may help",
                    epoch_, options_.learning_rate));
  }
  if (progress.validation < best_loss_) {
    best_loss_ = progress.validation;
    best_epoch_ = epoch_;
    best_ = copies_of(averaged_);
  }
  progress.epoch = epoch_;
  progress.step = step_;
  progress.best = best_loss_;
  progress.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return progress;
}

// What must be the same for a checkpoint to be gone on from.
torch::Tensor Fit::fingerprint() const {
  std::size_t values = 0;
  for (const torch::Tensor& tensor : state_) values += static_cast<std::size_t>(tensor.numel());
  return torch::tensor(
      {static_cast<double>(values), static_cast<double>(training_.examples()),
       static_cast<double>(options_.epochs), static_cast<double>(options_.batch),
       static_cast<double>(options_.seed), options_.learning_rate, options_.weight_decay},
      torch::kDouble);
}

void Fit::save(const std::string& file) {
  torch::serialize::OutputArchive archive;
  archive.write("fingerprint", fingerprint(), true);
  archive.write("progress",
                torch::tensor({static_cast<double>(epoch_), static_cast<double>(step_),
                               static_cast<double>(best_epoch_), best_loss_},
                              torch::kDouble),
                true);
  if (steps_here_ > 0) {
    archive.write("unfinished",
                  torch::tensor({static_cast<double>(steps_here_), losses_here_}, torch::kDouble),
                  true);
  }
  for (std::size_t i = 0; i < state_.size(); ++i) {
    archive.write(fmt::format("now_{}", i), state_[i].detach(), true);
    archive.write(fmt::format("averaged_{}", i), averaged_[i], true);
    archive.write(fmt::format("best_{}", i), best_[i], true);
  }
  torch::serialize::OutputArchive optimizer;
  optimizer_.save(optimizer);
  archive.write("optimizer", optimizer);
  // Under another name first: a run that is killed here leaves the one before.
  const std::string unfinished = file + ".part";
  archive.save_to(unfinished);
  std::filesystem::rename(unfinished, file);
}

bool Fit::load(const std::string& file) {
  if (!std::filesystem::exists(file)) return false;
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(file);
    torch::Tensor found;
    archive.read("fingerprint", found, true);
    if (!found.equal(fingerprint())) {
      throw InputError{file, "a checkpoint of another network, other examples or other options",
                       "one of this training; remove it to begin anew"};
    }
    torch::Tensor progress;
    archive.read("progress", progress, true);
    const torch::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < state_.size(); ++i) {
      torch::Tensor now;
      archive.read(fmt::format("now_{}", i), now, true);
      state_[i].copy_(now);
      archive.read(fmt::format("averaged_{}", i), averaged_[i], true);
      archive.read(fmt::format("best_{}", i), best_[i], true);
    }
    torch::serialize::InputArchive optimizer;
    archive.read("optimizer", optimizer);
    optimizer_.load(optimizer);
    epoch_ = static_cast<std::size_t>(progress[0].item<double>());
    step_ = static_cast<std::size_t>(progress[1].item<double>());
    best_epoch_ = static_cast<std::size_t>(progress[2].item<double>());
    best_loss_ = progress[3].item<double>();
    torch::Tensor unfinished;
    if (archive.try_read("unfinished", unfinished, true)) {
      steps_here_ = static_cast<std::size_t>(unfinished[0].item<double>());
      losses_here_ = unfinished[1].item<double>();
    }
  } catch (const c10::Error&) {  // says where in LibTorch, not what is wrong with the file
    throw InputError{file, "no checkpoint of a training", "one; remove it to begin anew"};
  }
  return true;
}

}  // namespace

std::size_t fit(torch::jit::Module& module, const Objective& training, const Objective& validation,
                const FitOptions& options, const std::function<void(const FitProgress&)>& report) {
  if (options.batch == 0 || training.examples() < options.batch || validation.examples() == 0) {
    throw std::invalid_argument(
        fmt::format("fit: found {} examples to train on and {} to validate with, expected at least "
                    "a batch of {} and one",
                    training.examples(), validation.examples(), options.batch));
  }
  if (options.cuda && !torch::cuda::is_available()) {
    throw ConfigError("training: found no GPU that LibTorch can use, expected one");
  }
  at::set_num_threads(static_cast<int>(
      options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency())));
  module.to(options.cuda ? torch::kCUDA : torch::kCPU);
  Fit run{module, training, options};
  if (!options.checkpoint.empty()) run.load(options.checkpoint);
  while (!run.finished()) {
    const FitProgress progress = run.one_epoch(validation);
    if (!options.checkpoint.empty()) run.save(options.checkpoint);
    if (report) report(progress);
  }
  run.take_best();
  module.to(torch::kCPU);
  return run.epoch();
}

double mean_loss(torch::jit::Module& module, const Objective& objective, std::size_t batch,
                 torch::Device device) {
  const torch::NoGradGuard no_gradients;
  module.eval();
  double sum = 0.0;
  std::vector<std::size_t> all(objective.examples());
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::size_t first = 0; first < all.size(); first += batch) {
    const auto some = std::span{all}.subspan(first, std::min(batch, all.size() - first));
    const Batch examples = objective.batch(some, nullptr);
    const torch::Tensor outputs = module.forward({examples.inputs.to(device)}).toTensor();
    sum += static_cast<double>(some.size()) *
           objective.loss(outputs.to(torch::kFloat), examples.targets.to(device)).item<double>();
  }
  return sum / static_cast<double>(all.size());
}

}  // namespace draftstream
