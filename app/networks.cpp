#include "app/networks.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "ingest/errors.hpp"

namespace draftstream {

std::shared_ptr<const Networks> load_networks(const Settings& settings) {
  const bool detector = !settings.detector_file.empty();
  const bool classifier = !settings.classifier_file.empty();
  if (!settings.networks || (!detector && !classifier)) return nullptr;
  if (!detector || !classifier) {
    throw ConfigError(
        fmt::format("networks: found {} alone, expected both --detector and --classifier",
                    detector ? "--detector" : "--classifier"));
  }
  return std::make_shared<Networks>(
      Networks{load_network(settings.detector_file, NetworkKind::detector),
               load_network(settings.classifier_file, NetworkKind::classifier)});
}

void log_networks(const Settings& settings, const Networks* networks) {
  if (networks == nullptr) {
    spdlog::info("no networks{}: candidates stay unjudged",
                 settings.networks ? " were given (--detector, --classifier)" : "");
    return;
  }
  for (const Network* one : {&networks->detector, &networks->classifier}) {
    spdlog::info("network {} {}", one->info.name, one->info.version);
  }
}

EventClassifier describe_networks(const Networks* networks) {
  EventClassifier all;
  if (networks == nullptr) return all;
  const NetworkInfo& info = networks->classifier.info;
  all.name = info.name;
  all.version = info.version;
  all.model_sha256 = info.sha256;
  all.threshold = info.threshold;
  all.device = "cpu";
  return all;
}

std::vector<NetworkSummary> summarise_networks(const Settings& settings, const Networks* networks) {
  if (networks == nullptr) return {};
  const auto one = [](const char* kind, const std::string& file, const NetworkInfo& info) {
    return NetworkSummary{kind, file, info.name, info.version, info.sha256};
  };
  return {one("detector", settings.detector_file, networks->detector.info),
          one("classifier", settings.classifier_file, networks->classifier.info)};
}

}  // namespace draftstream
