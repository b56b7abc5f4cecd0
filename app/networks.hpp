// The networks of a run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "engine/infer/look.hpp"
#include "publishers/event.hpp"
#include "publishers/summary.hpp"

namespace draftstream {

/// Those that judge, and where they are from.
struct RunNetworks {
  std::shared_ptr<const Networks> networks;  ///< Null: none do.
  std::string detector_file;                 ///< "" where none do.
  std::string classifier_file;               ///< The same.
  NetworkDevice device = NetworkDevice::cpu;
  std::string why_none;  ///< A few words where none do, else "".
};

/// Where those that are shipped are, or why they would not judge; loads none.
struct ShippedNetworks {
  std::string detector_file;
  std::string classifier_file;
  std::string why_none;
};
[[nodiscard]] ShippedNetworks shipped_networks(const Settings& settings);

/// Those that the settings name; else those that are shipped, where they are there, this build can
/// compute them, and the engine has something to show them.
/// @throws ConfigError  if the settings name one of the two only, or two that this build cannot
///                      compute.
/// @throws MissingInput, InputError  as load_network().
[[nodiscard]] RunNetworks load_networks(const Settings& settings);

/// Which judge, or why none do.
void log_networks(const RunNetworks& networks);

/// What each event says of them; empty where none judge.
[[nodiscard]] EventClassifier describe_networks(const RunNetworks& networks);

/// What the summary says of them; empty where none judge.
[[nodiscard]] std::vector<NetworkSummary> summarise_networks(const RunNetworks& networks);

}  // namespace draftstream
