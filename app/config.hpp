// The configuration: one table of options behind YAML keys, arguments, help and `config --dump`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.hpp"

namespace draftstream {

/// One thing that can be chosen. Its texts are the same in YAML and as an argument.
struct Option {
  std::string_view section;  ///< Of the YAML file: "search".
  std::string_view key;      ///< In that section, its unit in the name: "threshold_snr".
  std::string_view flag;     ///< "--threshold"; empty: has a key only.
  std::string_view value;    ///< What follows the flag: "SNR"; empty: the flag stands alone.
  std::string_view unit;     ///< "ms"; empty where it has none.
  std::string_view help;     ///< One line.
  bool repeatable = false;   ///< Takes any number of values; else exactly one.

  /// @throws BadValue
  void (*set)(Settings& settings, std::span<const std::string> values);
  /// The values that `set` turns into the same settings.
  std::vector<std::string> (*show)(const Settings& settings);

  /// For a flag that stands alone: the value it means.
  std::string_view flag_means = "true";
  /// One line about the flag where it means the opposite of the key; empty: `help`.
  std::string_view flag_help = "";
};

/// All of them, those of a section together. Lives for ever.
[[nodiscard]] std::span<const Option> options();

/// "N:FILE", the number of a beam and its recording, as --beam has it.
/// @throws BadValue
[[nodiscard]] BeamFile parse_beam_file(const std::string& value);

/// The option that was probably meant by a section and a key that do not exist together, or by a
/// key without a section ("").
[[nodiscard]] const Option& nearest_option(std::string_view section, std::string_view key);

/// Changes `settings` by what a configuration file says; what it does not mention stays.
/// @param text  YAML 1.2: a map of sections, each a map of keys.
/// @param name  Of the file, for messages.
/// @throws ConfigError  "NAME:LINE: KEY: found X, expected Y".
void read_config(std::string_view text, const std::string& name, Settings& settings);

/// The same, from a file.
/// @throws MissingInput if it cannot be read.
void read_config_file(const std::string& path, Settings& settings);

/// All options as a YAML text that read_config reads back as the same settings; a comment line
/// above each says what it is, its unit and its flag.
[[nodiscard]] std::string dump_config(const Settings& settings);

}  // namespace draftstream
