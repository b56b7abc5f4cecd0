#include "app/gateway_rules.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "app/option_values.hpp"
#include "ingest/parse_value.hpp"

namespace draftstream {
namespace {

constexpr double most_dm = 1e5;  // [pc cm^-3]

double number(const YAML::Node& node, double low, double high) {
  return parse_number(yaml_value(node), low, high);
}

std::function<void(const YAML::Node&)> limit(std::optional<double>& value, double high) {
  return [&value, high](const YAML::Node& node) { value = number(node, 0.0, high); };
}

std::function<void(const YAML::Node&)> choice(bool& value) {
  return [&value](const YAML::Node& node) { value = parse_switch(yaml_value(node)); };
}

// "HH:MM"
int minute_of_day(std::string_view text, const std::string& whole) {
  constexpr const char* expected = "HH:MM-HH:MM, a time of the day, UTC";
  if (text.size() != 5 || text[2] != ':') throw BadValue(whole, expected);
  try {
    return static_cast<int>(60 * parse_count(text.substr(0, 2), 0, 23) +
                            parse_count(text.substr(3), 0, 59));
  } catch (const BadValue&) {
    throw BadValue(whole, expected);
  }
}

QuietHours parse_quiet_hours(const std::string& text) {
  const std::string_view all{text};
  const auto dash = all.find('-');
  const auto begin = all.substr(0, dash);
  const auto end = dash == std::string_view::npos ? all.substr(0, 0) : all.substr(dash + 1);
  const QuietHours hours{minute_of_day(begin, text), minute_of_day(end, text)};
  if (hours.begin_minute == hours.end_minute) {
    throw BadValue(text, "HH:MM-HH:MM, two different times of the day, UTC");
  }
  return hours;
}

KnownSource read_known_source(const YAML::Node& map, const std::string& file,
                              const std::string& place) {
  KnownSource source;
  SkyCircle circle;
  const YamlKeys keys{
      {"name", [&](const YAML::Node& node) { source.name = yaml_value(node); }},
      {"ra_deg", [&](const YAML::Node& node) { circle.ra_deg = number(node, 0.0, 360.0); }},
      {"dec_deg", [&](const YAML::Node& node) { circle.dec_deg = number(node, -90.0, 90.0); }},
      {"radius_deg", [&](const YAML::Node& node) { circle.radius_deg = number(node, 0.0, 180.0); }},
      {"dm_pc_cm3",
       [&](const YAML::Node& node) {
         source.dm_range = parse_range(yaml_value(node), 0.0, most_dm);
       }},
  };
  read_yaml_map(map, file, place, keys, {"name"});
  const int given =
      (map["ra_deg"] ? 1 : 0) + (map["dec_deg"] ? 1 : 0) + (map["radius_deg"] ? 1 : 0);
  if (given != 0 && given != 3) {
    throw yaml_fault(file, map.Mark(),
                     fmt::format("{}: found a part of ra_deg, dec_deg and radius_deg, expected all "
                                 "three or none",
                                 place));
  }
  if (given == 0 && !source.dm_range) {
    throw yaml_fault(file, map.Mark(),
                     fmt::format("{}: found a name alone, expected a place (ra_deg, dec_deg, "
                                 "radius_deg), dm_pc_cm3, or both",
                                 place));
  }
  if (given == 3) source.circle = circle;
  return source;
}

KnownSources parse_known(const std::string& text) {
  constexpr std::string_view names[] = {"any", "only", "exclude"};
  const std::string found = parse_choice(text, names, "any, only or exclude");
  return found == "any" ? KnownSources::any
                        : (found == "only" ? KnownSources::only : KnownSources::exclude);
}

}  // namespace

void read_gateway_rules(const YAML::Node& map, const std::string& file, const std::string& place,
                        EventRules& rules) {
  const YamlKeys keys{
      {"min_snr", limit(rules.min_snr, 1e6)},
      {"min_probability", limit(rules.min_probability, 1.0)},
      {"min_detector_score", limit(rules.min_detector_score, 1.0)},
      {"min_classifier_score", limit(rules.min_classifier_score, 1.0)},
      {"archival", choice(rules.archival)},
      {"alerts", choice(rules.alerts)},
      {"updates", choice(rules.updates)},
      {"labels",
       [&](const YAML::Node& node) {
         constexpr std::string_view known[] = {"burst", "interference", "unjudged"};
         rules.labels.clear();
         for (const std::string& label : yaml_values(node)) {
           rules.labels.emplace(parse_choice(label, known, "burst, interference or unjudged"));
         }
       }},
      {"dm_pc_cm3",
       [&](const YAML::Node& node) { rules.dm_range = parse_range(yaml_value(node), 0, most_dm); }},
      {"beams",
       [&](const YAML::Node& node) {
         rules.beams.clear();
         for (const std::string& beam : yaml_values(node)) {
           rules.beams.insert(static_cast<int>(parse_count(beam, 0, 99'999)));
         }
       }},
      {"known", [&](const YAML::Node& node) { rules.known = parse_known(yaml_value(node)); }},
      {"known_sources",
       [&](const YAML::Node& node) {
         if (!node.IsSequence()) throw std::runtime_error("found no list, expected one of sources");
         rules.known_sources.clear();
         for (std::size_t i = 0; i < node.size(); ++i) {
           rules.known_sources.push_back(
               read_known_source(node[i], file, fmt::format("{}.known_sources[{}]", place, i)));
         }
       }},
      {"max_per_hour",
       [&](const YAML::Node& node) {
         rules.max_per_hour = parse_count(yaml_value(node), 1, 1'000'000);
       }},
      {"max_age_s",
       [&](const YAML::Node& node) { rules.max_age = Seconds{number(node, 1.0, 1e9)}; }},
      {"quiet_hours_utc",
       [&](const YAML::Node& node) {
         rules.quiet_hours.clear();
         for (const std::string& one : yaml_values(node)) {
           rules.quiet_hours.push_back(parse_quiet_hours(one));
         }
       }},
  };
  read_yaml_map(map, file, place, keys);
  if (rules.known != KnownSources::any && rules.known_sources.empty()) {
    throw yaml_fault(file, map.Mark(),
                     fmt::format("{}.known: found no known_sources, expected some", place));
  }
}

}  // namespace draftstream
