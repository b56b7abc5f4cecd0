#include "app/back_end.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "engine/cuda/tree_device.hpp"
#include "ingest/errors.hpp"

namespace draftstream {

ChosenBackEnd choose_back_end(const Settings& settings) {
  if (settings.backend == "cpu") return {BackEnd::cpu, "asked for"};
  const bool wanted = settings.backend == "cuda";
  if (settings.search.engine != EngineKind::tree) {
    if (wanted) throw ConfigError("backend cuda: found engine direct, expected tree");
    return {BackEnd::cpu, "the engine direct has no other"};
  }
  CudaPresence cuda = cuda_presence();
  if (cuda.usable) return {BackEnd::cuda, std::move(cuda.words)};
  if (wanted) throw ConfigError("backend cuda: " + cuda.words);
  return {BackEnd::cpu, std::move(cuda.words)};
}

void take_back_end(Settings& settings) {
  const ChosenBackEnd chosen = choose_back_end(settings);
  settings.search.backend = chosen.back_end;
  if (chosen.back_end == BackEnd::cuda) spdlog::info("summing on {}", chosen.reason);
}

}  // namespace draftstream
