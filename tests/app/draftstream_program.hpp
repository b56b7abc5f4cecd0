// The program under test, and files of a test.
#pragma once

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/run_program.hpp"

namespace draftstream::test {

std::string program_path();  ///< Of the draftstream under test.

/// Runs draftstream to its end.
inline ProgramResult run_draftstream(const std::vector<std::string>& arguments,
                                     const std::string& folder = "") {
  return run_program(program_path(), arguments, folder);
}

inline std::string content(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

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
