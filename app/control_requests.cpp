#include "app/control_requests.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "app/control_fields.hpp"
#include "app/control_orders.hpp"
#include "app/run_state.hpp"
#include "ingest/errors.hpp"
#include "publishers/gateways/gateway_json.hpp"

namespace draftstream {
namespace {

using Json = ControlJson;

constexpr const char* known_ops = "status, threshold, mask, dump, inject or shutdown";
constexpr const char* channels_expected = "channels as in a mask file, \"12 20-30\"";

}  // namespace

ControlRequests::ControlRequests(RunMonitor& monitor, const LiveService& service,
                                 LiveSettings& settings, std::string source,
                                 std::function<std::vector<GatewayCounts>()> gateways,
                                 std::function<void()> end)
    : monitor_{monitor},
      service_{service},
      settings_{settings},
      source_{std::move(source)},
      gateways_{std::move(gateways)},
      end_{std::move(end)} {}

std::string ControlRequests::answer(std::string_view text) {
  Json answer{{"ok", true}, {"op", nullptr}};
  try {
    const Json request = parse_request(text);
    answer["op"] = request.value("op", Json());
    carry_out(request, answer);
  } catch (const std::exception& error) {
    answer = {{"ok", false}, {"op", answer["op"]}, {"error", error.what()}};
  }
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void ControlRequests::carry_out(const Json& request, Json& answer) {
  const Json& op = answer["op"];
  if (op == "status") {
    check_fields(request, {});
    tell_status(answer);
  } else if (op == "threshold") {
    change_threshold(request, answer);
  } else if (op == "mask") {
    change_mask(request, answer);
  } else if (op == "dump") {
    const DumpOrder order = parse_dump_order(request);
    monitor_.order([&](RunOrders& orders) { describe(orders.dump(order), answer); });
    spdlog::info("control: dump {}", answer.dump());
  } else if (op == "inject") {
    const InjectionOrder order = parse_injection_order(request);
    monitor_.order([&](RunOrders& orders) { describe(orders.inject(order), answer); });
    spdlog::info("control: inject {}", answer.dump());
  } else if (op == "shutdown") {
    check_fields(request, {});
    spdlog::info("control: shutdown");
    end_();
  } else {
    throw refused("op", shown(op), known_ops);
  }
}

void ControlRequests::tell_status(Json& answer) const {
  const auto run = monitor_.report();
  add_process_state(source_, service_.stuck(), run.has_value(), answer);
  answer["next_threshold_snr"] = settings_.current().search.threshold_snr;
  answer["gateways"] = gateways_json(gateways_());
  answer["observation"] = run ? observation_json(*run, service_.rate()) : Json();
}

void ControlRequests::change_threshold(const Json& request, Json& answer) {
  check_fields(request, {"snr"});
  const double snr = number_of(request, "snr", "a number from 3 to 1e+06");
  settings_.set_threshold(snr);
  answer["from"] = "next observation";
  spdlog::info("control: threshold {} from the next observation on", snr);
}

void ControlRequests::change_mask(const Json& request, Json& answer) {
  check_fields(request, {"add", "remove"});
  const std::string add = text_of(request, "add", channels_expected);
  const std::string remove = text_of(request, "remove", channels_expected);
  if (add.empty() && remove.empty()) throw refused("mask", "neither", "'add' or 'remove'");
  answer["masked_channels"] = settings_.change_mask(add, remove);
  answer["from"] = "next observation";
  spdlog::info("control: mask adds '{}', removes '{}' from the next observation on", add, remove);
}

}  // namespace draftstream
