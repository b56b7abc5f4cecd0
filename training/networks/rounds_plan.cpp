#include "training/networks/rounds_plan.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/infer/network.hpp"
#include "ingest/errors.hpp"
#include "publishers/cutouts/cutout_store.hpp"
#include "training/scene_cutouts.hpp"

namespace draftstream {
namespace {

using Path = std::filesystem::path;
using Json = nlohmann::ordered_json;

Json plan_of(const RoundsRequest& request) {
  const FitOptions& fit = request.fit;
  return {{"seed", request.scenes.first_seed},
          {"scenes", request.scenes.scenes},
          {"background", request.scenes.background},
          {"hard_scenes", request.hard_scenes},
          {"detector", load_network(request.detector, NetworkKind::detector).info.sha256},
          {"classifier", load_network(request.classifier, NetworkKind::classifier).info.sha256},
          {"epochs", fit.epochs},
          {"patience", fit.patience},
          {"batch", fit.batch},
          {"learning_rate", fit.learning_rate},
          {"half", fit.half},
          {"tag", request.dated ? "" : request.version}};
}

Json plan_in(const Path& file) {
  std::ifstream stream{file};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  Json plan = Json::parse(text, nullptr, false);
  if (!plan.is_object())
    throw InputError{file.string(), "no JSON object", "the plan of a training"};
  return plan;
}

bool has_examples(const Path& folder) {
  const Path file = folder / "examples.h5";
  return std::filesystem::exists(file) && open_cutout_store(file.string())->size() != 0;
}

// A fit leaves a checkpoint, and then a network.
bool has_fit(const Path& folder) {
  const Path first = folder / "round_0";
  if (!std::filesystem::exists(first)) return false;
  const auto files = std::filesystem::directory_iterator{first};
  return std::any_of(begin(files), end(files), [](const auto& entry) {
    return entry.path().extension() == ".pt" || entry.path().extension() == ".checkpoint";
  });
}

// Does what is made depend on this option, and is it asked for otherwise?
bool is_another(const std::string& option, const Json& kept, const Json& asked, bool fitted) {
  if (kept == asked) return false;
  if (fitted || option == "seed" || option == "background") return true;
  return option == "scenes" && (!kept.is_number() || asked < kept);
}

void refuse_another(const Path& file, const Json& kept, const Json& asked, bool fitted) {
  for (const auto& [option, value] : asked.items()) {
    const Json found = kept.value(option, Json(nullptr));
    if (!is_another(option, found, value, fitted)) continue;
    throw InputError{fmt::format("{}: {}", file.string(), option), found.dump(),
                     fmt::format("{} as asked for, or another folder", value.dump())};
  }
}

void write_plan(const Path& file, const Json& plan) {
  Path unfinished = file;
  unfinished += ".part";
  std::ofstream stream{unfinished};
  stream << plan.dump(1) << "\n";
  stream.close();
  if (!stream) throw std::system_error(errno, std::generic_category(), unfinished.string());
  std::filesystem::rename(unfinished, file);
}

}  // namespace

void settle_plan(const RoundsRequest& request) {
  const Path file = request.folder / "plan.json";
  const Json asked = plan_of(request);
  if (std::filesystem::exists(file)) {
    const Json kept = plan_in(file);
    if (kept == asked) return;
    const bool fitted = has_fit(request.folder);
    if (fitted || has_examples(request.folder)) refuse_another(file, kept, asked, fitted);
  }
  (void)open_background(request.scenes);
  std::filesystem::create_directories(request.folder);
  write_plan(file, asked);
}

}  // namespace draftstream
