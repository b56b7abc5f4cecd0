#include "publishers/status.hpp"

#include <limits>

#include "publishers/event.hpp"
#include "publishers/iso8601.hpp"
#include "publishers/json_fields.hpp"
#include "publishers/product_json.hpp"
#include "publishers/uuid.hpp"

namespace draftstream {
namespace {

constexpr std::uint64_t largest_beam_index = std::numeric_limits<int>::max();

OrderedJson head(MessageType type, const PublisherState& state) {
  return {{"schema", event_schema},
          {"message_type", name(type)},
          {"uuid", make_uuid()},
          {"publisher", state.publisher},
          {"session", state.session},
          {"session_started_utc", format_iso8601(state.session_started)},
          {"journal", known_text(state.journal)},
          {"session_first_seq", state.session_first_seq},
          {"last_seq", state.last_seq},
          {"created_utc", format_iso8601(utc_now())}};
}

Ledger ledger_from(const FieldReader& fields) {
  Ledger ledger;
  ledger.expect(fields.count("expected"));
  for (std::size_t i = 0; i < fates; ++i) {
    const auto fate = static_cast<Fate>(i);
    ledger.count(fate, fields.count(std::string{name(fate)}.c_str()));
  }
  return ledger;
}

OrderedJson overload_json(const std::optional<OverloadReport>& overload) {
  if (!overload) return nullptr;
  return {{"beam", or_null(overload->beam)},
          {"level", overload->level},
          {"left_out", overload->left_out},
          {"lag_s", overload->lag_s}};
}

std::optional<OverloadReport> overload_from(const FieldReader& status) {
  const auto fields = status.maybe_object("overload");
  if (!fields) return std::nullopt;
  OverloadReport overload;
  if (const auto beam = fields->maybe_count("beam", largest_beam_index)) {
    overload.beam = static_cast<int>(*beam);
  }
  overload.left_out = fields->texts("left_out");
  overload.level = fields->count("level");
  overload.lag_s = fields->number("lag_s");
  return overload;
}

}  // namespace

std::string status_json(const PublisherState& state, const StatusReport& report) {
  OrderedJson json = head(MessageType::status, state);
  json["status"] = {{"state", report.state},
                    {"result", known_text(report.result)},
                    {"reason", known_text(report.reason)},
                    {"obs_id", known_text(report.obs_id)},
                    {"candidates", report.candidates},
                    {"candidates_dropped", report.candidates_dropped},
                    {"ledger", ledger_json(report.ledger)},
                    {"overload", overload_json(report.overload)},
                    {"products", products_json(report.products)}};
  return one_line(json);
}

std::string heartbeat_json(const PublisherState& state) {
  return one_line(head(MessageType::heartbeat, state));
}

PublisherMessage parse_publisher_message(std::string_view json) {
  const nlohmann::json parsed = parse_object(json);
  const FieldReader message{parsed};
  check_schema(message);
  const bool is_status = message.one_of("message_type", {"status", "heartbeat"}) == 0;
  PublisherMessage read{
      {message.text("publisher"), message.text("session"), message.instant("session_started_utc"),
       message.count("last_seq"), message.maybe_text("journal").value_or(""),
       message.maybe_count("session_first_seq").value_or(1)},
      std::nullopt};
  if (is_status) {
    const FieldReader fields = message.object("status");
    StatusReport report;
    report.state = fields.text("state");
    report.result = fields.maybe_text("result").value_or("");
    report.reason = fields.maybe_text("reason").value_or("");
    report.obs_id = fields.maybe_text("obs_id").value_or("");
    report.candidates = fields.count("candidates");
    report.candidates_dropped = fields.count("candidates_dropped");
    report.ledger = ledger_from(fields.object("ledger"));
    report.overload = overload_from(fields);
    report.products = products_from(fields);
    read.report = report;
  }
  return read;
}

}  // namespace draftstream
