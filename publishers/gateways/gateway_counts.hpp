// What a gateway did.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace draftstream {

/// What became of messages; of this process.
struct GatewayCounts {
  std::string name;
  std::string kind;  ///< "webhook", "kafka", ...
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;  ///< By the receiver, for good.
  std::uint64_t retries = 0;
  std::uint64_t lost = 0;  ///< Removed from the journal before their turn came.
  std::map<std::string, std::uint64_t> held_back;  ///< Kept for good, by rule.
  std::uint64_t waiting = 0;  ///< In the journal and not done with, whatever the rules say of them.
  std::string fault;          ///< Why it does not go on; "" while it does.
};

/// "gateway slack: 3 sent, 5 held back (labels 4, min_snr 1), 2 waiting": one line, counts of 0
/// left out, but that of what was sent.
[[nodiscard]] std::string describe(const GatewayCounts& counts);

}  // namespace draftstream
