#include "publishers/gateways/gateway_json.hpp"

namespace draftstream {

using Json = nlohmann::ordered_json;

Json gateways_json(const std::vector<GatewayCounts>& gateways) {
  Json json = Json::array();
  for (const GatewayCounts& one : gateways) {
    json.push_back({{"name", one.name},
                    {"kind", one.kind},
                    {"sent", one.sent},
                    {"held_back", one.held_back},
                    {"refused", one.refused},
                    {"retries", one.retries},
                    {"lost", one.lost},
                    {"waiting", one.waiting},
                    {"fault", one.fault.empty() ? Json() : Json(one.fault)}});
  }
  return json;
}

}  // namespace draftstream
