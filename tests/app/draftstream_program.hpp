// The program under test, and files of a test.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/file_content.hpp"
#include "tests/support/run_program.hpp"

namespace draftstream::test {

std::string program_path();  ///< Of the draftstream under test.

/// Runs draftstream to its end.
inline ProgramResult run_draftstream(const std::vector<std::string>& arguments,
                                     const std::string& folder = "") {
  return run_program(program_path(), arguments, folder);
}

/// Arguments that replay a recording into the folder `out`, over DMs 0 to 600.
inline std::vector<std::string> replay_arguments(const std::string& recording,
                                                 const std::string& out,
                                                 const std::vector<std::string>& more = {},
                                                 const std::vector<std::string>& still_more = {}) {
  std::vector<std::string> arguments{"replay", recording, "-o", out, "--dm", "0:600"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  arguments.insert(arguments.end(), still_more.begin(), still_more.end());
  return arguments;
}
/// Of a search that networks do not look at, and that says little.
inline const std::vector<std::string> without_networks{"--no-networks", "--quiet"};

inline void write_file(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::binary} << text;
}

/// Lines of a text, without their ends.
inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

/// candidates.csv less its last columns (the last is the chunk, the one before it the file), whose
/// values here hold no commas.
inline std::vector<std::string> rows(const std::string& path, int less) {
  auto all = lines(content(path));
  for (auto& line : all) {
    for (int column = 0; column < less; ++column) line.erase(line.rfind(','));
  }
  return all;
}

}  // namespace draftstream::test
