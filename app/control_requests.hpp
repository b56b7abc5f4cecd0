// What operators may ask a live run, and what they are answered; docs/interfaces/control.md.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/control_fields.hpp"
#include "app/live_service.hpp"
#include "app/live_settings.hpp"
#include "app/run_monitor.hpp"
#include "publishers/gateways/gateway_counts.hpp"

namespace draftstream {

/// Threads: one at a time.
class ControlRequests {
 public:
  /// @param source    The URL of the stream.
  /// @param gateways  What each did so far.
  /// @param end       Asks the process to end, as SIGTERM does; returns at once.
  ControlRequests(RunMonitor& monitor, const LiveService& service, LiveSettings& settings,
                  std::string source, std::function<std::vector<GatewayCounts>()> gateways,
                  std::function<void()> end);

  /// @param request  JSON {"op": ...}, from anyone.
  /// @return JSON: {"ok":true, "op":..., ...}, or {"ok":false, "op":..., "error": a sentence}.
  [[nodiscard]] std::string answer(std::string_view request);

 private:
  void carry_out(const ControlJson& request, ControlJson& answer);
  void tell_status(ControlJson& answer) const;
  void change_threshold(const ControlJson& request, ControlJson& answer);
  void change_mask(const ControlJson& request, ControlJson& answer);

  RunMonitor& monitor_;
  const LiveService& service_;
  LiveSettings& settings_;
  std::string source_;
  std::function<std::vector<GatewayCounts>()> gateways_;
  std::function<void()> end_;
};

}  // namespace draftstream
