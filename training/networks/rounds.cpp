#include "training/networks/rounds.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "engine/infer/look.hpp"
#include "training/hard_examples.hpp"
#include "training/networks/rounds_plan.hpp"

namespace draftstream {
namespace {

using Path = std::filesystem::path;

constexpr double later_rate = 1.0 / 3.0;  // of the first learning rate, in a round
constexpr NetworkKind both_kinds[] = {NetworkKind::detector, NetworkKind::classifier};

Path network_file(const Path& folder, NetworkKind kind) {
  return folder / (std::string{name(kind)} + ".pt");
}

// Whole, or not at all.
void copy_whole(const Path& from, const Path& to) {
  Path unfinished = to;
  unfinished += ".part";
  std::filesystem::copy_file(from, unfinished, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::rename(unfinished, to);
}

/// One run of train_rounds().
class Rounds {
 public:
  Rounds(const RoundsRequest& request, const RoundsWatch& watch)
      : request_{request}, watch_{watch}, examples_{request.folder / "examples.h5"} {}

  void run() {
    settle_plan(request_);
    for (std::size_t round = 0; round <= request_.rounds; ++round) {
      if (is_done(round)) continue;
      std::filesystem::create_directories(folder_of(round));
      make_examples(round);
      for (const NetworkKind kind : both_kinds) fit_network(round, kind);
    }
    for (const NetworkKind kind : both_kinds) {
      const Path last = network_file(folder_of(request_.rounds), kind);
      const Path result = network_file(request_.folder, kind);
      copy_whole(last, result);
      copy_whole(Path{last}.replace_extension(".md"), Path{result}.replace_extension(".md"));
    }
  }

 private:
  [[nodiscard]] Path folder_of(std::size_t round) const {
    return request_.folder / fmt::format("round_{}", round);
  }

  [[nodiscard]] bool is_done(std::size_t round) const {
    return std::ranges::all_of(both_kinds, [&](NetworkKind kind) {
      return std::filesystem::exists(network_file(folder_of(round), kind));
    });
  }

  void begin(std::size_t round, const char* what) const {
    if (!watch_.begin) return;
    watch_.begin(round == 0 ? what : fmt::format("round {}: {}", round, what));
  }

  void make_examples(std::size_t round) const {
    begin(round, "examples");
    TrainingSetOptions options = request_.scenes;
    if (round == 0) {
      make_training_set(examples_, options, watch_.scenes);
    } else {
      options.first_seed += options.scenes + (round - 1) * request_.hard_scenes;
      options.scenes = request_.hard_scenes;
      const Networks networks{network_of(round - 1, NetworkKind::detector),
                              network_of(round - 1, NetworkKind::classifier)};
      add_hard_examples(examples_, options, networks, {}, watch_.scenes);
    }
    if (options.stop && options.stop()) throw TrainingStopped{};
  }

  [[nodiscard]] Network network_of(std::size_t round, NetworkKind kind) const {
    return load_network(network_file(folder_of(round), kind), kind);
  }

  void fit_network(std::size_t round, NetworkKind kind) const {
    const bool detector = kind == NetworkKind::detector;
    TrainRequest request;
    request.kind = kind;
    request.output = network_file(folder_of(round), kind);
    if (std::filesystem::exists(request.output)) return;
    begin(round, name(kind));
    request.examples = examples_;
    request.version = request_.version;
    request.fit = request_.fit;
    request.fit.checkpoint = request.output.string() + ".checkpoint";
    if (round == 0) {
      request.architecture = detector ? request_.detector : request_.classifier;
    } else {
      request.architecture = network_file(folder_of(round - 1), kind);
      request.fit.epochs = std::max<std::size_t>(1, request.fit.epochs / 2);
      request.fit.learning_rate *= later_rate;
    }
    if (!detector) request.detector = network_file(folder_of(round), NetworkKind::detector);
    train(request, watch_.epoch);
    std::filesystem::remove(request.fit.checkpoint);
  }

  const RoundsRequest& request_;
  const RoundsWatch& watch_;
  Path examples_;
};

}  // namespace

void train_rounds(const RoundsRequest& request, const RoundsWatch& watch) {
  Rounds{request, watch}.run();
}

}  // namespace draftstream
