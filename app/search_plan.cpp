#include "app/search_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "app/buffer_plan.hpp"
#include "engine/dispersion.hpp"
#include "engine/search_limits.hpp"
#include "engine/tree/search_octaves.hpp"

namespace draftstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned widest_pulse = 64;  // [samples]

// Of the program without a search: libraries, logs, stacks; code aside, which is mapped.
constexpr std::size_t program_bytes = 2'500'000;

// Of HDF5, with a store that grows; of LibTorch with both networks, when they have run.
constexpr std::size_t store_bytes = 2'000'000;
constexpr std::size_t networks_bytes = 85'000'000;

// Rates of bench/run on one core; docs/performance.md. Conditioning, and what else is done a
// sample; sums; boxes, and what else is done a sample of a trial.
constexpr double s_a_sample = 1.3e-9;
constexpr double s_a_sample_of_floats = 34e-9;
constexpr double s_an_addition = 2.2e-11;
constexpr double s_a_trial_sample = 4e-10;

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
                     band.frequency().channels(), band.frequency().highest().value(),
                     band.frequency().lowest().value(), band.sample_time().value() * 1e6,
                     in_thousands(band.spectrum_bytes() / band.sample_time().value(), "B/s"));
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
    samples += fmt::format(" {:>11.0f}", width / plan.band.sample_time());
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
                          band.frequency().lowest(), band.frequency().highest());
}

double SearchPlan::recording_bytes() const {
  return longest_sweep() / band.sample_time() * band.spectrum_bytes();
}

std::size_t SearchPlan::memory_bytes() const noexcept {
  std::size_t sum = 0;
  for (const MemoryPart& part : memory) sum += part.bytes;
  return sum;
}

double SearchPlan::core_seconds_per_s() const noexcept {
  double searched = 0.0;  // samples of all trials, in a second
  for (const PlannedOctave& planned : octaves) {
    searched += static_cast<double>(planned.octave.trials.size()) / planned.octave.downsample /
                band.sample_time().value();
  }
  const double samples =
      static_cast<double>(band.frequency().channels()) / band.sample_time().value();
  const bool bytes = band.observation.format.bits <= 8;
  return samples * (bytes ? s_a_sample : s_a_sample_of_floats) + additions_per_s() * s_an_addition +
         searched * s_a_trial_sample;
}

SearchPlan plan_search(const PlannedBand& band, const SearchConfig& config,
                       const PlannedLooks& looks) {
  const SearchLimits limits = search_limits(band.observation, config);
  SearchPlan plan{band, config, {}, {}, {}};
  for (unsigned samples = 1; samples <= widest_pulse; samples *= 2) {
    plan.pulse_widths.push_back(static_cast<double>(samples) * band.sample_time());
  }
  for (Octave& octave : octaves_of_search(band.observation, config, limits.block)) {
    const TreePlan tree = plan_tree(band.frequency(), band.sample_time(), octave);
    PlannedOctave planned;
    for (const TreeStage& stage : tree.stages()) planned.rows.push_back(stage.rows);
    planned.radices = tree_radices(band.frequency().channels());
    planned.additions_per_s =
        tree.adds_a_sample() / (octave.downsample * band.sample_time().value());
    planned.row_bytes = tree.history_bytes();
    planned.efficiency =
        TreeEfficiency{band.frequency(), band.sample_time(), octave, tree}.over_dms(
            plan.pulse_widths);
    planned.octave = std::move(octave);
    plan.octaves.push_back(std::move(planned));
  }
  plan.memory = tree_search_memory(band.observation, config, looks.cutouts || looks.networks);
  const BufferPlan buffers = plan_buffers(band.observation, {});
  plan.memory.push_back({"ring", buffers.ring_samples * band.observation.spectrum_bytes()});
  plan.memory.push_back({"program", program_bytes});
  plan.memory.push_back({"cutouts", looks.cutouts ? store_bytes : 0});
  plan.memory.push_back({"networks", looks.networks ? networks_bytes : 0});
  return plan;
}

std::string plan_text(const SearchPlan& plan) {
  std::string text = plan.band.name.empty() ? "" : plan.band.name + "\n";
  text += band_text(plan.band);
  text += fmt::format("DM {:g}:{:g} pc cm^-3 at tolerance {:g}, octave shift {}: {} trials\n\n",
                      plan.config.dm_min.value(), plan.config.dm_max.value(),
                      plan.config.dm_tolerance, plan.config.octave_shift, plan.trials());
  text += octave_table(plan);
  std::vector<std::string> parts;
  for (const MemoryPart& part : plan.memory) {
    parts.push_back(fmt::format("{} {}", part.name, in_bytes(part.bytes)));
  }
  text += fmt::format("\nMemory: {}, mapped recordings aside: {}.\n", in_bytes(plan.memory_bytes()),
                      fmt::join(parts, ", "));
  text += fmt::format("Longest sweep: {:.4g} s, {} of the recording.\n",
                      plan.longest_sweep().value(), in_thousands(plan.recording_bytes(), "B"));
  text += fmt::format(
      "Speed: about {:.2g} x real time on one core, an estimate by the rates of one machine with "
      "AVX-512.\n",
      1.0 / plan.core_seconds_per_s());
  text += "\nS/N relative to exact dedispersion at the pulse's own DM: mean (least)\n\n";
  text += efficiency_table(plan);
  text += "\nPredicted from noise-free Gaussian pulses; rounding sums to 8 bits takes up to 1 %.";
  return text;
}

std::string plan_json(const SearchPlan& plan) {
  const FrequencyAxis& frequency = plan.band.frequency();
  Json octaves = Json::array();
  for (const PlannedOctave& planned : plan.octaves) octaves.push_back(octave_json(plan, planned));
  Json memory;
  for (const MemoryPart& part : plan.memory) memory[part.name] = part.bytes;
  const Json all = {{"file", plan.band.name.empty() ? Json{} : Json(plan.band.name)},
                    {"nchan", frequency.channels()},
                    {"highest_mhz", frequency.highest().value()},
                    {"lowest_mhz", frequency.lowest().value()},
                    {"tsamp_s", plan.band.sample_time().value()},
                    {"bytes_per_s", plan.band.spectrum_bytes() / plan.band.sample_time().value()},
                    {"min_dm_pc_cm3", plan.config.dm_min.value()},
                    {"max_dm_pc_cm3", plan.config.dm_max.value()},
                    {"dm_tolerance", plan.config.dm_tolerance},
                    {"octave_shift", plan.config.octave_shift},
                    {"trials", plan.trials()},
                    {"additions_per_s", plan.additions_per_s()},
                    {"row_bytes", plan.row_bytes()},
                    {"recording_bytes", plan.recording_bytes()},
                    {"longest_sweep_s", plan.longest_sweep().value()},
                    {"memory_bytes", plan.memory_bytes()},
                    {"memory", memory},
                    {"estimated_core_s_per_s", plan.core_seconds_per_s()},
                    {"octaves", octaves}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace draftstream
