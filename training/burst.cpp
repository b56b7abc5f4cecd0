#include "training/burst.hpp"

#include <array>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "ingest/errors.hpp"
#include "training/parse_number.hpp"

namespace draftstream {
namespace {

constexpr double most_components = 8.0;
constexpr double largest_seed = 0x1.0p53;  // whole numbers up to it are exact in a double

double parse_whole(std::string_view text, double low, double high, std::string_view what) {
  const double value = parse_number(text, what);
  if (!(value >= low && value <= high && std::floor(value) == value)) {
    throw ConfigError(fmt::format("{}: found '{}', expected a whole number, {:.0f} to {:.0f}", what,
                                  text, low, high));
  }
  return value;
}

// Every key and what it sets; this table is the format.
struct Key {
  std::string_view name;
  bool required;
  void (*set)(Burst&, std::string_view text, std::string_view what);
};
constexpr std::array keys{
    Key{"dm", true,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.dm = DispersionMeasure{parse_number(text, what)};
        }},
    Key{"t", true,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.toa = Seconds{parse_number(text, what)};
        }},
    Key{"width_ms", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.width = Seconds{1e-3 * parse_number(text, what)};
        }},
    Key{"snr", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.snr = parse_number(text, what);
        }},
    Key{"tau_ms", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.tau = Seconds{1e-3 * parse_number(text, what)};
        }},
    Key{"index", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.index = parse_number(text, what);
        }},
    Key{"band", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.band = parse_band(text, '-', what);
        }},
    Key{"components", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.components =
              static_cast<std::size_t>(parse_whole(text, 1.0, most_components, what));
        }},
    Key{"spacing_ms", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.spacing = Seconds{1e-3 * parse_number(text, what)};
        }},
    Key{"ratio", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.ratio = parse_number(text, what);
        }},
    Key{"drift_mhz_ms", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.drift_mhz_ms = parse_number(text, what);
        }},
    Key{"slant_ms", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.slant = Seconds{1e-3 * parse_number(text, what)};
        }},
    Key{"scint_mhz", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.scint_scale = Megahertz{parse_number(text, what)};
        }},
    Key{"scint_depth", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.scint_depth = parse_number(text, what);
        }},
    Key{"scint_seed", false,
        [](Burst& burst, std::string_view text, std::string_view what) {
          burst.scint_seed = static_cast<std::uint64_t>(parse_whole(text, 0.0, largest_seed, what));
        }},
};

std::string key_names() {
  std::string names;
  for (const Key& key : keys) names += (names.empty() ? "" : ", ") + std::string{key.name};
  return names;
}

}  // namespace

Band parse_band(std::string_view text, char separator, std::string_view what) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) {
    throw ConfigError(
        fmt::format("{}: found '{}', expected TOP{}BOTTOM in MHz", what, text, separator));
  }
  const Band band{Megahertz{parse_number(text.substr(0, at), what)},
                  Megahertz{parse_number(text.substr(at + 1), what)}};
  if (!(band.top > band.bottom && band.bottom.value() > 0.0)) {
    throw ConfigError(fmt::format("{}: found {}{}{} MHz, expected TOP above BOTTOM above 0", what,
                                  band.top.value(), separator, band.bottom.value()));
  }
  return band;
}

Burst parse_burst(std::string_view text) {
  Burst burst;
  std::array<bool, keys.size()> given{};
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const std::size_t equals = item.find('=');
    const std::string_view name = item.substr(0, equals);

    std::size_t k = 0;
    while (k < keys.size() && keys[k].name != name) ++k;
    if (k == keys.size()) {
      throw ConfigError(
          fmt::format("burst: found key '{}', expected one of {}", name, key_names()));
    }
    const std::string what = fmt::format("burst: key '{}'", name);
    if (equals == std::string_view::npos) {
      throw ConfigError(fmt::format("{}: found no value, expected {}=NUMBER", what, name));
    }
    if (given[k]) throw ConfigError(fmt::format("{}: found twice, expected once", what));
    given[k] = true;
    keys[k].set(burst, item.substr(equals + 1), what);
  }
  for (std::size_t k = 0; k < keys.size(); ++k) {
    if (keys[k].required && !given[k]) {
      throw ConfigError(
          fmt::format("burst: found '{}', expected key '{}' in it", text, keys[k].name));
    }
  }
  check(burst);
  return burst;
}

void check(const Burst& burst) {
  // Widest ranges that keep a sweep's arithmetic sane; what is astronomically likely is far inside.
  check_range(burst.dm.value(), 0.0, 1e5, "burst: key 'dm'");
  check_range(burst.toa.value(), -1e6, 1e9, "burst: key 't'");
  check_range(1e3 * burst.width.value(), 1e-4, 1e5, "burst: key 'width_ms'");
  check_range(burst.snr, 1e-3, 1e6, "burst: key 'snr'");
  check_range(1e3 * burst.tau.value(), 0.0, 1e5, "burst: key 'tau_ms'");
  check_range(burst.index, -100.0, 100.0, "burst: key 'index'");
  check_range(static_cast<double>(burst.components), 1.0, most_components,
              "burst: key 'components'");
  check_range(1e3 * burst.spacing.value(), 0.0, 1e5, "burst: key 'spacing_ms'");
  check_range(burst.ratio, 1e-3, 1e3, "burst: key 'ratio'");
  check_range(burst.drift_mhz_ms, 0.0, 1e6, "burst: key 'drift_mhz_ms'");
  check_range(1e3 * burst.slant.value(), 0.0, 1e5, "burst: key 'slant_ms'");
  check_range(burst.scint_scale.value(), 0.0, 1e6, "burst: key 'scint_mhz'");
  if (burst.scint_scale.value() > 0.0) {  // a finer pattern is none
    check_range(burst.scint_scale.value(), 1e-6, 1e6, "burst: key 'scint_mhz'");
  }
  check_range(burst.scint_depth, 0.0, 1.0, "burst: key 'scint_depth'");
  const bool several = burst.components > 1;
  if (several != (burst.spacing.value() > 0.0)) {
    throw ConfigError(
        fmt::format("burst: found {} component{} and key 'spacing_ms' of {}, expected a spacing "
                    "above 0 for several components and none for one",
                    burst.components, several ? "s" : "", 1e3 * burst.spacing.value()));
  }
  if (burst.drift_mhz_ms > 0.0 && !(several && burst.band)) {
    throw ConfigError(
        fmt::format("burst: key 'drift_mhz_ms': found {} with {}, expected keys "
                    "'components' above 1 and 'band' beside it",
                    burst.drift_mhz_ms, several ? "no band" : "one component"));
  }
}

}  // namespace draftstream
