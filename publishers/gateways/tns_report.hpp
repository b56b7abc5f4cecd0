// Reports for the Transient Name Server, as files that a person sends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "publishers/gateways/gateway.hpp"

namespace draftstream {

struct TnsOptions {
  std::filesystem::path folder;
  std::string reporter;  ///< "A. Astronomer (Institute), B. ..."
  std::optional<double> position_error_deg;
  // Numbers that TNS gave to groups and instruments; empty = left out.
  std::optional<std::uint64_t> reporting_group_id;
  std::optional<std::uint64_t> discovery_group_id;
  std::optional<std::uint64_t> instrument_id;
};

/// The JSON of a bulk report of one FRB. What is not known is left out; a person fills it in.
/// @source TNS bulk report manual, FRB reports.
/// @throws InputError if the event has no position, without which TNS takes none.
[[nodiscard]] std::string tns_report(const OutgoingEvent& outgoing, const TnsOptions& options);

/// Writes EVENT_ID.json for each event; an update replaces it, a retraction renames it to
/// EVENT_ID.retracted.json. Nothing is ever sent.
class TnsFiles : public Gateway {
 public:
  explicit TnsFiles(TnsOptions options) : options_{std::move(options)} {}

  [[nodiscard]] Delivery deliver(const OutgoingEvent& outgoing) override;
  void stop() noexcept override {}  // it waits for the disk alone

 private:
  const TnsOptions options_;
};

}  // namespace draftstream
