#include "training/truth.hpp"

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "training/json_fields.hpp"

namespace draftstream {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view schema = "draftstream-truth/1.1.0";
constexpr std::string_view readable_schema = "draftstream-truth/1.";  // minor versions only add

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t any_count = std::numeric_limits<std::uint64_t>::max();

ordered_json write_burst(const TrueBurst& truth) {
  const Burst& burst = truth.burst;
  ordered_json out{
      {"dm_pc_cm3", burst.dm.value()},
      {"toa_s", burst.toa.value()},
      {"width_ms", 1e3 * burst.width.value()},
      {"snr", burst.snr},
      {"tau_ms", 1e3 * burst.tau.value()},
      {"index", burst.index},
      {"band_mhz", nullptr},
      {"components", burst.components},
      {"spacing_ms", 1e3 * burst.spacing.value()},
      {"ratio", burst.ratio},
      {"drift_mhz_ms", burst.drift_mhz_ms},
      {"slant_ms", 1e3 * burst.slant.value()},
      {"scint_mhz", burst.scint_scale.value()},
      {"scint_depth", burst.scint_depth},
      {"scint_seed", burst.scint_seed},
      {"toa_infinite_s", truth.toa_infinite.value()},
      {"fluence_sigma", truth.fluence_sigma},
      {"peak_sigma", truth.peak_sigma},
      {"frac_inside", truth.frac_inside},
      {"boxcar_snr", truth.boxcar_snr},
      {"boxcar_samples", truth.boxcar_samples},
      {"boxcar_toa_s", truth.boxcar_toa.value()},
  };
  if (burst.band) out["band_mhz"] = {burst.band->top.value(), burst.band->bottom.value()};
  return out;
}

std::optional<Band> read_band(const JsonFields& in) {
  const json& value = in.at("band_mhz");
  if (value.is_null()) return std::nullopt;
  if (!value.is_array() || value.size() != 2 || !value[0].is_number() || !value[1].is_number() ||
      !(value[0].get<double>() > value[1].get<double>()) || !(value[1].get<double>() > 0.0)) {
    throw in.wrong("band_mhz", value, "null or [top, bottom] with top above bottom above 0");
  }
  return Band{Megahertz{value[0].get<double>()}, Megahertz{value[1].get<double>()}};
}

// What version 1.1 added; a file of version 1.0 has none of it.
void read_structure(const JsonFields& in, Burst& burst) {
  if (!in.has("components")) return;
  burst.components = static_cast<std::size_t>(in.count("components", 1, 8));
  burst.spacing = Seconds{1e-3 * in.number("spacing_ms", 0.0, 1e5)};
  burst.ratio = in.number("ratio", 1e-3, 1e3);
  burst.drift_mhz_ms = in.number("drift_mhz_ms", 0.0, 1e6);
  burst.slant = Seconds{1e-3 * in.number("slant_ms", 0.0, 1e5)};
  burst.scint_scale = Megahertz{in.number("scint_mhz", 0.0, 1e6)};
  burst.scint_depth = in.number("scint_depth", 0.0, 1.0);
  burst.scint_seed = in.count("scint_seed", 0, any_count);
}

TrueBurst read_burst(const JsonFields& in) {
  TrueBurst truth;
  Burst& burst = truth.burst;
  burst.dm = DispersionMeasure{in.number("dm_pc_cm3", 0.0, 1e5)};
  burst.toa = Seconds{in.number("toa_s", -1e6, 1e9)};
  burst.width = Seconds{1e-3 * in.number("width_ms", 1e-6, 1e9)};
  burst.snr = in.number("snr", 1e-9, 1e9);
  burst.tau = Seconds{1e-3 * in.number("tau_ms", 0.0, 1e9)};
  burst.index = in.number("index", -1e3, 1e3);
  burst.band = read_band(in);
  read_structure(in, burst);
  truth.toa_infinite = Seconds{in.number("toa_infinite_s", -1e12, 1e9)};
  truth.fluence_sigma = in.number("fluence_sigma", 0.0, infinity);
  truth.peak_sigma = in.number("peak_sigma", 0.0, infinity);
  truth.frac_inside = in.number("frac_inside", 0.0, 1.0);
  truth.boxcar_snr = in.number("boxcar_snr", 0.0, infinity);
  truth.boxcar_samples = static_cast<std::uint32_t>(
      in.count("boxcar_samples", 1, std::numeric_limits<std::uint32_t>::max()));
  truth.boxcar_toa = Seconds{in.number("boxcar_toa_s", -1e6, 1e9)};
  return truth;
}

ordered_json write_interference(const TrueInterference& truth) {
  return {{"kind", name(truth.interference.kind)},
          {"amount", truth.interference.amount},
          {"events", truth.events},
          {"samples", truth.samples},
          {"channels", truth.channels}};
}

TrueInterference read_interference(const JsonFields& in, std::size_t channels) {
  TrueInterference truth;
  try {
    // The kind's name by itself is a list of one; "storm" and "none" are not.
    const auto list = parse_interference(in.text("kind"));
    if (list.size() != 1) throw in.wrong("kind", in.at("kind"), "the name of one kind");
    truth.interference.kind = list.front().kind;
  } catch (const ConfigError&) {
    throw in.wrong("kind", in.at("kind"), "the name of a kind of interference");
  }
  truth.interference.amount = in.number("amount", 0.0, infinity);
  truth.events = in.count("events", 0, any_count);
  truth.samples = in.count("samples", 0, any_count);
  for (const json& channel : in.array("channels")) {
    if (!channel.is_number_unsigned() || channel.get<std::size_t>() >= channels) {
      throw in.wrong("channels", channel, fmt::format("channels below {}", channels));
    }
    truth.channels.push_back(channel.get<std::size_t>());
  }
  return truth;
}

void read_observation(const JsonFields& in, Truth& truth) {
  const std::uint64_t channels = in.count("nchans", 1, 1U << 20U);
  const double first = in.number("fch1_mhz", 1e-3, 1e9);
  const double step = in.number("foff_mhz", -1e9, 1e9);
  if (step == 0.0) throw in.wrong("foff_mhz", in.at("foff_mhz"), "a step that is not 0");
  if (!(first + step * static_cast<double>(channels - 1) > 0.0)) {
    throw in.wrong("foff_mhz", in.at("foff_mhz"), "every channel above 0 MHz");
  }
  truth.frequency = FrequencyAxis{Megahertz{first}, Megahertz{step}, channels};
  truth.time.sample_time = Seconds{in.number("tsamp_s", 1e-12, 1e6)};
  truth.time.start.mjd_day = static_cast<std::int64_t>(in.count("start_mjd_day", 0, 10'000'000));
  truth.time.start.second_of_day = in.number("start_second_of_day", 0.0, 86400.0);
  truth.samples = in.count("samples", 1, std::uint64_t{1} << 62U);
  truth.nbits = static_cast<int>(in.count("nbits", 1, 32));
  truth.telescope = in.text("telescope");
  truth.source_name = in.text("source_name");
}

}  // namespace

double TrueBurst::snr_inside() const noexcept {
  return burst.snr * std::sqrt(frac_inside);
}

Truth truth_of(const Observation& observation, std::uint64_t seed) {
  Truth truth;
  truth.seed = seed;
  truth.samples = observation.samples.value();
  truth.nbits = observation.format.bits;
  truth.time = observation.time;
  truth.frequency = observation.frequency;
  truth.telescope = observation.telescope;
  truth.source_name = observation.source_name;
  return truth;
}

std::string truth_path(const std::string& recording) {
  return std::filesystem::path{recording}.replace_extension(".truth.json").string();
}

std::string to_json(const Truth& truth) {
  ordered_json out{
      {"schema", schema},
      {"recording", truth.recording},
      {"seed", truth.seed},
      {"observation",
       {{"nchans", truth.frequency.channels()},
        {"fch1_mhz", truth.frequency.first().value()},
        {"foff_mhz", truth.frequency.step().value()},
        {"tsamp_s", truth.time.sample_time.value()},
        {"samples", truth.samples},
        {"nbits", truth.nbits},
        {"start_mjd_day", truth.time.start.mjd_day},
        {"start_second_of_day", truth.time.start.second_of_day},
        {"telescope", truth.telescope},
        {"source_name", truth.source_name}}},
      {"bursts", ordered_json::array()},
      {"interference", ordered_json::array()},
      {"background", truth.background},
      {"clipped_values", truth.clipped},
  };
  for (const TrueBurst& burst : truth.bursts) out["bursts"].push_back(write_burst(burst));
  for (const TrueInterference& kind : truth.interference) {
    out["interference"].push_back(write_interference(kind));
  }
  // Names may come from a command line: what is no UTF-8 is replaced, not thrown at.
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

Truth parse_truth(const std::string& text) {
  json document;
  try {
    document = json::parse(text);
  } catch (const json::exception& error) {  // not only parse_error: 1e999 is out_of_range
    throw InputError("", fmt::format("text that is no JSON ({})", error.what()), "a truth file");
  }
  const JsonFields in{document, ""};
  if (!in.text("schema").starts_with(readable_schema)) {
    throw in.wrong("schema", in.at("schema"), fmt::format("'{}x'", readable_schema));
  }
  Truth truth;
  truth.recording = in.text("recording");
  truth.seed = in.count("seed", 0, any_count);
  read_observation(in.object("observation"), truth);
  std::size_t i = 0;
  for (const json& burst : in.array("bursts")) {
    truth.bursts.push_back(read_burst({burst, fmt::format("bursts[{}]", i++)}));
  }
  i = 0;
  for (const json& kind : in.array("interference")) {
    truth.interference.push_back(read_interference({kind, fmt::format("interference[{}]", i++)},
                                                   truth.frequency.channels()));
  }
  if (!in.has("background")) return truth;  // version 1.0
  for (const json& file : in.array("background")) {
    if (!file.is_string()) throw in.wrong("background", file, "names of files");
    truth.background.push_back(file.get<std::string>());
  }
  truth.clipped = in.count("clipped_values", 0, any_count);
  return truth;
}

Truth read_truth(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    throw MissingInput(fmt::format("{}: cannot be read", path));
  }
  try {
    return parse_truth(text.str());
  } catch (const InputError& error) {
    throw error.in_file(path);
  }
}

void write_truth(const std::string& path, const Truth& truth) {
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  file << to_json(truth) << '\n';
  file.close();
  if (!file) {
    throw std::system_error{errno, std::generic_category(), fmt::format("writing {}", path)};
  }
}

}  // namespace draftstream
