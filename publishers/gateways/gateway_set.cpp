#include "publishers/gateways/gateway_set.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "ingest/errors.hpp"

namespace draftstream {

GatewaySet::GatewaySet(const std::vector<GatewayOptions>& gateways, std::filesystem::path journal,
                       DamagedRecord damaged, GatewayNews news)
    : journal_{std::move(journal)}, news_{std::move(news)} {
  const auto folder = journal_.parent_path() / "gateways";
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
      prepared_.push_back(
          {make_gateway(options.target, news_), std::move(plan),
           GatewayRecord{folder / (options.name + ".sqlite"), damaged, news_.warn}});
    } catch (const ConfigError& fault) {
      throw ConfigError(fmt::format("gateway {}: {}", options.name, fault.what()));
    }
  }
}

void GatewaySet::start(std::optional<std::uint64_t> begin_after) {
  for (Prepared& one : prepared_) {
    one.plan.begin_after = begin_after;
    runners_.push_back(std::make_unique<GatewayRunner>(std::move(one.gateway), std::move(one.plan),
                                                       journal_, std::move(one.record), news_));
  }
  prepared_.clear();
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
