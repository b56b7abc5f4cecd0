// What of a live run can be changed while it goes on.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "ingest/frequency_axis.hpp"

namespace draftstream {

/// Thresholds and the mask of the observations to come. The one that is searched goes on with what
/// it began with: its candidates remain a function of samples and configuration.
///
/// Threads: any.
class LiveSettings {
 public:
  /// Makes the settings anew: arguments over the configuration file, as at the start.
  using Read = std::function<Settings()>;

  /// What became of a reload.
  struct Reloaded {
    std::vector<std::string> changed;  ///< "search.threshold_snr: 7, now 8": from the next one on.
    std::vector<std::string> at_restart;  ///< The same, of what a running process cannot change.
  };

  /// @throws MissingInput if there is a mask file that cannot be read.
  LiveSettings(Settings first, Read read);

  /// Reads configuration and mask anew; what was changed by the other members is forgotten.
  /// @throws ConfigError, MissingInput, InputError  as they do; then nothing has changed.
  Reloaded reload();

  /// @throws UsageError unless it is a number from 3 to 1e6.
  void set_threshold(double snr);

  /// Masks and unmasks channels, in the words of a mask file. What is unmasked wins.
  /// @return How many channels are masked now.
  /// @throws TryAgain    before the first observation: channels are not known yet.
  /// @throws InputError  as parse_channel_mask(); then nothing has changed.
  std::size_t change_mask(const std::string& add, const std::string& remove);

  [[nodiscard]] Settings current() const;

  /// Of an observation. A mask that was reloaded and does not fit is passed over for the one
  /// before, with a warning.
  /// @return Shape [channel], true = never used; empty if there is none.
  /// @throws InputError if no mask that was read fits, naming the file.
  std::vector<bool> mask(const FrequencyAxis& frequency);

 private:
  struct Change {
    std::string add, remove;
  };

  [[nodiscard]] std::vector<bool> changed_mask(std::vector<bool> mask,
                                               const FrequencyAxis& frequency,
                                               const std::vector<Change>& changes) const;
  [[nodiscard]] std::vector<bool> file_mask(const FrequencyAxis& frequency);

  const Read read_;
  mutable std::mutex mutex_;  // guards what follows
  Settings settings_;
  std::string mask_text_;                   // of the file
  std::optional<std::string> mask_before_;  // the one that fitted last
  std::vector<Change> changes_;
  std::optional<FrequencyAxis> frequency_;  // of the last observation
};

}  // namespace draftstream
