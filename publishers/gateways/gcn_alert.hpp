// Messages as GCN has them: JSON of NASA's General Coordinates Network.
#pragma once

#include <optional>
#include <string>

#include "publishers/gateways/gateway.hpp"

namespace draftstream {

struct GcnFormat {
  /// Whose schema a message says it follows.
  std::string schema = "https://gcn.nasa.gov/schema/v7.2.3/gcn/notices/dsa110/frb.schema.json";
  std::optional<double> position_error_deg;  ///< Empty = none is stated.
};

/// One JSON object with the fields that schemas of FRB notices have in common (DSA-110, CHIME/FRB).
/// What is not known is left out. `trigger_time` is the arrival at the highest channel.
/// @source NASA GCN, unified schema 7.2.3.
[[nodiscard]] std::string gcn_alert(const OutgoingEvent& outgoing, const GcnFormat& format);

}  // namespace draftstream
