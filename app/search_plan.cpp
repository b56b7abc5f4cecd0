#include "app/search_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "engine/dispersion.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned widest_pulse = 64;  // [samples]

// "84.1 MB": three digits and the power of a thousand.
std::string in_thousands(double value, std::string_view unit = "") {
  const char* const powers[] = {"", "k", "M", "G", "T", "P"};
  std::size_t power = 0;
  for (; value >= 999.5 && power + 1 < std::size(powers); ++power) value /= 1000.0;
  const std::string scaled = fmt::format("{}{}", powers[power], unit);
  return fmt::format("{:.3g}{}{}", value, scaled.empty() ? "" : " ", scaled);
}

std::string in_bytes(std::size_t bytes) {
  return in_thousands(static_cast<double>(bytes), "B");
}

std::string dm_range(const Octave& octave) {
  const auto text = [](double dm) { return fmt::format("{:.{}f}", dm, dm < 10.0 ? 3 : 1); };
  return text(octave.trials.front()) + " - " + text(octave.trials.back());
}

std::string band_text(const PlannedBand& band) {
  return fmt::format("{} channels, centres {:.6g} to {:.6g} MHz, samples of {:.6g} us, {}\n",
                     band.frequency.channels(), band.frequency.highest().value(),
                     band.frequency.lowest().value(), band.sample_time.value() * 1e6,
                     in_thousands(band.spectrum_bytes / band.sample_time.value(), "B/s"));
}

std::string octave_table(const SearchPlan& plan) {
  constexpr auto line = "  {:<19} {:>7} {:>10} {:>10} {:>11} {:>9}{}\n";
  std::string text = fmt::format(line, "DM [pc cm^-3]", "trials", "downsample", "delay step",
                                 "additions/s", "rows kept", "   rows of each stage");
  for (const PlannedOctave& planned : plan.octaves) {
    text += fmt::format(line, dm_range(planned.octave), planned.octave.trials.size(),
                        planned.octave.downsample, planned.octave.delay_step,
                        in_thousands(planned.additions_per_s), in_bytes(planned.row_bytes),
                        fmt::format("   {}", fmt::join(planned.rows, " > ")));
  }
  return text + fmt::format(line, "all", plan.trials(), "", "",
                            in_thousands(plan.additions_per_s()), in_bytes(plan.row_bytes()), "");
}

std::string efficiency_table(const SearchPlan& plan) {
  std::string samples = fmt::format("  {:<19}", "FWHM [samples]");
  std::string times = fmt::format("  {:<19}", "DM         FWHM [ms]");
  for (const Seconds width : plan.pulse_widths) {
    samples += fmt::format(" {:>11.0f}", width / plan.band.sample_time);
    times += fmt::format(" {:>11.4g}", width.value() * 1e3);
  }
  std::string text = samples + "\n" + times + "\n";
  for (const PlannedOctave& planned : plan.octaves) {
    text += fmt::format("  {:<19}", dm_range(planned.octave));
    for (const Efficiency& part : planned.efficiency) {
      text += fmt::format(" {:>4.2f} ({:.2f})", part.mean, part.least);
    }
    text += "\n";
  }
  return text;
}

Json octave_json(const SearchPlan& plan, const PlannedOctave& planned) {
  Json efficiency = Json::array();
  for (std::size_t w = 0; w < plan.pulse_widths.size(); ++w) {
    efficiency.push_back({{"fwhm_s", plan.pulse_widths[w].value()},
                          {"mean", planned.efficiency[w].mean},
                          {"least", planned.efficiency[w].least}});
  }
  return {{"first_dm_pc_cm3", planned.octave.trials.front()},
          {"last_dm_pc_cm3", planned.octave.trials.back()},
          {"trials", planned.octave.trials.size()},
          {"downsample", planned.octave.downsample},
          {"delay_step_samples", planned.octave.delay_step},
          {"radices", planned.radices},
          {"rows", planned.rows},
          {"additions_per_s", planned.additions_per_s},
          {"row_bytes", planned.row_bytes},
          {"efficiency", efficiency}};
}

}  // namespace

std::size_t SearchPlan::trials() const noexcept {
  std::size_t sum = 0;
  for (const PlannedOctave& planned : octaves) sum += planned.octave.trials.size();
  return sum;
}

double SearchPlan::additions_per_s() const noexcept {
  double sum = 0.0;
  for (const PlannedOctave& planned : octaves) sum += planned.additions_per_s;
  return sum;
}

std::size_t SearchPlan::row_bytes() const noexcept {
  std::size_t sum = 0;
  for (const PlannedOctave& planned : octaves) sum += planned.row_bytes;
  return sum;
}

Seconds SearchPlan::longest_sweep() const {
  return dispersion_delay(DispersionMeasure{octaves.back().octave.trials.back()},
                          band.frequency.lowest(), band.frequency.highest());
}

double SearchPlan::recording_bytes() const {
  return longest_sweep() / band.sample_time * band.spectrum_bytes;
}

SearchPlan plan_search(const PlannedBand& band, const DmRange& range,
                       const OctaveOptions& options) {
  if (band.frequency.channels() > most_tree_channels) {
    throw ConfigError(fmt::format("found {} channels, expected at most {}",
                                  band.frequency.channels(), most_tree_channels));
  }
  SearchPlan plan{band, range, options, {}, {}};
  for (unsigned samples = 1; samples <= widest_pulse; samples *= 2) {
    plan.pulse_widths.push_back(static_cast<double>(samples) * band.sample_time);
  }
  for (Octave& octave : plan_octaves(band.frequency, band.sample_time, range, options)) {
    const TreePlan tree = plan_tree(band.frequency, band.sample_time, octave);
    PlannedOctave planned;
    for (const TreeStage& stage : tree.stages()) planned.rows.push_back(stage.rows);
    planned.radices = tree_radices(band.frequency.channels());
    planned.additions_per_s = tree.adds_a_sample() / (octave.downsample * band.sample_time.value());
    planned.row_bytes = tree.history_bytes();
    planned.efficiency =
        TreeEfficiency{band.frequency, band.sample_time, octave, tree}.over_dms(plan.pulse_widths);
    planned.octave = std::move(octave);
    plan.octaves.push_back(std::move(planned));
  }
  return plan;
}

std::string plan_text(const SearchPlan& plan) {
  std::string text = plan.band.name.empty() ? "" : plan.band.name + "\n";
  text += band_text(plan.band);
  text += fmt::format("DM {:g}:{:g} pc cm^-3 at tolerance {:g}, octave shift {}: {} trials\n\n",
                      plan.range.min.value(), plan.range.max.value(), plan.range.tolerance,
                      plan.options.shift, plan.trials());
  text += octave_table(plan);
  text += fmt::format(
      "\nMemory: {} of rows, and {} of the recording for its longest sweep, {:.4g} s;\n"
      "working space of the threads comes on top.\n",
      in_bytes(plan.row_bytes()), in_thousands(plan.recording_bytes(), "B"),
      plan.longest_sweep().value());
  text += "\nS/N relative to exact dedispersion at the pulse's own DM: mean (least)\n\n";
  text += efficiency_table(plan);
  text += "\nPredicted from noise-free Gaussian pulses; rounding sums to 8 bits takes up to 1 %.";
  return text;
}

std::string plan_json(const SearchPlan& plan) {
  const FrequencyAxis& frequency = plan.band.frequency;
  Json octaves = Json::array();
  for (const PlannedOctave& planned : plan.octaves) octaves.push_back(octave_json(plan, planned));
  const Json all = {{"file", plan.band.name.empty() ? Json{} : Json(plan.band.name)},
                    {"nchan", frequency.channels()},
                    {"highest_mhz", frequency.highest().value()},
                    {"lowest_mhz", frequency.lowest().value()},
                    {"tsamp_s", plan.band.sample_time.value()},
                    {"bytes_per_s", plan.band.spectrum_bytes / plan.band.sample_time.value()},
                    {"min_dm_pc_cm3", plan.range.min.value()},
                    {"max_dm_pc_cm3", plan.range.max.value()},
                    {"dm_tolerance", plan.range.tolerance},
                    {"octave_shift", plan.options.shift},
                    {"trials", plan.trials()},
                    {"additions_per_s", plan.additions_per_s()},
                    {"row_bytes", plan.row_bytes()},
                    {"recording_bytes", plan.recording_bytes()},
                    {"longest_sweep_s", plan.longest_sweep().value()},
                    {"octaves", octaves}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace draftstream
