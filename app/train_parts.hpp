// What the commands of `draftstream train` have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/interrupt.hpp"
#include "app/progress.hpp"
#include "training/networks/fit_options.hpp"
#include "training/training_set.hpp"

namespace draftstream {

/// Arguments that say which scenes. Texts, so that what is wrong with one is said as for every
/// other argument.
struct SceneArguments {
  std::string scenes, seed, threads;
  std::vector<std::string> background;

  void add_to(CLI::App& parser);
  /// @throws UsageError
  [[nodiscard]] TrainingSetOptions options() const;
};

/// Arguments that say how networks are fitted; --seed and --threads are those of SceneArguments
/// where there are such.
struct FitArguments {
  std::string epochs, batch, learning_rate, patience, tag;
  bool half = false;
  bool cuda = false;

  void add_to(CLI::App& parser);
  /// @throws UsageError
  [[nodiscard]] FitOptions options() const;
  /// The version that events name: the tag, else the day as 2026-11-21.
  [[nodiscard]] std::string version() const;
};

/// Tells how a training goes, and ends it at a signal.
class TrainingWatch {
 public:
  TrainingWatch(bool quiet, const Interrupt& interrupt) : interrupt_{interrupt}, progress_{quiet} {}

  void begin(const std::string& stage);
  void show(const TrainingSetCounts& counts);
  /// @return Whether the fit shall go on.
  [[nodiscard]] bool show(const FitStep& step);
  void tell(const std::string& file, const TrainingSetCounts& counts) const;
  void tell(const FitProgress& epoch);

  /// Runs a training; one that is stopped ends without an error.
  /// @return The exit status.
  int run(const std::function<void()>& training);

 private:
  const Interrupt& interrupt_;
  Progress progress_;
  std::string stage_;
};

/// Parts of `train`, in files of their own.
Command add_train_both(CLI::App& train);              ///< both
std::vector<Command> add_train_one(CLI::App& train);  ///< detector, classifier

}  // namespace draftstream
