// A recording that the program itself made.
#pragma once

#include <string>
#include <vector>

#include "tests/app/draftstream_program.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace draftstream::test {

/// Made by `draftstream simulate`, and gone with this object. A test's own is static: made once.
class SimulatedSky {
 public:
  /// @param options  Of simulate, without the file.
  explicit SimulatedSky(const std::vector<std::string>& options) : path_{folder_.file("sky.fil")} {
    std::vector<std::string> arguments{"simulate", path_, "--quiet"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const ProgramResult made = run_draftstream(arguments);
    INFO(made.err);
    REQUIRE(made.status == 0);
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

}  // namespace draftstream::test
