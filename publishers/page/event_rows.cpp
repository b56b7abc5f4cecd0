#include "publishers/page/event_rows.hpp"

#include <charconv>
#include <string_view>

#include "publishers/journal/journal_query.hpp"
#include "publishers/json_fields.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::json;

constexpr std::string_view cutout_uri = "cutouts.h5#";

// A member of a member; null where there is none.
Json part(const Json& json, const char* object, const char* key) {
  const auto found = json.find(object);
  if (found == json.end() || !found->is_object()) return nullptr;
  return found->value(key, Json());
}

std::optional<std::size_t> cutout_row(const Json& event) {
  const auto products = event.find("products");
  if (products == event.end() || !products->is_array()) return std::nullopt;
  for (const Json& product : *products) {
    const std::string uri = product.value("uri", "");
    if (!uri.starts_with(cutout_uri)) continue;
    std::size_t row = 0;
    const char* const end = uri.data() + uri.size();
    const auto read = std::from_chars(uri.data() + cutout_uri.size(), end, row);
    if (read.ec == std::errc{} && read.ptr == end) return row;
  }
  return std::nullopt;
}

std::string row_json(const Json& event) {
  return one_line({{"seq", event.at("seq")},
                   {"event_id", event.at("event_id")},
                   {"message_type", event.at("message_type")},
                   {"search", event.value("search", "full")},
                   {"revision", event.at("revision")},
                   {"alert_type", event.at("alert_type")},
                   {"alert_tense", event.at("alert_tense")},
                   {"created_utc", event.at("created_utc")},
                   {"obs_id", part(event, "time", "obs_id")},
                   {"toa_utc", part(event, "time", "toa_utc")},
                   {"toa_s", part(event, "time", "toa_s")},
                   {"dm_pc_cm3", part(event, "dm", "value_pc_cm3")},
                   {"snr", part(event, "signal", "snr")},
                   {"width_ms", part(event, "signal", "width_ms")},
                   {"members", part(event, "signal", "members")},
                   {"label", part(event, "classifier", "label")},
                   {"probability", part(event, "classifier", "probability")},
                   {"beam", part(event, "beam", "index")},
                   {"frac_missing", part(event, "quality", "frac_missing")},
                   {"is_injection", part(event, "injection", "is_injection")},
                   {"latency_ms", part(event, "latency_ms", "total")},
                   {"confirms", event.value("confirms", Json::array())},
                   {"has_cutout", cutout_row(event).has_value()}});
}

}  // namespace

std::vector<EventRow> read_event_rows(const std::filesystem::path& journal, std::uint64_t after,
                                      std::size_t most) {
  JournalFilter filter;
  filter.after_seq = after;
  filter.prompt = true;
  filter.most = most;
  std::vector<EventRow> rows;
  query_journal(journal, filter, [&rows](const std::string& text) {
    const Json event = Json::parse(text);
    rows.push_back({event.at("seq").get<std::uint64_t>(), row_json(event)});
  });
  return rows;
}

std::optional<std::string> read_event_json(const std::filesystem::path& journal,
                                           std::uint64_t seq) {
  if (seq == 0) return std::nullopt;
  JournalFilter filter;
  filter.after_seq = seq - 1;
  filter.prompt = true;
  filter.most = 1;
  std::optional<std::string> found;
  query_journal(journal, filter, [&](const std::string& text) {
    if (Json::parse(text).at("seq") == seq) found = text;
  });
  return found;
}

std::optional<CutoutPlace> cutout_of_event(const std::filesystem::path& journal,
                                           const std::string& event_json) {
  const Json event = Json::parse(event_json);
  const auto row = cutout_row(event);
  if (!row) return std::nullopt;
  const auto folder = folder_of_event(journal, event.at("session").get<std::string>(),
                                      event.at("created_utc").get<std::string>());
  if (!folder) return std::nullopt;
  return CutoutPlace{event.at("event_id").get<std::string>(),
                     journal.parent_path() / *folder / "cutouts.h5", *row};
}

}  // namespace draftstream
