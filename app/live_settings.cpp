#include "app/live_settings.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "app/config.hpp"
#include "app/exit_status.hpp"
#include "app/mask_file.hpp"
#include "engine/channel_mask.hpp"
#include "ingest/errors.hpp"

namespace draftstream {
namespace {

// Keys of the configuration that a process takes anew: they only matter to a search.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> reloaded_keys{{
    {"search", "threshold_snr"},
    {"search", "max_frac_missing"},
    {"search", "max_candidates_per_s"},
    {"condition", "impulse_sigma"},
    {"condition", "mask"},
}};

bool is_reloaded(const Option& option) {
  return std::ranges::find(reloaded_keys, std::pair{option.section, option.key}) !=
         reloaded_keys.end();
}

}  // namespace

LiveSettings::LiveSettings(Settings first, Read read)
    : read_{std::move(read)},
      settings_{std::move(first)},
      mask_text_{read_mask_text(settings_.mask_file)} {}

LiveSettings::Reloaded LiveSettings::reload() {
  const Settings fresh = read_();
  const std::string mask = read_mask_text(fresh.mask_file);
  const std::lock_guard lock{mutex_};
  if (frequency_) (void)parse_mask_text(mask, fresh.mask_file, *frequency_);
  Reloaded reloaded;
  for (const Option& option : options()) {
    const auto before = option.show(settings_);
    const auto now = option.show(fresh);
    if (before == now) continue;
    auto& list = is_reloaded(option) ? reloaded.changed : reloaded.at_restart;
    list.push_back(fmt::format("{}.{}: {}, now {}", option.section, option.key,
                               fmt::join(before, " "), fmt::join(now, " ")));
    if (is_reloaded(option)) option.set(settings_, now);
  }
  if (mask != mask_text_) reloaded.changed.push_back("the mask");
  mask_text_ = mask;
  changes_.clear();
  return reloaded;
}

void LiveSettings::set_threshold(double snr) {
  if (!(snr >= 3.0 && snr <= 1e6)) {
    throw UsageError(fmt::format("snr: found {}, expected a number from 3 to 1e+06", snr));
  }
  const std::lock_guard lock{mutex_};
  settings_.search.threshold_snr = snr;
}

std::size_t LiveSettings::change_mask(const std::string& add, const std::string& remove) {
  const std::lock_guard lock{mutex_};
  if (!frequency_) {
    throw TryAgain("mask: found no observation so far, expected one: its channels are not known");
  }
  std::vector<Change> changes = changes_;
  changes.push_back({add, remove});
  const std::vector<bool> mask = changed_mask(file_mask(*frequency_), *frequency_, changes);
  changes_ = std::move(changes);
  return static_cast<std::size_t>(std::ranges::count(mask, true));
}

Settings LiveSettings::current() const {
  const std::lock_guard lock{mutex_};
  return settings_;
}

std::vector<bool> LiveSettings::mask(const FrequencyAxis& frequency) {
  const std::lock_guard lock{mutex_};
  std::vector<bool> mask = file_mask(frequency);
  frequency_ = frequency;
  if (changes_.empty()) return mask;
  try {
    return changed_mask(mask, frequency, changes_);
  } catch (const InputError& error) {
    spdlog::warn("the mask's changes do not fit this observation, and are passed over: {}",
                 error.what());
    return mask;
  }
}

std::vector<bool> LiveSettings::file_mask(const FrequencyAxis& frequency) {
  try {
    std::vector<bool> mask = parse_mask_text(mask_text_, settings_.mask_file, frequency);
    mask_before_ = mask_text_;
    return mask;
  } catch (const InputError& error) {
    if (!mask_before_ || *mask_before_ == mask_text_) throw;
    spdlog::warn("{}; the mask before it goes on", error.what());
    return parse_mask_text(*mask_before_, settings_.mask_file, frequency);
  }
}

std::vector<bool> LiveSettings::changed_mask(std::vector<bool> mask, const FrequencyAxis& frequency,
                                             const std::vector<Change>& changes) const {
  if (changes.empty()) return mask;
  mask.resize(frequency.channels());
  for (const Change& change : changes) {
    const std::vector<bool> add = parse_channel_mask(change.add, frequency);
    const std::vector<bool> remove = parse_channel_mask(change.remove, frequency);
    for (std::size_t channel = 0; channel < mask.size(); ++channel) {
      mask[channel] = (mask[channel] || add[channel]) && !remove[channel];
    }
  }
  return mask;
}

}  // namespace draftstream
