#include "publishers/gateways/gateway_set.hpp"

#include <fmt/format.h>

#include <exception>
#include <system_error>

#include "ingest/errors.hpp"

namespace draftstream {

GatewaySet::GatewaySet(const std::vector<GatewayOptions>& gateways,
                       const std::filesystem::path& journal,
                       std::optional<std::uint64_t> begin_after, const GatewayNews& news) {
  const auto folder = journal.parent_path() / "gateways";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw std::system_error(error, folder.string() + ": cannot be made");
  for (const GatewayOptions& options : gateways) {
    try {
      GatewayPlan plan;
      plan.name = options.name;
      plan.kind = kind_of(options.target);
      plan.rules = options.rules;
      plan.patience = options.patience;
      plan.begin_after = begin_after;
      runners_.push_back(
          std::make_unique<GatewayRunner>(make_gateway(options.target, news), std::move(plan),
                                          journal, folder / (options.name + ".sqlite"), news));
    } catch (const ConfigError& fault) {
      throw ConfigError(fmt::format("gateway {}: {}", options.name, fault.what()));
    }
  }
}

void GatewaySet::wake() {
  for (const auto& runner : runners_) runner->wake();
}

bool GatewaySet::catch_up(std::chrono::milliseconds patience) {
  asked_.clear();
  for (const auto& runner : runners_) asked_.push_back(runner->hurry());
  return settled(patience);
}

bool GatewaySet::settled(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool all = true;
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    all = runners_[i]->settled(asked_[i], deadline) && all;
  }
  return all;
}

void GatewaySet::stop() {
  for (const auto& runner : runners_) runner->stop();
}

std::vector<GatewayCounts> GatewaySet::counts() const {
  std::vector<GatewayCounts> all;
  for (const auto& runner : runners_) all.push_back(runner->counts());
  return all;
}

}  // namespace draftstream
