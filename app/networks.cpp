#include "app/networks.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>

#include <filesystem>

#include "app/model_files.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

RunNetworks load_both(const std::string& detector, const std::string& classifier,
                      const NetworkOptions& options) {
  return {std::make_shared<Networks>(
              Networks{load_network(detector, NetworkKind::detector, options),
                       load_network(classifier, NetworkKind::classifier, options)}),
          detector, classifier, options.device, ""};
}

// LibTorch and its threads take 0.85 GB of addresses, and some of its parts wait for ever for
// theirs.
constexpr std::size_t addresses_of_networks = std::size_t{1} << 30;  // [bytes]
constexpr const char* no_room =
    "found less than 1 GiB of addresses left (ulimit -v), which LibTorch needs";

bool has_room() {
  void* room = ::mmap(nullptr, addresses_of_networks, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  ::munmap(room, addresses_of_networks);
  return true;
}

RunNetworks none(const std::string& why) {
  return {nullptr, "", "", NetworkDevice::cpu, why};
}

}  // namespace

ShippedNetworks shipped_networks(const Settings& settings) {
  const std::filesystem::path detector = model_file("detector.pt");
  const std::filesystem::path classifier = model_file("classifier.pt");
  ShippedNetworks shipped{detector.string(), classifier.string(), ""};
  if (!settings.networks) {
    shipped.why_none = "--no-networks";
  } else if (settings.search.engine == EngineKind::direct) {
    shipped.why_none = "the engine direct shows them none";
  } else if (!std::filesystem::exists(detector) || !std::filesystem::exists(classifier)) {
    shipped.why_none =
        fmt::format("there are none in {}, and none were given (--detector, --classifier)",
                    detector.parent_path().string());
  } else if (!has_room()) {
    shipped.why_none = no_room;
  } else if (!can_compute_networks()) {
    shipped.why_none = "this program was built without LibTorch, or misses it";
  }
  return shipped;
}

RunNetworks load_networks(const Settings& settings) {
  const bool detector = !settings.detector_file.empty();
  const bool classifier = !settings.classifier_file.empty();
  if (!settings.networks || (!detector && !classifier)) {
    const ShippedNetworks shipped = shipped_networks(settings);
    if (!shipped.why_none.empty()) return none(shipped.why_none);
    return load_both(shipped.detector_file, shipped.classifier_file, settings.network_options);
  }
  if (!detector || !classifier) {
    throw ConfigError(
        fmt::format("networks: found {} alone, expected both --detector and --classifier",
                    detector ? "--detector" : "--classifier"));
  }
  if (!has_room()) throw ConfigError(fmt::format("networks: {}; or --no-networks", no_room));
  return load_both(settings.detector_file, settings.classifier_file, settings.network_options);
}

void log_networks(const RunNetworks& networks) {
  if (networks.networks == nullptr) {
    spdlog::info("no networks: {}; candidates stay unjudged", networks.why_none);
    return;
  }
  for (const Network* one : {&networks.networks->detector, &networks.networks->classifier}) {
    spdlog::info("network {} {}", one->info.name, one->info.version);
    if (one->info.weights_sha256.empty()) {
      spdlog::warn(
          "network {} {}: its file does not say what its weights are, so damage to them "
          "would go unnoticed",
          one->info.name, one->info.version);
    }
  }
}

EventClassifier describe_networks(const RunNetworks& networks) {
  EventClassifier all;
  if (networks.networks == nullptr) return all;
  const NetworkInfo& info = networks.networks->classifier.info;
  all.name = info.name;
  all.version = info.version;
  all.model_sha256 = info.sha256;
  all.threshold = info.threshold;
  all.device = name(networks.device);
  return all;
}

std::vector<NetworkSummary> summarise_networks(const RunNetworks& networks) {
  if (networks.networks == nullptr) return {};
  const auto one = [](const char* kind, const std::string& file, const NetworkInfo& info) {
    return NetworkSummary{kind, file, info.name, info.version, info.sha256};
  };
  return {one("detector", networks.detector_file, networks.networks->detector.info),
          one("classifier", networks.classifier_file, networks.networks->classifier.info)};
}

}  // namespace draftstream
