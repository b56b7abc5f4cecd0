#include "app/train_parts.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "app/exit_status.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t most_scenes = 1'000'000'000;

std::uint64_t count_argument(const char* flag, const std::string& text, std::uint64_t low,
                             std::uint64_t high, std::uint64_t otherwise) {
  return parse_argument<std::uint64_t>(
      flag, text, [&](const auto& given) { return parse_count(given, low, high); }, otherwise);
}

}  // namespace

void SceneArguments::add_to(CLI::App& parser) {
  parser.add_option("--scenes", scenes, "Scenes in all (default 1000)")->type_name("N");
  parser
      .add_option("--background", background,
                  "Recordings of yours: half of the scenes are stretches of them instead of "
                  "simulated noise. Bursts are added to these; whatever else is in them is learnt "
                  "as interference, so they must be free of real bursts and pulsars")
      ->type_name("FILE...");
  parser
      .add_option("--seed", seed,
                  "Of the first scene; the same seed draws the same scenes (default 1)")
      ->type_name("N");
  parser.add_option("--threads", threads, "0 = one a core (default)")->type_name("N");
}

TrainingSetOptions SceneArguments::options() const {
  TrainingSetOptions options;
  options.scenes = count_argument("--scenes", scenes, 1, most_scenes, options.scenes);
  options.first_seed = count_argument("--seed", seed, 0, UINT64_MAX / 2, options.first_seed);
  options.threads = static_cast<unsigned>(count_argument("--threads", threads, 0, 1024, 0));
  options.background = background;
  return options;
}

void FitArguments::add_to(CLI::App& parser) {
  const FitOptions defaults;
  const auto option = [&](const char* flag, std::string& text, const char* value,
                          const std::string& help) {
    parser.add_option(flag, text, help)->type_name(value);
  };
  option("--epochs", epochs, "N",
         fmt::format("Times through all examples, at most; 0 calibrates alone (default {})",
                     defaults.epochs));
  option("--patience", patience, "N",
         fmt::format("Epochs without gain on the scenes for validation, then it stops (default {})",
                     defaults.patience));
  option("--batch", batch, "N", fmt::format("Examples of a step (default {})", defaults.batch));
  option(
      "--learning-rate", learning_rate, "X",
      fmt::format("The highest; warmed up to, then falling (default {})", defaults.learning_rate));
  option("--tag", tag, "TEXT", "Version that events name (default the day, as 2026-11-21)");
  parser.add_flag("--half", half, "bfloat16 where LibTorch finds it sound");
  parser.add_flag("--cuda", cuda, "On a GPU, where LibTorch has one");
}

FitOptions FitArguments::options() const {
  FitOptions fit;
  fit.epochs = count_argument("--epochs", epochs, 0, 100'000, fit.epochs);
  fit.patience = count_argument("--patience", patience, 1, 100'000, fit.patience);
  fit.batch = count_argument("--batch", batch, 1, 4096, fit.batch);
  fit.learning_rate = parse_argument(
      "--learning-rate", learning_rate,
      [](const auto& text) { return parse_number(text, 1e-9, 1.0); }, fit.learning_rate);
  fit.half = half;
  fit.cuda = cuda;
  return fit;
}

std::string FitArguments::version() const {
  if (!tag.empty()) return tag;
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::now()));
}

void TrainingWatch::begin(const std::string& stage) {
  stage_ = stage;
  spdlog::info("{}", stage);
  progress_.restart();
}

void TrainingWatch::show(const TrainingSetCounts& counts) {
  progress_.show(counts.scenes, counts.wanted, "scenes");
}

bool TrainingWatch::show(const FitStep& step) {
  progress_.show(step.step, step.steps, fmt::format("steps of epoch {}", step.epoch));
  return interrupt_.signal() == 0;
}

void TrainingWatch::tell(const std::string& file, const TrainingSetCounts& counts) const {
  spdlog::info("{}: {} scenes made; {} bursts put in, {} found; {} candidates, {} tiles", file,
               counts.scenes, counts.bursts, counts.candidates, counts.patches, counts.tiles);
}

void TrainingWatch::tell(const FitProgress& epoch) {
  const double rate = epoch.training_seconds > 0.0
                          ? static_cast<double>(epoch.examples) / epoch.training_seconds
                          : 0.0;
  spdlog::info(
      "{}: epoch {}: loss {:.4f}, validation {:.4f}, best {:.4f}; {:.0f} s, {:.3g} a second",
      stage_, epoch.epoch, epoch.loss, epoch.validation, epoch.best, epoch.seconds, rate);
  progress_.restart();
}

int TrainingWatch::run(const std::function<void()>& training) {
  try {
    training();
  } catch (const TrainingStopped&) {
    spdlog::info("stopped; the same command goes on from here");
    return status_of_signal(interrupt_.signal());
  }
  return number(ExitStatus::done);
}

}  // namespace draftstream
